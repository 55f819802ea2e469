# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: what runs is plugins/action/host_keys.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: host_keys
short_description: Learn the SSH host keys of new machines from their consoles
version_added: 0.1.0
author: the atomic.fleet authors (@atomic-fleet)
description:
  - For the hosts of the play that neither a host key nor an authority is known of. Reads from each machine's console,
    through its cloud's own API, which host keys the machine has, and asks its sshd for them, through its jump hosts.
  - A key is taken where both say the same. Where sshd answers with another key than the console shows, no key of that
    host is taken and the task fails, with the host and both fingerprints. Keys are never accepted unseen.
  - The keys go into Terraform's variable C(host_keys), which the modules of the clouds hand on to the inventory.
  - Understands what cloud-init, Fedora CoreOS (console-login-helper-messages) and C(ssh-keygen -l) print. A machine
    that prints no keys on its console cannot be told from another one, see C(docs/host-keys.md).
  - Hosts that a key is known of are left alone, and nothing is asked about them.
options:
  source:
    description: Who vouches for keys. V(console) is the machine's console, as its cloud's API gives it.
    type: str
    choices: [console]
    default: console
  path:
    description:
      - A file of Terraform's variables in JSON (C(host_keys.auto.tfvars.json) in the project's folder is read by
        Terraform without being named). The keys are written to C(host_keys) in it; whatever else is in it stays.
      - It is made where it is missing, with mode V(0644), and written whole or not at all. Without it, keys are only
        returned.
    type: path
  timeout:
    description: How many seconds to wait for the consoles to show keys, and for sshd to answer.
    type: int
    default: 600
  at_once:
    description: How many hosts are asked for their keys at the same time, at the most.
    type: int
    default: 64
extends_documentation_fragment:
  - atomic.fleet.attributes.changes
attributes:
  action:
    description: Runs on the controller, once for the whole play, with C(run_once) and C(delegate_to) V(localhost).
    support: full
notes:
  - Works on all hosts of the play, whatever the batch; C(--limit) narrows them.
  - Hosts are found by C(atomic_fleet_cloud), C(atomic_fleet_id) and C(atomic_fleet_zone), as the inventory plugin
    P(atomic.fleet.terraform#inventory) sets them.
  - Credentials, regions and endpoints are those that each cloud's SDK finds in the environment.
  - The keys of the hosts that were confirmed are written even where others are refused.
requirements:
  - asyncssh
  - boto3 for AWS
  - azure-mgmt-compute and azure-identity for Azure
  - google-cloud-compute for GCP
  - openstacksdk for OpenStack
seealso:
  - module: atomic.fleet.terraform_fleet
"""

EXAMPLES = r"""
- name: Get to know new machines
  hosts: fleet_demo
  gather_facts: false
  tasks:
    - name: Learn host keys from consoles
      atomic.fleet.host_keys:
        path: terraform/production/host_keys.auto.tfvars.json
      run_once: true
      delegate_to: localhost

    - name: Hand them on to the inventory
      atomic.fleet.terraform_fleet:
        project: terraform/production
      run_once: true
      delegate_to: localhost

    - name: Read the inventory again
      ansible.builtin.meta: refresh_inventory
"""

RETURN = r"""
host_keys:
  description: The keys that were taken, by host, as Terraform's variable C(host_keys) wants them.
  returned: always
  type: dict
  sample: {"demo-blue-1": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJFzgips94nJNoR4QumiyqlJoSlZ48P+NVrd7zgD5k4T"]}
known:
  description: The hosts that a key or an authority was known of already.
  returned: always
  type: list
  elements: str
  sample: [demo-blue-2]
refused:
  description: The hosts that no key was taken of, each with the reason.
  returned: always
  type: dict
  sample: {}
path:
  description: The file that was or would be written.
  returned: when O(path) is given
  type: str
  sample: /srv/fleet/terraform/production/host_keys.auto.tfvars.json
"""
