# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: what runs is plugins/action/terraform_project.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: terraform_project
short_description: Bring a Terraform project up or down
version_added: 0.1.0
author: the atomic.fleet authors (@atomic-fleet)
description:
  - Initialises a project folder, plans, and applies that very plan, by Terraform or OpenTofu.
  - Runs on the controller, whatever host the task is for. Use it with C(run_once) or on C(localhost).
  - What Terraform prints cannot be shown while it runs; it is in the result where it failed.
options:
  project:
    description: The project folder.
    type: path
    required: true
  state:
    description: Whether what the project describes shall exist. V(absent) destroys it.
    type: str
    choices: [present, absent]
    default: present
  variables:
    description: Input variables, of any type. They reach Terraform in a temporary file that only the user can read.
    type: dict
    default: {}
  backend_config:
    description:
      - Settings of the backend, as C(terraform init -backend-config) takes them.
      - With these a project can keep its state outside its folder.
    type: dict
    default: {}
  data_directory:
    description:
      - Where Terraform keeps what it downloads and notes of the project; made where it is missing, for this user only.
      - Without it E(TF_DATA_DIR) counts, and without that C(.terraform) in the project folder.
    type: path
  binary:
    description: What to run. Without it, the first of C(terraform) and C(tofu) on E(PATH).
    type: str
attributes:
  action:
    description: Runs on the controller.
    support: full
  check_mode:
    description:
      - Plans, without a lock on the state, and applies nothing.
      - The project is initialised all the same, in a temporary folder where O(data_directory) does not exist yet.
    support: full
  diff_mode:
    description: Lists the resources that would change and what would happen to each.
    support: full
  idempotent:
    description: Changed is what Terraform's plan says.
    support: full
requirements:
  - python-terraform
  - Terraform 1.0 or newer, or OpenTofu
seealso:
  - plugin: atomic.fleet.terraform
    plugin_type: inventory
"""

EXAMPLES = r"""
- name: Six hosts on this machine
  atomic.fleet.terraform_project:
    project: terraform/examples/lab
    variables:
      name: lab
    backend_config:
      path: /var/lib/atomic-fleet/lab/terraform/terraform.tfstate
    data_directory: /var/lib/atomic-fleet/lab/terraform/data

- name: And away with them
  atomic.fleet.terraform_project:
    project: terraform/examples/lab
    state: absent
    variables:
      name: lab
    backend_config:
      path: /var/lib/atomic-fleet/lab/terraform/terraform.tfstate
    data_directory: /var/lib/atomic-fleet/lab/terraform/data
"""

RETURN = r"""
resources:
  description: The resources that the plan changes.
  returned: success
  type: list
  elements: dict
  contains:
    action:
      description: What happens to it, V(create), V(update), V(replace), V(delete), V(move), V(import) or V(forget).
      type: str
    address:
      description: The resource's address in the project.
      type: str
  sample:
    - action: create
      address: module.lab.terraform_data.host["demo-blue-1"]
outputs:
  description: The project's outputs by name, as they are afterwards, without the sensitive ones.
  returned: success
  type: dict
sensitive_outputs:
  description: Names of the outputs that were left out because they are sensitive.
  returned: success
  type: list
  elements: str
output:
  description: What Terraform printed, as text.
  returned: failure
  type: str
"""
