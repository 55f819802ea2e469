# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: what runs is plugins/action/fleet_snapshot.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_snapshot
short_description: Observe every host of a fleet, and write down what was seen
version_added: 0.1.0
author: the atomic.fleet authors (@atomic-fleet)
description:
  - Asks every host of the play, in one round trip each, what it boots now, would boot next and could go back to,
    how it is, and what room it has.
  - The snapshot is a file of JSON lines, one a host. M(atomic.fleet.fleet_plan) reads it.
  - A host that cannot be observed is in the snapshot with the reason; the task does not fail.
options:
  fleet:
    description:
      - The fleet's name, under which its documents are kept.
      - Without it the name that the inventory of all hosts agrees on (C(atomic_fleet_name)), else V(fleet).
    type: str
  domains:
    description:
      - Failure domains beside C(zone), C(pool) and C(cloud), which the inventory plugin knows.
      - A mapping from the domain's name, as a policy spells it, to the host variable that holds its value.
    type: dict
    default: {}
  policy:
    description:
      - The policy's file. Hosts are asked its gates (C(docs/gates.md)); a plan made by this policy needs to know.
      - In the table, the column HEALTH goes by them.
    type: path
  table:
    description: Show the fleet as a table.
    type: bool
    default: false
extends_documentation_fragment:
  - atomic.fleet.fleet
  - atomic.fleet.attributes.looks
seealso:
  - module: atomic.fleet.fleet_plan
  - module: atomic.fleet.deployment_info
"""

EXAMPLES = r"""
- name: What the fleet runs
  hosts: all
  gather_facts: false
  tasks:
    - name: Observe every host
      atomic.fleet.fleet_snapshot:
        domains:
          rack: rack
        table: true
      run_once: true
      delegate_to: localhost
      register: fleet_seen

    - name: No host may be out of sight
      ansible.builtin.assert:
        that: fleet_seen.unseen | length == 0
      run_once: true
      delegate_to: localhost
"""

RETURN = r"""
fleet:
  description: The fleet's name.
  returned: success
  type: str
  sample: edge
path:
  description: The file of the snapshot.
  returned: success
  type: str
  sample: /home/op/.local/state/atomic.fleet/edge/snapshots/snapshot-049b175f0958.jsonl
observed:
  description: How many hosts were observed.
  returned: success
  type: int
  sample: 48
unseen:
  description: The hosts that could not be observed, each with the reason.
  returned: success
  type: dict
  sample: {"edge-7": "cannot be reached: Connection refused"}
"""
