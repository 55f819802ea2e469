# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes away what is on a host's disk and shall not boot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..module_utils._host.arguments import DEPLOYMENT_CLEANUP
from ..module_utils._host.cleanup import Disk, clean_up, look_at_disk, plan_cleanup, predicted_cleanup
from ..module_utils._host.render import describe
from ..plugin_utils._action import HostVerb, outcome


class ActionModule(HostVerb):
    arguments = DEPLOYMENT_CLEANUP

    def act(self, host: str, args: Mapping[str, Any]) -> dict[str, Any]:
        kinds = tuple(args["name"])
        before: Disk = self.begin(look_at_disk(host))
        plan, after = plan_cleanup(before, kinds), before
        if plan.steps and self.check:
            after = predicted_cleanup(before, kinds)
        elif plan.steps:
            plan, after = self.change(clean_up(before, kinds))
        result = outcome(plan, before.state, after.state, diff=False)
        if self.shows_diff:
            result["diff"] = {"before": _lines(before), "after": _lines(after)}
        return result


def _lines(disk: Disk) -> str:
    lines = [describe(entry) for entry in disk.state.deployments]
    lines += [f"left over: {name}" for name in disk.leftovers]
    lines += [f"metadata: {name}" for name in disk.metadata]
    return "".join(f"{line}\n" for line in lines)
