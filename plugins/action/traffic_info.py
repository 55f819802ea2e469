# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says what balancers do with traffic now: which pool gets how much, and how each host behind them is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..module_utils._fleet.traffic_text import render_traffic_table
from ..plugin_utils._clouds.model import Limits
from ..plugin_utils._traffic_task import TRAFFIC_SPEC, TrafficAction, shown


class ActionModule(TrafficAction):
    SPEC: ClassVar[dict[str, dict[str, Any]]] = {**TRAFFIC_SPEC, "table": {"type": "bool", "default": False}}

    def act(self, arguments: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        limits = Limits(timeout=arguments["timeout"])
        found = []
        with self.watch():
            for one in self.behind(arguments, variables):
                adapter = one.open(limits)
                seen = adapter.observe()
                found.append(shown(one, adapter.grain, seen))
                if arguments["table"]:
                    self.say(render_traffic_table(one.name, adapter.grain, seen))
        return {"changed": False, "balancers": found}
