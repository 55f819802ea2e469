# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: what runs is plugins/action/fleet_plan.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_plan
short_description: Plan what a fleet shall boot, in which waves, and why
version_added: 0.1.0
author: the atomic.fleet authors (@atomic-fleet)
description:
  - Makes what is wanted exact, by asking one host for each ref that is followed, and plans with the snapshot and
    the policy. No host is changed.
  - The plan is a file that names its content by a hash. The same snapshot, target and policy give the same bytes.
    M(atomic.fleet.fleet_run) refuses a plan that was edited, or that is older than the fleet.
  - What changes in terms of packages is asked of one host for each pair of what is run and what is wanted, where one
    has both on disk; the plan says V(unknown until staged) elsewhere.
  - Where nothing says what to boot, the newest of the ref or tag that each host follows is planned.
options:
  fleet:
    description:
      - The fleet's name, under which its documents are kept.
      - Without it the name that the inventory of all hosts agrees on (C(atomic_fleet_name)), else V(fleet).
    type: str
  snapshot:
    description: The file of a snapshot. Without it, the last one that was taken of the fleet.
    type: path
  extensions:
    description:
      - System extensions to be layered on all hosts, instead of something to boot, as
        M(atomic.fleet.system_extension) does. Nothing else says what is wanted then.
      - Extensions that are not named here stay as they are.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the extension.
        type: str
        required: true
      state:
        description: Whether it is to be there.
        type: str
        choices: [present, absent]
        default: present
      url:
        description: Where the hosts fetch it from, without a password. Needed where it is to be there.
        type: str
      checksum:
        description: C(sha256:) and the 64 digits of the file. Needed where it is to be there.
        type: str
      units:
        description: Units that it brings, restarted after it was merged, stopped before it goes.
        type: list
        elements: str
        default: []
  undo:
    description:
      - The id or the file of a plan that was applied, or V(last) for the last one that took nothing back itself. What
        its hosts ran before is the target of each.
    type: str
  policy:
    description: A policy file. Without it, the defaults; with O(undo), the policy of that plan.
    type: path
  dest:
    description: Where to write the plan, beside the store.
    type: path
  markdown:
    description:
      - Where to write the plan as Markdown for a comment of a merge request. The verdict is its first line, and
        C(<!-- atomic.fleet plan FLEET -->) the second, by which a pipeline finds the comment that it wrote before.
      - It is never longer than 65,536 characters, which is what GitHub takes; what was left out is counted.
    type: path
extends_documentation_fragment:
  - atomic.fleet.target
  - atomic.fleet.fleet
  - atomic.fleet.registry
  - atomic.fleet.attributes.looks
attributes:
  diff_mode:
    description: Shows every host and package, where the plan is cut to a readable length otherwise.
    support: full
seealso:
  - module: atomic.fleet.fleet_snapshot
  - module: atomic.fleet.fleet_run
"""

EXAMPLES = r"""
- name: Plan version 2.0
  hosts: all
  gather_facts: false
  tasks:
    - name: Observe every host
      atomic.fleet.fleet_snapshot:
      run_once: true
      delegate_to: localhost
      register: fleet_seen

    - name: Plan
      atomic.fleet.fleet_plan:
        snapshot: "{{ fleet_seen.path }}"
        version: "2.0"
        dest: plan.json
      run_once: true
      delegate_to: localhost
"""

RETURN = r"""
fleet:
  description: The fleet's name.
  returned: success
  type: str
  sample: edge
plan:
  description: The plan's id, the start of the hash of its content.
  returned: success
  type: str
  sample: plan-2a63212fdfa8
path:
  description: The file of the plan.
  returned: success
  type: str
  sample: /home/op/plan.json
changes:
  description: Whether applying the plan would change anything.
  returned: success
  type: bool
  sample: true
changes_path:
  description: A small JSON file with RV(changes), RV(plan) and RV(path), for a pipeline to branch on.
  returned: success
  type: str
  sample: /home/op/plan.changes.json
waves:
  description: The sizes of the waves.
  returned: success
  type: list
  elements: int
  sample: [1, 3, 2]
"""
