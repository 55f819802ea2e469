# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: what runs is plugins/action/fleet_run.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_run
short_description: Open and close a run of a plan
version_added: 0.1.0
author: the atomic.fleet authors (@atomic-fleet)
description:
  - The first and the last task of the playbook C(atomic.fleet.apply), which is how to use it.
  - O(state=open) checks the plan, takes the fleet's lock, looks at every host, refuses a plan that is older than
    the fleet, and sets the facts from which the next play takes its hosts, in the order of the plan, and its batches.
  - The lock is held by a process of its own that ends with C(ansible-playbook), whatever ends that.
  - O(state=closed) writes the report, gives the lock back, and fails unless every host of the run came out well
    or waits.
  - A run that was interrupted or killed is taken up by opening the same plan again. The hosts say what is true, the
    journal what was intended. A host that is done is not rebooted again, a failure budget that was spent stays spent.
options:
  state:
    description: Whether to open or to close the run.
    type: str
    choices: [open, closed]
    required: true
  plan:
    description: The id or the file of a plan, with O(state=open). Without it, the last one that was made for the fleet.
    type: str
  fleet:
    description:
      - The fleet's name, under which its documents are kept.
      - Without it the name that the inventory of all hosts agrees on (C(atomic_fleet_name)), else V(fleet).
    type: str
  run:
    description: With O(state=closed), the fact C(atomic_fleet_run) that O(state=open) set.
    type: dict
  anew:
    description: Whether to start the plan over, with a fresh failure budget, though it was halted before.
    type: bool
    default: false
  stop_after:
    description:
      - Where to stop, with O(state=open). V(prefetch) for nothing but that, V(canary), the name of a wave as V(wave 2),
        or V(window) for the end of the window in which the run begins its first wave.
      - The run ends well, in the state V(waiting), and the next one goes on from there.
    type: str
  wait:
    description:
      - Whether the run itself waits for the next window where a wave may not begin now. Without it the run ends in the
        state V(waiting).
    type: bool
    default: false
  pause:
    description: Whether only what an earlier run has to finish is done, and no other wave begins.
    type: bool
    default: false
  lock:
    description:
      - Where the lock is, with O(state=open), as C(redis://lock.example.com:6379), C(etcd3+https://lock.example.com:2379)
        or any other URL of the Python package C(tooz), which then needs its driver's client beside it (C(redis),
        C(etcd3gw)). Add C(?timeout=SECONDS) to say how long the lock outlives a controller that is gone.
      - Without it the lock is a file in the store, and protects the controllers on this machine only.
    type: str
  cell:
    description:
      - The name of the part of the fleet that this controller is for, with O(state=open) and C(--limit) for its hosts.
        Every cell has a lock and a journal of its own; the limits and the failure budget of the plan hold for all of
        them together.
    type: str
  allow_local_store:
    description: Whether a store and a lock on this machine are good enough in a job of AWX, which nothing outlives.
    type: bool
    default: false
  allow_limited_canary:
    description: Whether C(--limit) may leave out the canary, so that nothing is tried before the others.
    type: bool
    default: false
  report:
    description:
      - Where to write the report beside the store, with O(state=closed), as a file whose name ends in C(.html). The
        same as Markdown goes beside it, ending in C(.md).
      - Where that cannot be written there is a warning, for the store has it.
    type: path
extends_documentation_fragment:
  - atomic.fleet.fleet
attributes:
  check_mode:
    description: Checks and shows what would be done; takes no lock and writes nothing.
    support: full
  diff_mode:
    description: What differs is in the plan, not here.
    support: N/A
  idempotent:
    description: A plan that is done has nothing left to do.
    support: full
seealso:
  - module: atomic.fleet.fleet_plan
  - module: atomic.fleet.fleet_wave
"""

EXAMPLES = r"""
- name: Open the run
  hosts: all
  gather_facts: false
  tasks:
    - name: Check the plan, take the lock, order the waves
      atomic.fleet.fleet_run:
        state: open
        plan: plan.json
      run_once: true
      delegate_to: localhost
      delegate_facts: true

- name: Close the run
  hosts: all
  gather_facts: false
  tasks:
    - name: Write the report, give the lock back
      atomic.fleet.fleet_run:
        state: closed
        run: "{{ hostvars['localhost']['atomic_fleet_run'] }}"
      run_once: true
      delegate_to: localhost
"""

RETURN = r"""
changes:
  description: Whether the run has hosts to walk through.
  returned: O(state=open)
  type: bool
  sample: true
ansible_facts:
  description: Facts for C(localhost), with C(delegate_facts).
  returned: success, unless in check mode with O(state=closed)
  type: dict
  contains:
    atomic_fleet_rollout:
      description: The outcome, for a swap, which gives no traffic to a pool that is not through.
      returned: O(state=closed)
      type: str
      sample: done
    atomic_fleet_run:
      description: What the next tasks need to find the run.
      returned: O(state=open)
      type: dict
      sample: {"fleet": "edge", "store": null, "plan": "plan-2a63212fdfa8", "run": "run-20261122T222811-6f1e"}
    atomic_fleet_order:
      description: The hosts of the run in the order of the plan.
      returned: O(state=open)
      type: list
      elements: str
      sample: [edge-1, edge-4, edge-2]
    atomic_fleet_serial:
      description: The sizes of the waves.
      returned: O(state=open)
      type: list
      elements: int
      sample: [1, 2]
outcome:
  description: How the run ended, one of V(done), V(waiting), V(halted), V(rolled_back), V(interrupted), V(aborted)
    and V(check).
  returned: O(state=closed)
  type: str
  sample: done
next_start:
  description: When a run that is V(waiting) may go on, in UTC. Empty where that is not a matter of time.
  returned: O(state=closed)
  type: str
  sample: "2026-11-28T00:00:00Z"
report:
  description: The report, one HTML file that needs nothing else.
  returned: O(state=closed), unless in check mode
  type: str
  sample: /home/op/.local/state/atomic.fleet/edge/reports/plan-2a63212fdfa8.html
report_markdown:
  description: The same as Markdown.
  returned: O(state=closed), unless in check mode
  type: str
  sample: /home/op/.local/state/atomic.fleet/edge/reports/plan-2a63212fdfa8.md
"""
