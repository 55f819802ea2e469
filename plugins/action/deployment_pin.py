# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps deployments from being cleaned up, or lets them go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..module_utils._host.arguments import DEPLOYMENT_PIN
from ..module_utils._host.pin import Choice, plan_pin, predicted_pin
from ..module_utils._host.render import describe
from ..module_utils._host.work import carry_out
from ..module_utils._model.host import HostState
from ..module_utils._model.steps import HostPlan
from ..plugin_utils._action import HostVerb, outcome


class ActionModule(HostVerb):
    arguments = DEPLOYMENT_PIN

    def act(self, host: str, args: Mapping[str, Any]) -> dict[str, Any]:
        choice = Choice(args["target"], args["version"], args["checksum"], args["index"])
        pinned = args["state"] == "pinned"

        def decide(state: HostState) -> HostPlan:
            return plan_pin(state, choice, pinned)

        before = self.observe(host)
        plan, after = decide(before), before
        if plan.steps and self.check:
            after = predicted_pin(before, choice, pinned)
        elif plan.steps:
            plan, after, _joined = self.change(carry_out(host, before, decide, "pin"))
        result = outcome(plan, before, after, diff=False)
        if self.shows_diff:
            result["diff"] = {"before": _lines(before), "after": _lines(after)}
        return result


def _lines(state: HostState) -> str:
    return "".join(f"{describe(entry)}\n" for entry in state.deployments)
