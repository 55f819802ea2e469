# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a client of the FleetLock protocol, by which hosts with Zincati take turns to reboot.

A slot belongs to the id that took it. Taking what one has, and giving back what one has not, are both fine over there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from .._http import Answer, HttpError
from .rest import Rest, wait_for

PATHS = {"take": "/v1/pre-reboot", "give_back": "/v1/steady-state"}
# Full is told with several words: 500 failed_lock_semaphore_full (airlock), 423 locked (Kubernetes leases). What is
# said to be wrong with the question itself is not asked again.
_NOT_NOW = frozenset((409, 423, 429))
_PAUSE = 5.0


@dataclass(frozen=True)
class Slots:
    """The slots of one group, at one server."""

    rest: Rest
    group: str

    def take(self, holder: str, timeout: float) -> None:
        """Hold a slot; while all are taken, wait for one. Raises HttpError."""
        said = "nothing"

        def taken() -> bool:
            nonlocal said
            answer = self._ask(PATHS["take"], holder)
            said = _said(answer)
            if answer.status == 200:
                return True
            if answer.status >= 500 or answer.status in _NOT_NOW:
                return False
            raise HttpError(
                f"{self.rest.who}: it refuses a slot of group {self.group} ({said}): see that the server knows the "
                "group, and that url leads to it."
            )

        if not wait_for(self.rest.clock, timeout, _PAUSE, taken):
            raise HttpError(
                f"{self.rest.who}: no slot of group {self.group} was free for {timeout:.0f} s ({said}): see who holds "
                "them, and let waves be no larger than the group has slots."
            )

    def give_back(self, holder: str) -> None:
        """Hold none any more. Raises HttpError."""
        answer = self._ask(PATHS["give_back"], holder)
        if answer.status != 200:
            raise HttpError(
                f"{self.rest.who}: it does not take back the slot of group {self.group} ({_said(answer)}): "
                f"free it there for {holder}, or run apply again."
            )

    def _ask(self, path: str, holder: str) -> Answer:
        body = {"client_params": {"group": self.group, "id": holder}}
        # its 429 and 503 may be its word for full: when taking, they are waited for above
        busy = frozenset() if path == PATHS["take"] else frozenset((429, 500, 502, 503, 504))
        return self.rest.ask("POST", path, body=body, headers={"fleet-lock-protocol": "true"}, busy=busy)


def _said(answer: Answer) -> str:
    """The status, and the server's own words where they are the protocol's."""
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict) and isinstance(found.get("kind"), str) and isinstance(found.get("value"), str):
        text = f"{found['kind']}: {found['value']}"
        words = " ".join("".join(one if one.isprintable() else " " for one in text).split())
        return f"{answer.status}, {words[:200]}"
    return str(answer.status)
