# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps a host from updating itself, or lets it go again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..module_utils._host.arguments import UPDATE_DRIVER
from ..module_utils._host.driver import Holder, describe_hold, hold, plan_hold, plan_release, predicted_hold, release
from ..module_utils._host.render import render_hold, render_steps
from ..module_utils._model.host import HostState
from ..plugin_utils._action import HostVerb


class ActionModule(HostVerb):
    arguments = UPDATE_DRIVER

    def act(self, host: str, args: Mapping[str, Any]) -> dict[str, Any]:
        holder = Holder(args["owner"], args["plan"], args["force"])
        holding = args["state"] == "held"
        before = self.observe(host)
        plan, after = (plan_hold if holding else plan_release)(before, holder), before
        if plan.steps and self.check:
            after = predicted_hold(before, holder) if holding else replace(before, hold=None)
        elif plan.steps:
            talk = hold if holding else release
            plan, after = self.change(talk(host, before, holder.owner, holder.plan, holder.force))
        result: dict[str, Any] = {
            "changed": plan.changed,
            "msg": plan.reason,
            "steps": render_steps(plan),
            "before": _shown(before),
            "after": _shown(after),
            "reboot_required": after.reboot_required,
        }
        if self.shows_diff:
            result["diff"] = {"before": _line(before), "after": _line(after)}
        return result


def _shown(state: HostState) -> dict[str, Any]:
    return {"hold": render_hold(state.hold), "update_driver": state.update_driver}


def _line(state: HostState) -> str:
    """Without the time, which is not known before."""
    held = None if state.hold is None else replace(state.hold, since="")
    return f"updates: {describe_hold(held)}\n"
