# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks whoever applies a plan to the fleet to pause or to stop, or takes that back."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Mapping
from typing import Any, ClassVar

from ..module_utils._fleet.waiting import ABORT, PAUSE
from ..plugin_utils._fleet_task import FleetAction

_ASKED: dict[str, tuple[str, ...]] = {"paused": (PAUSE,), "aborted": (ABORT,), "resumed": ()}


class ActionModule(FleetAction):
    SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        "state": {"type": "str", "choices": ["paused", "aborted", "resumed"], "default": "paused"},
        "reason": {"type": "str"},
        "fleet": {"type": "str"},
    }

    def act(self, arguments: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        fleet = self.fleet_name(arguments["fleet"], self.hosts(variables), variables)
        store = self.store(arguments, fleet)
        asked = [word for word in (PAUSE, ABORT) if store.request(word) is not None]
        wanted = _ASKED[arguments["state"]]
        who = f"by {getpass.getuser()}@{socket.gethostname()}"
        why = f"{who}: {arguments['reason']}" if arguments["reason"] else who
        # a pause does not lift an abort
        add = [word for word in wanted if word not in asked]
        drop = [] if wanted else asked
        if not self._task.check_mode:
            for word in add:
                store.save_request(word, why)
            for word in drop:
                store.drop_request(word)
        now = [word for word in (PAUSE, ABORT) if word in {*asked, *add} - {*drop}]
        told = f"asked for: {' and '.join(now)}" if now else "no pause and no abort is asked for"
        message = f"Fleet {fleet}: {told}."
        self.say(message)
        return {"changed": bool(add or drop), "msg": message, "asked": now}
