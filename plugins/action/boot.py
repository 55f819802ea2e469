# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Boots what boots next, proves what came up, goes back where it is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..module_utils._command.quote import check_checksum
from ..module_utils._host.arguments import BOOT
from ..module_utils._host.boot import boot, plan_boot, predicted_boot
from ..plugin_utils._action import HostVerb, booted_outcome, outcome


class ActionModule(HostVerb):
    arguments = BOOT

    def act(self, host: str, args: Mapping[str, Any]) -> dict[str, Any]:
        expected = args["checksum"]
        if expected is not None:
            check_checksum(expected)
        before = self.observe(host)
        plan = plan_boot(before, expected)
        if self.check:
            after = predicted_boot(before) if plan.steps else before
            return outcome(plan, before, after, self.shows_diff)
        talk = boot(
            host,
            expected,
            tuple(args["health"]),
            args["boot_timeout"],
            args["settle_timeout"],
            args["rollback"],
            before,
        )
        return booted_outcome(self.change(talk), self.shows_diff, before)
