# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the drains of one host, without a journal: whether there is something to do, the services
themselves are asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ..module_utils._errors import FleetError
from ..module_utils._fleet.service_words import TASKS
from ..module_utils._model.gate import Gate
from ._calls import Calls
from ._drains import tell
from ._services.command import ON_HOST, argv_of
from ._services.model import HOST, Patience, Served
from ._services.registry import DRAINS
from ._transport.model import Outcome

DRAIN, UNDRAIN = "drain", "undrain"


@dataclass(frozen=True)
class Drained:
    """What came of one entry. ``needed``: whether there was something to do, None where nobody can tell. ``done``: it
    was done, or would have been. ``why`` it failed, where it did."""

    kind: str
    needed: bool | None
    done: bool
    why: str = ""


class HostDrains:
    """``check``: nothing is done. ``only_known``: what nobody can tell about is left alone."""

    def __init__(
        self,
        calls: Calls,
        host: str,
        node_id: Callable[[], str | None],
        check: bool = False,
        only_known: bool = False,
    ) -> None:
        self._calls = calls
        self._host = host
        self._node_id = node_id
        self._check = check
        self._only_known = only_known

    def drain(self, entries: Sequence[Gate]) -> list[Drained]:
        """In their order, up to the first that fails."""
        found: list[Drained] = []
        for entry in entries:
            found.append(self._one(entry, DRAIN))
            if found[-1].why:
                break
        return found

    def undrain(self, entries: Sequence[Gate]) -> list[Drained]:
        """All of them, the last first."""
        return [self._one(entry, UNDRAIN) for entry in reversed(entries)]

    def _one(self, entry: Gate, do: str) -> Drained:
        served, needed = self._served(entry), None
        try:
            needed = self._needs(entry, do, served)
        except FleetError as error:
            if do == DRAIN or self._check or self._only_known:
                return Drained(entry.kind, None, False, error.message)
            # it may yet do what it is told
        if needed is False or (needed is None and self._only_known):
            return Drained(entry.kind, needed, False)
        if self._check:
            return Drained(entry.kind, needed, True)
        ends: list[Outcome[None]] = []
        tell(self._calls, entry, do, [served], lambda _host, outcome: ends.append(outcome))
        return Drained(entry.kind, needed, True, self._why(ends[0], f"{do} {entry.kind}: "))

    def _served(self, entry: Gate) -> Served:
        served = self._calls.plain(self._host, entry)
        if entry.kind == "fleet_lock" and not entry.words.get("id"):
            return replace(served, node_id=self._node_id())
        return served

    def _needs(self, entry: Gate, do: str, served: Served) -> bool | None:
        if entry.kind == TASKS:
            return None
        if entry.words.get("on") == ON_HOST:
            return None if argv_of(entry.words, do) else False
        kind = DRAINS[entry.kind]()
        found: list[bool | None] = []
        ends: list[Outcome[None]] = []

        def look(host: Served, patience: Patience) -> None:
            found.append(kind.needs(do, host, patience))

        what = f"look at {entry.kind}"
        self._calls.call([served], look, HOST, entry.timeout, what, lambda _host, outcome: ends.append(outcome))
        why = self._why(ends[0], f"{what}: ")
        if why:
            raise FleetError(why)
        return found[0]

    def _why(self, outcome: Outcome[None], what: str) -> str:
        if outcome.stopped:
            return f"it was stopped ({outcome.stopped})"
        if outcome.error is None:
            return ""
        return outcome.error.message.removeprefix(f"{self._host}: ").removeprefix(what).rstrip(".")
