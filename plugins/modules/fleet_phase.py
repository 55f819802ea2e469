# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: what runs is plugins/action/fleet_phase.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_phase
short_description: Do what concerns the hosts of all waves at once
version_added: 0.1.0
author: the atomic.fleet authors (@atomic-fleet)
description:
  - Tasks of the playbook C(atomic.fleet.apply), which is how to use it.
  - What was done is in the journal before anything further happens, and what was done before is not done again.
options:
  run:
    description: The fact C(atomic_fleet_run) that M(atomic.fleet.fleet_run) set.
    type: dict
    required: true
  phase:
    description:
      - V(prefetch) brings the target to every host before the first wave, as the policy says, and reboots none. A
        host where that fails is tried again in its wave.
      - V(rollback) takes back what the plan changed, all of it, where the rollout has stopped and the policy says
        C(rollback_all), in portions that keep the limits of the policy. Hosts that cannot be reached are left.
    type: str
    choices: [prefetch, rollback]
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
    description: What was done before is not done again.
    support: full
seealso:
  - module: atomic.fleet.fleet_run
  - module: atomic.fleet.fleet_wave
"""

EXAMPLES = r"""
- name: Prepare the hosts
  hosts: all
  gather_facts: false
  tasks:
    - name: Bring the target to every host before the first wave
      atomic.fleet.fleet_phase:
        run: "{{ hostvars['localhost']['atomic_fleet_run'] }}"
        phase: prefetch
      run_once: true
      delegate_to: localhost
"""

RETURN = r"""
missed:
  description: The hosts that could not be prepared, and are tried again in their wave.
  returned: O(phase=prefetch), where there was something to do
  type: list
  elements: str
  sample: [edge-7]
"""
