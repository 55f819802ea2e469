# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One step of one wave, for all its hosts at once: begin, stage, drain, boot, settle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..module_utils._errors import ArgumentError
from ..module_utils._fleet.rollout import leg_of
from ..plugin_utils._fleet_task import FleetAction
from ..plugin_utils._lock import watch
from ..plugin_utils._run import load_run
from ..plugin_utils._wave import Wave

NOTHING: dict[str, Any] = {"changed": False, "halted": False, "steps": []}


class ActionModule(FleetAction):
    SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        "run": {"type": "dict", "required": True},
        "step": {"type": "str", "choices": ["begin", "stage", "drain", "boot", "settle"], "required": True},
        "lock": {"type": "str", "no_log": True},
    }

    def act(self, arguments: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        run = load_run(arguments["run"], self.hosts(variables))
        leg = leg_of(run.plan, run.walk, [str(name) for name in variables.get("ansible_play_batch", ())])
        if not run.name.run:
            return NOTHING
        if self._task.check_mode:
            raise ArgumentError("This run was opened to act: check mode of single tasks in it would tell lies.")
        lease = watch(run.store.root, run.name.run)
        try:
            # from first to last: a step that is told to stop must live long enough to write that down
            with self.watch(lease.fileno()) as watched, watched.signals():
                wave = Wave(self, arguments, variables, run, leg, watched)
                if wave.waiting.is_aborted():
                    return {**NOTHING, "halted": True}
                step = {
                    "begin": wave.begin,
                    "stage": wave.stage,
                    "drain": wave.drain,
                    "boot": wave.boot,
                    "settle": wave.settle,
                }
                result = {**NOTHING, **step[arguments["step"]]()}
                wave.go_on()
                return result
        finally:
            lease.close()
