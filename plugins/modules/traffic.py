# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: what runs is plugins/action/traffic.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: traffic
short_description: Give pools of hosts their shares of a balancer's traffic
version_added: 0.1.0
author: the atomic.fleet authors (@atomic-fleet)
description:
  - Moves a balancer's traffic between pools, with one writing request, and reads back what stands afterwards.
  - Where somebody else moved traffic between the look and the request, nothing is written and the task fails.
  - P(atomic.fleet.fleet_swap#module) does this in steps, with gates and a way back.
options:
  balancer:
    description: The name of the balancer. May be left out where there is one.
    type: str
  shares:
    description:
      - Percent by pool, whole numbers. One pool may be left out, it gets the rest; else they have to be 100 in all.
      - A balancer that knows no weights comes as near as whole hosts allow, see RV(grain) and RV(shares).
    type: dict
    required: true
  expect:
    description: Shares that have to stand before, written as O(shares). Where others do, the task fails.
    type: dict
extends_documentation_fragment:
  - atomic.fleet.attributes.changes
  - atomic.fleet.traffic
seealso:
  - module: atomic.fleet.traffic_info
  - module: atomic.fleet.fleet_swap
"""

EXAMPLES = r"""
- name: A first share for green
  hosts: fleet_demo
  gather_facts: false
  tasks:
    - name: Give green five percent of the requests
      atomic.fleet.traffic:
        shares:
          green: 5
        expect:
          blue: 100
      run_once: true
      delegate_to: localhost
"""

RETURN = r"""
before:
  description: Percent by pool, as it was.
  returned: success
  type: dict
  sample: {"blue": 100, "green": 0}
shares:
  description: Percent by pool, as it is now, or in check mode as it would be.
  returned: success
  type: dict
  sample: {"blue": 95, "green": 5}
grain:
  description: V(weights) where the balancer divides to about a percent, V(hosts) where only by whole hosts.
  returned: success
  type: str
  sample: weights
name:
  description: The balancer's name.
  returned: success
  type: str
  sample: web
adapter:
  description: What moves its traffic.
  returned: success
  type: str
  sample: haproxy
address:
  description: Where clients reach it, if that is known.
  returned: success
  type: str
  sample: 10.88.0.1
port:
  description: The port that clients reach it on.
  returned: success
  type: int
  sample: 80
remarks:
  description: What makes the shares less than true, as clients that stick to a pool, a sentence each.
  returned: success
  type: list
  elements: str
  sample: []
members:
  description: The hosts behind it, as P(atomic.fleet.traffic_info#module) returns them.
  returned: success
  type: list
  elements: dict
  sample: []
"""
