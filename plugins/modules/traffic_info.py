# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: what runs is plugins/action/traffic_info.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: traffic_info
short_description: Look at what balancers do with a fleet's traffic
version_added: 0.1.0
author: the atomic.fleet authors (@atomic-fleet)
description:
  - Asks each balancer of the fleet which pool gets how much, and what it thinks of every host behind it.
options:
  balancer:
    description: The name of one balancer; all of them without it.
    type: str
  table:
    description: Also print a table for people.
    type: bool
    default: false
extends_documentation_fragment:
  - atomic.fleet.attributes.looks
  - atomic.fleet.traffic
seealso:
  - module: atomic.fleet.traffic
"""

EXAMPLES = r"""
- name: Who serves
  hosts: fleet_demo
  gather_facts: false
  tasks:
    - name: Look at the balancers
      atomic.fleet.traffic_info:
        table: true
      run_once: true
      delegate_to: localhost
      register: traffic

    - name: Name the pools that get requests
      ansible.builtin.debug:
        msg: "{{ traffic.balancers[0].shares | dict2items | selectattr('value') | map(attribute='key') }}"
      run_once: true
"""

RETURN = r"""
balancers:
  description:
    - Each balancer with its C(name), C(adapter), C(address) and C(port).
    - C(shares) are percent by pool, 100 in all, or all 0 where nobody gets anything.
    - C(grain) is V(weights) where the balancer divides to about a percent, V(hosts) where a share is the fraction of
      hosts that are up.
    - C(members) are the hosts behind it. C(serving) says whether the pool's share reaches the host, C(well) what
      the balancer thinks of it (null where it does not know), C(said) the same in its own words, and C(sessions) how
      many are under way, where it counts them.
    - C(remarks) are sentences about what makes the shares less than true, as clients that stick to a pool.
  returned: always
  type: list
  elements: dict
  sample:
    - name: web
      adapter: haproxy
      grain: weights
      address: 10.88.0.1
      port: 80
      shares: {"blue": 75, "green": 25}
      remarks: []
      members:
        - {"host": "demo-blue-1", "pool": "blue", "serving": true, "well": true, "said": "UP, L7OK", "sessions": 3}
"""
