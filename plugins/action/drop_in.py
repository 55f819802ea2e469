# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts a file of its own below /etc, where it adds to the settings of a service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..module_utils._host.arguments import DROP_IN
from ..module_utils._host.drop_in import (
    Look,
    WishedFile,
    diff_sides,
    look_at,
    plan_drop_in,
    put_in_place,
    render_drop_in_steps,
    render_file,
    wanted,
)
from ..plugin_utils._action import HostVerb


class ActionModule(HostVerb):
    arguments = DROP_IN

    def act(self, host: str, args: Mapping[str, Any]) -> dict[str, Any]:
        present = args["state"] == "present"
        wished = WishedFile(
            path=args["path"],
            content=args["content"].encode("utf-8") if present else None,
            mode=args["mode"],
            replace=args["replace"],
            validate=tuple(args["validate"]),
            apply=tuple(args["apply"]),
            reconnect_timeout=args["reconnect_timeout"],
        )
        before: Look = self.begin(look_at(host, wished))
        plan, after = plan_drop_in(before, wished), before
        old = new = before.found.file
        if plan.steps:
            if not self.check:
                plan, after = self.change(put_in_place(before, wished))
            new = wanted(after, wished)
        result: dict[str, Any] = {
            "changed": plan.changed,
            "msg": plan.reason,
            "steps": render_drop_in_steps(plan, wished),
            "before": render_file(wished.path, old),
            "after": render_file(wished.path, new),
            "reboot_required": after.state.reboot_required,
        }
        if self.shows_diff:
            result["diff"] = diff_sides(wished.path, old, new)
        return result
