# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tasks that look at balancers and move traffic share."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  balancers:
    description:
      - The balancers, in the shape of C(traffic) in the output C(fleet) of the modules (C(docs/inventory.md)).
      - Without it the variable C(atomic_fleet_traffic) of the hosts counts, which the inventory plugin
        P(atomic.fleet.terraform#inventory) sets.
    type: list
    elements: dict
  timeout:
    description:
      - How many seconds one look at a balancer, or one shift of its traffic, may take as a whole, with all its retries
        while the service throttles or stumbles.
    type: float
    default: 60
attributes:
  action:
    description: Runs on the controller, once for the whole play, with C(run_once) and C(delegate_to) V(localhost).
    support: full
notes:
  - The hosts behind a balancer are those of the whole inventory that are in its pools (C(atomic_fleet_pool)), whatever
    C(--limit) says.
  - Adapters are V(haproxy), V(aws_elbv2), V(octavia), V(gcp_url_map), V(gcp_backend_service) and V(azure_lb). See
    C(docs/traffic.md) for the settings, permissions and the grain of each.
  - Credentials and endpoints are those that each cloud's SDK finds in the environment.
requirements:
  - boto3 for V(aws_elbv2)
  - openstacksdk for V(octavia)
  - google-cloud-compute for V(gcp_url_map) and V(gcp_backend_service)
  - azure-mgmt-network, azure-mgmt-compute and azure-identity for V(azure_lb)
"""
