# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For tests only: the look at all hosts of the play from one task, as an audit of the fleet takes it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.expectation import expected_by, expected_of
from ansible_collections.atomic.fleet.plugins.module_utils._host.arguments import POSTURE
from ansible_collections.atomic.fleet.plugins.module_utils._host.posture import judge
from ansible_collections.atomic.fleet.plugins.module_utils._host.posture_render import render_findings
from ansible_collections.atomic.fleet.plugins.plugin_utils._fleet_task import FleetAction
from ansible_collections.atomic.fleet.plugins.plugin_utils._posture import observe_postures


class ActionModule(FleetAction):
    SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        "fleet": {"type": "str"},
        "plan": {"type": "str"},
        **{name: dict(option) for name, option in POSTURE.items()},
    }

    def act(self, arguments: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        hosts = self.hosts(variables)
        store = self.store(arguments, self.fleet_name(arguments["fleet"], hosts, variables))
        plan = store.load_plan(arguments["plan"])[1]
        base = expected_by(arguments, time.time(), "posture_fan")
        with self.watch() as watch:
            seen = observe_postures(self, arguments, variables, hosts, watch)
        found = [finding for host in hosts for finding in judge(seen[host], expected_of(base, plan, host))]
        return {"changed": False, "findings": render_findings(found)}
