# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done to hosts of all waves at once: before the first wave, and after the last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..module_utils._errors import ArgumentError
from ..plugin_utils._fleet_task import FleetAction
from ..plugin_utils._lock import watch
from ..plugin_utils._prefetch import Prefetch
from ..plugin_utils._run import load_run
from ..plugin_utils._waiting import Waiting
from ..plugin_utils._way_back import WayBack

_PHASES: dict[str, type[Prefetch] | type[WayBack]] = {"prefetch": Prefetch, "rollback": WayBack}


class ActionModule(FleetAction):
    SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        "run": {"type": "dict", "required": True},
        "lock": {"type": "str", "no_log": True},
        "phase": {"type": "str", "choices": ["prefetch", "rollback"], "required": True},
    }

    def act(self, arguments: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        run = load_run(arguments["run"], self.hosts(variables))
        if not run.name.run:
            return {"changed": False}
        if self._task.check_mode:
            raise ArgumentError("This run was opened to act: check mode of single tasks in it would tell lies.")
        phase = arguments["phase"]
        lease = watch(run.store.root, run.name.run)
        try:
            with self.watch(lease.fileno()) as watched, watched.signals():
                waiting = Waiting(run, 0, watched, self.say)
                if phase == "prefetch" and (waiting.is_aborted() or waiting.is_paused()):
                    return {"changed": False}
                crew = _PHASES[phase](self, arguments, variables, run, watched, phase)
                result = crew.act()
                crew.go_on()
                return result
        finally:
            lease.close()
