# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: what runs is plugins/action/fleet_pause.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_pause
short_description: Pause, abort or resume what is being applied to a fleet
version_added: 0.1.0
author: the atomic.fleet authors (@atomic-fleet)
description:
  - Writes the file C(pause) or C(abort) into the fleet's folder of the store, or removes both. Whoever applies a plan
    looks for them. To write such a file by hand does the same; what stands in it is shown as the reason.
  - Takes no lock and asks no host anything.
options:
  state:
    description:
      - V(paused) lets a wave that was begun come to its end, and begins no other; the run ends well, as V(waiting).
      - V(aborted) stops a run before its next step, in the middle of a wave, and leaves everything as it stands; the
        run fails, as V(halted), and no other can be opened.
      - V(resumed) lifts both. Apply the plan again and it goes on.
    type: str
    choices: [paused, aborted, resumed]
    default: paused
  reason:
    description: Why, for those who follow the run and read its report.
    type: str
  fleet:
    description:
      - The fleet's name, under which its documents are kept.
      - Without it the name that the inventory of all hosts agrees on (C(atomic_fleet_name)), else V(fleet).
    type: str
extends_documentation_fragment:
  - atomic.fleet.fleet
attributes:
  check_mode:
    description: Says whether it would change anything.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: N/A
  idempotent:
    description: What is asked for already is not asked for again; its first reason stays.
    support: full
seealso:
  - module: atomic.fleet.fleet_run
"""

EXAMPLES = r"""
- name: Pause
  hosts: all
  gather_facts: false
  tasks:
    - name: Begin no other wave
      atomic.fleet.fleet_pause:
        state: paused
        reason: the storage team is at work
      run_once: true
      delegate_to: localhost
"""

RETURN = r"""
asked:
  description: What is asked for now, of V(pause) and V(abort).
  returned: success
  type: list
  elements: str
  sample: [pause]
"""
