# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: when a rollout has stopped, everything it changed goes back where the policy wants that: one
portion after the other, with a look at the whole fleet before each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from ..module_utils._fleet.choice import few
from ..module_utils._fleet.resume import remaining
from ..module_utils._fleet.rollout import order
from ..module_utils._fleet.text import hosts_of
from ..module_utils._fleet.waiting import ABORT
from ..module_utils._fleet.way_back import portion, prepared, to_undo
from ..module_utils._model.journal import HALTED, HOST_FAILED, ROLLBACK_BEGUN
from ._calls import Calls
from ._cells import Cells
from ._crew import Crew
from ._drains import Drains
from ._observe import away


class WayBack(Crew):
    @cached_property
    def drains(self) -> Drains:
        calls = Calls(self.action, self.arguments, self.variables, self.watch)
        return Drains(self.action, calls, self.run, self.watch)

    @cached_property
    def cells(self) -> Cells:
        return Cells(self.run, self.plan.policy, self.arguments.get("lock"), self.watch, self.say)

    def act(self) -> dict[str, Any]:
        progress = self.run.journal.progress
        if not progress.undoing:
            return {"changed": False}
        reason, mine = self._reason(), frozenset(order(self.run.walk))
        every = [name for name in (*prepared(self.plan, progress), *to_undo(self.plan, progress)) if name in mine]
        if every:
            self.say(f"{self.name}: everything goes back, {hosts_of(len(every))}: {reason}")
        left = list(every)
        while left and self.run.store.request(ABORT) is None:
            left = self._next(left, reason)
        progress = self.run.journal.progress
        if progress.state != HALTED:
            self.event(HALTED, reason=reason)
        return {"changed": bool(every)}

    def _next(self, names: list[str], reason: str) -> list[str]:
        """Take some of them back; those that are left for the next portion."""
        self.cells.read()
        heard = self.cells.lengths()
        snapshot = self.look()
        with self.cells.alone() as sure:
            # what other cells have away, or did something to while we looked
            elsewhere = {*self.cells.read().busy, *self.cells.touched_since(heard)}
            progress = self.run.journal.progress
            turns = remaining(self.plan, progress, snapshot)
            unavailable = away(snapshot, self.plan) | self.drains.drained
            now = portion(self.plan, progress, turns, unavailable, names, elsewhere)
            if not sure():
                return names
            before = self.claim_back(now.hosts, reason)
        self.events(HOST_FAILED, {name: {"reason": why, "lost": True} for name, why in now.left.items()})
        for name, why in now.left.items():
            self.say(f"  {name}: {why}; left for atomic.fleet.rollback")
        if now.hosts:
            self._drain(now.serving)
            self.send_back(now.hosts, before)
            self.drains.undrain(now.hosts)
            self.go_on()
            return list(now.waiting)
        if now.passing:
            self.cells.wait(f"other cells have fewer hosts away ({few(sorted(elsewhere))})")
            self.go_on()
            return list(now.waiting)
        if now.waiting:
            told = few([f"{name}: {why}" for name, why in now.waiting.items()], 3)
            self.say(f"{self.name}: no room to take more of them away ({told}); left for atomic.fleet.rollback")
        return []

    def _drain(self, names: Sequence[str]) -> None:
        """Take out of service what serves; where that fails, going back matters more."""
        for wave in range(len(self.plan.waves)):
            self.drains.drain(wave, [name for name in names if self.plan.by_name[name].wave == wave])
        self.go_on()

    def _reason(self) -> str:
        begun = [event for event in self.run.journal.events if event.kind == ROLLBACK_BEGUN]
        return str(begun[-1].data.get("reason", ""))
