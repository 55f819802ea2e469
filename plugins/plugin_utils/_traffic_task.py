# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the base of the tasks that look at balancers, or move what they do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..module_utils._fleet.shares import percent
from ..module_utils._model.traffic import Standing
from ._balancers import Behind, balancers, chosen
from ._fleet_task import FleetAction

TRAFFIC_SPEC: dict[str, dict[str, Any]] = {
    "balancer": {"type": "str"},
    "balancers": {"type": "list", "elements": "dict"},
    "timeout": {"type": "float", "default": 60.0},
}


class TrafficAction(FleetAction):
    SHARED: ClassVar[dict[str, dict[str, Any]]] = {}

    def behind(self, arguments: Mapping[str, Any], variables: Mapping[str, Any]) -> tuple[Behind, ...]:
        every = [str(name) for name in variables["groups"]["all"]]
        found = balancers(self.known(variables), self.hosts(variables), every, arguments["balancers"])
        return chosen(found, arguments["balancer"])


def shown(one: Behind, grain: str, seen: Standing) -> dict[str, Any]:
    """What a task returns of a balancer."""
    return {
        "name": one.name,
        "adapter": one.balancer.adapter,
        "grain": grain,
        "address": one.balancer.address,
        "port": one.balancer.port,
        "shares": percent(seen.weights),
        "remarks": list(seen.remarks),
        "members": [
            {
                "host": member.host,
                "pool": member.pool,
                "serving": member.serving,
                "well": member.well,
                "said": member.said,
                "sessions": member.sessions,
            }
            for member in seen.members
        ],
    }
