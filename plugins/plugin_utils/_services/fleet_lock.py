# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a client of the FleetLock protocol, by which hosts with Zincati take turns to reboot.

A slot belongs to the id that took it. Taking what one has, and giving back what one has not, are both fine over there.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import ClassVar

from ...module_utils._errors import ArgumentError
from .._http import Answer, HttpError
from .model import HOST, Patience, Served
from .rest import Rest, Torn, wait_for
from .said import answer_time, maybe, rest, text

PATHS = {"take": "/v1/pre-reboot", "give_back": "/v1/steady-state"}
# Full is told with several words: 500 failed_lock_semaphore_full (airlock), 423 locked (Kubernetes leases). What is
# said to be wrong with the question itself is not asked again.
_NOT_NOW = frozenset((409, 423, 429))
_ILL = (429, 500, 502, 503, 504)
_PAUSE = 5.0
_GROUP = re.compile(r"[a-zA-Z0-9.-]+\Z")


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
            try:
                answer = self._ask(PATHS["take"], holder)
            except Torn as error:
                said = error.message.partition(": ")[2].partition(":")[0]
                return False
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
        # what may be its word for full is waited for by whoever takes
        taking, headers = path == PATHS["take"], {"fleet-lock-protocol": "true"}
        return self.rest.ask("POST", path, body=body, headers=headers, busy=() if taking else _ILL, again=not taking)


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


class FleetLockDrain:
    """A host has a slot while it is away, as if Zincati rebooted it."""

    scope: ClassVar[str] = HOST

    def drain(self, host: Served, patience: Patience) -> None:
        slots, holder = _slots(host, patience)
        patience.note(f"waiting for a slot of group {slots.group}")
        slots.take(holder, patience.timeout - answer_time(patience))

    def undrain(self, host: Served, patience: Patience) -> None:
        slots, holder = _slots(host, patience)
        slots.give_back(holder)

    def needs(self, do: str, host: Served, patience: Patience) -> bool | None:
        """The protocol has no question."""
        return None


def _slots(host: Served, patience: Patience) -> tuple[Slots, str]:
    group, holder = text(host, "group", "default"), maybe(host, "id") or host.node_id
    if not _GROUP.match(group):
        raise ArgumentError(f"group is {group!r}; FleetLock knows groups of letters, digits, dots and dashes.")
    if not holder:
        raise ArgumentError("what Zincati calls the host is not known (it tells no machine id); give the drain an id.")
    return Slots(rest("FleetLock", host, text(host, "url"), patience), group), holder
