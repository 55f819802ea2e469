# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: what runs is plugins/action/fleet_wave.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_wave
short_description: Do one step of a wave for all its hosts at once
version_added: 0.1.0
author: the atomic.fleet authors (@atomic-fleet)
description:
  - The tasks of a wave in the playbook C(atomic.fleet.apply), which is how to use it.
  - The batch of the play must be exactly a planned wave, or nothing is touched.
  - What is intended and what came of it is in the journal before anything further happens.
options:
  run:
    description: The fact C(atomic_fleet_run) that M(atomic.fleet.fleet_run) set.
    type: dict
    required: true
  step:
    description:
      - V(begin) looks at the whole fleet, counts who is unavailable against the limits of the policy, and writes
        down what is intended.
      - V(stage) stages the target. V(drain) takes the hosts out of service, by the drains of the policy. V(boot)
        reboots all hosts of the wave, waits for all of them at once, proves what
        came up, and lets it pass the gates.
      - V(settle) waits for the bake time, looks again, decides, and takes the wave back where the policy says so.
    type: str
    choices: [begin, stage, drain, boot, settle]
    required: true
  lock:
    description: Where the lock is, as O(atomic.fleet.fleet_run#module:lock); cells decide under one there.
    type: str
extends_documentation_fragment:
  - atomic.fleet.fleet
attributes:
  check_mode:
    description: With a run that was opened in check mode, nothing is done.
    support: full
  diff_mode:
    description: What differs is in the plan, not here.
    support: N/A
  idempotent:
    description: A step that was done before has nothing left to do.
    support: full
seealso:
  - module: atomic.fleet.fleet_run
"""

EXAMPLES = r"""
- name: Roll out, one wave at a time
  hosts: "{{ (hostvars | default({'localhost': {}}))['localhost'].atomic_fleet_order | default('!all', true) }}"
  gather_facts: false
  serial: "{{ (hostvars | default({'localhost': {}}))['localhost'].atomic_fleet_serial | default([1], true) }}"
  tasks:
    - name: Begin the wave
      atomic.fleet.fleet_wave:
        run: "{{ hostvars['localhost']['atomic_fleet_run'] }}"
        step: begin
      run_once: true
      delegate_to: localhost
      register: atomic_fleet_wave
"""

RETURN = r"""
halted:
  description: Whether the rollout may not go on.
  returned: always
  type: bool
  sample: false
reason:
  description: Why it may not go on.
  returned: when RV(halted)
  type: str
  sample: "The canary did not come out well: edge-1 failed (failed units: web.service)."
steps:
  description: The steps that are left for this wave, of V(stage), V(drain), V(boot) and V(settle).
  returned: O(step=begin)
  type: list
  elements: str
  sample: [stage, boot, settle]
"""
