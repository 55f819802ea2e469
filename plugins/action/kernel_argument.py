# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says what the kernel is given at the next boot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..module_utils._host.arguments import KERNEL_ARGUMENT
from ..module_utils._host.kernel_argument import (
    Look,
    WishedArguments,
    change_arguments,
    look_at,
    plan_arguments,
    wanted,
)
from ..module_utils._host.render import render_steps
from ..plugin_utils._action import HostVerb


class ActionModule(HostVerb):
    arguments = KERNEL_ARGUMENT

    def act(self, host: str, args: Mapping[str, Any]) -> dict[str, Any]:
        wished = WishedArguments(tuple(args["name"]), args["state"] == "present", args["replace"])
        before: Look = self.begin(look_at(host))
        plan, after = plan_arguments(before, wished), before
        reboot = before.state.reboot_required
        if plan.steps and self.check:
            after = Look(before.state, wanted(before.arguments, wished))
            staged = before.state.staged
            reboot = staged is None or not staged.locked
        elif plan.steps:
            plan, after = self.change(change_arguments(before, wished))
            reboot = after.state.reboot_required
        result: dict[str, Any] = {
            "changed": plan.changed,
            "msg": plan.reason,
            "steps": render_steps(plan),
            "before": {"arguments": list(before.arguments)},
            "after": {"arguments": list(after.arguments)},
            "reboot_required": reboot,
        }
        if self.shows_diff:
            result["diff"] = {"before": _lines(before), "after": _lines(after)}
        return result


def _lines(look: Look) -> str:
    return "".join(f"{argument}\n" for argument in look.arguments)
