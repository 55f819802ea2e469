# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: what runs is plugins/action/fleet_swap.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_swap
short_description: Move a fleet's traffic from one pool to another, step by step
version_added: 0.1.0
author: the atomic.fleet authors (@atomic-fleet)
description:
  - The steps of the role P(atomic.fleet.swap#role) and the playbook C(atomic.fleet.swap), which is how to use it.
  - O(step=begin) asks every balancer who serves, and every host what it runs, and finds out from that which pool is to
    get the traffic, and which hosts have to be brought to the target before. It changes nothing.
  - O(step=shift) gives the pool its share in steps. Before each, the balancers have to find its hosts well and
    every gate has to pass; after each, both are watched for O(bake_time). Where one fails, all traffic goes back, by
    one request to each balancer, and the task fails with the reason.
  - Nothing is remembered but what balancers and hosts say. A swap that was stopped or killed is taken up by running it
    again.
  - Where somebody else moved traffic meanwhile, nothing is overwritten, and the task fails with what stands.
options:
  step:
    description: Which step to take.
    type: str
    choices: [begin, shift]
    required: true
  fleet:
    description:
      - The fleet's name, under which its documents are kept.
      - Without it the name that the inventory of all hosts agrees on (C(atomic_fleet_name)), else V(fleet).
    type: str
  policy:
    description:
      - A policy file. C(max_unavailable) says how many of the hosts that serve may be lacking at any time, and
        C(failure_budget) how many of the new pool may be sick. Without it, the defaults.
    type: path
  to:
    description:
      - The pool that gets all of the traffic at once, its hosts as they are. The way back, at any time.
      - At most one of O(to), O(pool) and O(in_place).
    type: str
  pool:
    description: The pool that is to get the traffic step by step, where that cannot be told from what stands.
    type: str
  in_place:
    description:
      - Moves no traffic between pools. The pools that serve are brought to the target, and the policy's drain
        V(traffic) takes each host out of the balancer while it is away.
    type: bool
    default: false
  swap:
    description: With O(step=shift), the fact C(atomic_fleet_swap) that O(step=begin) set.
    type: dict
  take_over:
    description: Go on from shares that somebody else made since our last swap.
    type: bool
    default: false
  rollout:
    description:
      - With O(step=shift), how the rollout to the new pool ended, as M(atomic.fleet.fleet_run) said (the fact
        C(atomic_fleet_rollout)). One that is V(waiting) has hosts left, and no traffic is moved.
    type: str
    default: ""
  stop_before:
    description: With O(step=shift), move no traffic, for somebody is to look at the new pool before.
    type: str
    choices: [shift]
  balancer:
    description: The name of one balancer; all of them without it.
    type: str
  steps:
    description: Shares of the new pool in percent, rising to V(100). By default V([5, 25, 100]).
    type: list
    elements: raw
  bake_time:
    description: How long each step is watched, in seconds or as V(5m), which is the default.
    type: raw
  gates:
    description:
      - What is asked before the first step and all the time after it. A list of C(http), C(prometheus) and C(tcp), as
        in C(gates) of a policy (C(docs/gates.md)). The C(timeout) of each says for how long it may fail in a row.
    type: list
    elements: raw
  drain_time:
    description:
      - How long to wait for connections to the other pools to end when they get no more. By default V(5m). Where the
        balancer counts them, no longer than there are some.
    type: raw
  hold_time:
    description: How long to go on watching when the new pool has all of the traffic. By default V(0).
    type: raw
  health_timeout:
    description: How long the balancers may take to find the pool well before each step. By default V(2m).
    type: raw
  lock:
    description: The URL of a server that keeps the lock, as for M(atomic.fleet.fleet_run).
    type: str
  allow_local_store:
    description: Go on in a job of AWX though store and lock end with it.
    type: bool
    default: false
extends_documentation_fragment:
  - atomic.fleet.fleet
  - atomic.fleet.traffic
  - atomic.fleet.target
  - atomic.fleet.registry
attributes:
  action:
    description: Runs on the controller, once for the whole play, with C(run_once) and C(delegate_to) V(localhost).
    support: full
  check_mode:
    description: Says which steps would be taken, and moves nothing.
    support: full
  diff_mode:
    description: The shares are said in every mode.
    support: N/A
  idempotent:
    description: A pool that has all of the traffic and runs the target is the end of it.
    support: full
notes:
  - Not with C(--limit), for traffic is shared out to whole pools.
seealso:
  - module: atomic.fleet.traffic
  - module: atomic.fleet.fleet_plan
"""

EXAMPLES = r"""
- name: The traffic of a fleet whose idle pool runs the new release already
  hosts: fleet_demo
  gather_facts: false
  tasks:
    - name: See who serves
      atomic.fleet.fleet_swap:
        step: begin
        version: "2.0"
      run_once: true
      delegate_to: localhost
      delegate_facts: true

    - name: Move the traffic in two steps
      atomic.fleet.fleet_swap:
        step: shift
        swap: "{{ hostvars['localhost']['atomic_fleet_swap'] }}"
        steps: [10, 100]
        bake_time: 10m
        gates:
          - prometheus:
              url: https://prometheus.example.net
              query: sum(rate(http_requests_total{code=~"5.."}[1m])) / sum(rate(http_requests_total[1m]))
              at_most: 0.01
      run_once: true
      delegate_to: localhost
"""

RETURN = r"""
course:
  description:
    - With O(step=begin), what comes next. V(forward), step by step; V(back), all at once; V(rest), no traffic is moved.
  returned: with O(step=begin)
  type: str
  sample: forward
to:
  description: The pool that has the traffic, or is to get it.
  returned: success
  type: str
  sample: green
outcome:
  description:
    - With O(step=shift), V(done), V(back) where all traffic was taken back, V(rest) where none was to be moved,
      V(waiting) where it is still to be moved.
  returned: with O(step=shift)
  type: str
  sample: done
shares:
  description: Percent by pool, for each balancer.
  returned: when traffic was moved
  type: dict
  sample: {"web": {"blue": 0, "green": 100}}
journal:
  description: The file or URL of what was done, one line of JSON an event.
  returned: when traffic was moved
  type: str
  sample: /root/.local/state/atomic.fleet/demo/swaps/swap-20261128T190000-1f2e.jsonl
report:
  description: The file or URL of the page that shows it.
  returned: when traffic was moved
  type: str
  sample: /root/.local/state/atomic.fleet/demo/reports/swap-20261128T190000-1f2e.html
"""
