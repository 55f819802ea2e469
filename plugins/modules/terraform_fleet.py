# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: what runs is plugins/action/terraform_fleet.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: terraform_fleet
short_description: Bring the hosts of a fleet up or down by Terraform, and never those that take traffic
version_added: 0.1.0
author: the atomic.fleet authors (@atomic-fleet)
description:
  - Initialises a project folder, plans, holds the plan against the guard, and applies that very plan, by Terraform or
    OpenTofu.
  - The guard refuses a plan that destroys, replaces, stops or reboots a host that takes traffic, or more hosts than the
    budget, or what a balancer or a disk with data is made of. It goes by the output C(fleet) of the last apply, and by
    the shares of traffic as Terraform sees them when it plans. Any other project is brought up and down too; of it the
    guard knows the disks only.
  - A host that Terraform calls tainted, for its creation had failed or somebody has said so, may be replaced.
  - Runs on the controller, whatever host the task is for. Use it with C(run_once) or on C(localhost).
  - Says a line for each resource that is done, and at least one every half a minute.
options:
  project:
    description:
      - The project folder.
      - This and the other paths, where they are relative, begin where C(ansible-playbook) was started.
    type: path
    required: true
  state:
    description:
      - Whether what the project describes shall exist. V(absent) destroys it, if the guard lets it.
      - V(planned) writes the plan to O(plan) and touches nothing.
    type: str
    choices: [present, absent, planned]
    default: present
  variables:
    description: Input variables, of any type. They reach Terraform in a temporary file that only the user can read.
    type: dict
    default: {}
  variable_files:
    description: Files of input variables, as C(-var-file) takes them. O(variables) come before them.
    type: list
    elements: path
    default: []
  workspace:
    description:
      - The workspace. It is made where it is missing, except by check mode and V(absent).
      - Without it E(TF_WORKSPACE) counts, and without that the one that is selected in the project folder.
    type: str
  backend_config:
    description:
      - Settings of the backend, as C(terraform init -backend-config) takes them, in a temporary file that only the user
        can read.
      - With these a project can keep its state outside its folder.
    type: dict
    default: {}
  backend_config_files:
    description: Files of such settings; O(backend_config) comes before them.
    type: list
    elements: path
    default: []
  upgrade:
    description: Look for newer modules and providers, within the project's constraints.
    type: bool
    default: false
  data_directory:
    description:
      - Where Terraform keeps what it downloads and notes of the project; made where it is missing, for this user only.
      - Without it E(TF_DATA_DIR) counts, and without that C(.terraform) in the project folder.
    type: path
  binary:
    description: What to run. Without it, the first of C(terraform) and C(tofu) on E(PATH).
    type: str
  plan:
    description:
      - The file of a saved plan. With O(state=planned) it is written. With O(state=present), where the file exists,
        exactly it is applied, and nothing is planned anew.
      - It holds every variable, secret ones too, and is readable for this user only.
      - Terraform refuses it once the state has changed since. What the guard refuses is not written, and one that was
        written is judged again before it is applied.
    type: path
  targets:
    description: Addresses of resources to which the plan is limited. The others may lag behind; Terraform warns of it.
    type: list
    elements: str
    default: []
  replace:
    description: Addresses of resources to replace, though nothing of them changes.
    type: list
    elements: str
    default: []
  refresh:
    description:
      - Ask the cloud how things stand before planning.
      - Without it the guard goes by what was so at the last apply, shares of traffic included.
    type: bool
    default: true
  parallelism:
    description: How many resources Terraform works on at once, at the most. Terraform's own default is 10.
    type: int
  timeout:
    description:
      - Seconds that each command of Terraform may take; V(0) sets no limit.
      - When they are over it is interrupted as with Ctrl-C, finishes what it is at, and keeps its state.
    type: int
    default: 0
  lock_timeout:
    description: Seconds to wait for a state that somebody has locked.
    type: int
    default: 0
  output:
    description:
      - Name of the output that is the fleet's contract, or a list or map of several.
      - Each of several fleets has a budget of its own.
    type: str
    default: fleet
  serving:
    description:
      - The pools that take traffic, among those of which Terraform cannot see it. V([]) says that none of them does.
      - By itself the plan tells, by the weights of listeners, URL maps and members. A pool whose weight cannot be seen
        there is taken to serve, and so are all pools of a fleet without a balancer, unless this says otherwise. A pool
        that is seen to get traffic serves, whatever this says.
    type: list
    elements: str
  disruption_budget:
    description: How many hosts may be away at once, serving or not, as a number or a share of all hosts of the fleet.
    type: str
    default: 50%
  allow:
    description:
      - What may go, whatever the guard says, each by its name. A host, a pool, the fleet, or the address of a resource.
    type: list
    elements: str
    default: []
  retire:
    description:
      - Pools that are to have no hosts from now on. Their hosts are not counted against the budget; where they take
        traffic the plan is refused all the same.
      - Sets C(size) to 0 in the project's variable C(pools), wherever its value comes from. Write it down there too, or
        the next run makes the hosts again.
    type: list
    elements: str
    default: []
attributes:
  action:
    description: Runs on the controller.
    support: full
  check_mode:
    description:
      - Plans, without a lock on the state, asks the guard, and applies nothing.
      - The project is initialised all the same, in a temporary folder where O(data_directory) does not exist yet.
    support: full
  diff_mode:
    description: Lists the resources that would change, and what of each; nothing that is sensitive.
    support: full
  idempotent:
    description: Changed is what Terraform's plan says.
    support: full
requirements:
  - python-terraform
  - Terraform 1.4 or newer, or OpenTofu
notes:
  - Ctrl-C interrupts Terraform once, and lets it finish what it is at. It is never killed, and goes on in order where
    Ansible itself is killed.
seealso:
  - plugin: atomic.fleet.terraform
    plugin_type: inventory
"""

EXAMPLES = r"""
- name: The fleet's hosts
  atomic.fleet.terraform_fleet:
    project: terraform/production
    variable_files: [production.tfvars]
    workspace: production

- name: A plan to look at
  atomic.fleet.terraform_fleet:
    project: terraform/production
    state: planned
    plan: /srv/fleet/production.tfplan

- name: And exactly that plan
  atomic.fleet.terraform_fleet:
    project: terraform/production
    plan: /srv/fleet/production.tfplan

- name: Pool blue takes no traffic any more, and goes
  atomic.fleet.terraform_fleet:
    project: terraform/production
    retire: [blue]

- name: All of it goes, and somebody has said so by its name
  atomic.fleet.terraform_fleet:
    project: terraform/production
    state: absent
    allow: [demo]
"""

RETURN = r"""
resources:
  description: The resources that the plan changes.
  returned: success, or when the guard refused the plan
  type: list
  elements: dict
  contains:
    action:
      description: What happens to it, V(create), V(update), V(replace), V(delete) or V(forget).
      type: str
    address:
      description: The resource's address in the project.
      type: str
  sample:
    - action: create
      address: module.lab.terraform_data.host["demo-blue-1"]
losses:
  description: The hosts that the plan takes away, for good or for a while.
  returned: success, or when the guard refused the plan
  type: list
  elements: dict
  contains:
    host:
      description: Its name.
      type: str
    pool:
      description: Its pool.
      type: str
    address:
      description: The resource that does it.
      type: str
    how:
      description: What becomes of it, in words.
      type: str
  sample:
    - host: demo-green-1
      pool: green
      address: module.fleet.aws_instance.host["demo-green-1"]
      how: replaced (ami changes)
objections:
  description: Why the guard refused the plan, one text for each thing that would be lost.
  returned: success, or when the guard refused the plan
  type: list
  elements: str
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
