# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what the other cells of a plan do, and waiting for them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from ..module_utils._errors import ArgumentError, FleetError
from ..module_utils._fleet.cells import Cell, Others, others
from ..module_utils._fleet.choice import few
from ..module_utils._fleet.text import span
from ..module_utils._model.journal import DONE, INTERRUPTED, NEW, WAITING, Progress
from ..module_utils._model.policy import Policy
from ._journal import Journal
from ._lock import Lock
from ._run import Run
from ._short_lock import DECIDE, briefly
from ._store import Store
from ._transport.watch import Watch
from ._waiting import pass_time

_CELL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}", re.ASCII)
_LOOK = 1.0
_AGAIN = 30.0


def chains(store: Store, plan: str) -> dict[Cell, Journal]:
    """The journals of a plan, one for each cell."""
    return {cell: store.journal(plan, make=False, cell=cell) for cell in store.cells(plan)}


def lock_of(store: Store, cell: str | None, url: str | None) -> Lock:
    name = {"name": f"cell-{cell}"} if cell else {}
    return Lock(store.root, store.fleet, url=url, records=store.remote, **name)


def check_cell(store: Store, plan: str, cell: str | None) -> Others:
    """What the other cells of the plan are at. Raises ArgumentError where it cannot be applied like that now."""
    if cell is not None and not _CELL.fullmatch(cell):
        raise ArgumentError(f"{cell!r} cannot be the name of a cell; use letters, digits, dashes and underscores.")
    found = {other: journal.progress for other, journal in chains(store, plan).items() if other != cell}
    if cell is None and found:
        told = few([str(other) for other in found])
        raise ArgumentError(f"The plan was begun in cells ({told}), and is to be finished in them; say cell=NAME.")
    whole = found.get(None)
    if whole is not None and whole.state not in (NEW, DONE, WAITING):
        raise ArgumentError("The plan was begun for the whole fleet, and is to be finished so; leave out the cell.")
    return others(found)


class Cells:
    """The other cells, as seen by one. Without a cell of one's own nobody else can be at it now, but may have been."""

    def __init__(self, run: Run, policy: Policy, url: str | None, watch: Watch, say: Callable[[str], None]) -> None:
        self.run = run
        self.cell = run.name.cell
        self.watch = watch
        self.say = say
        self._lock = Lock(run.store.root, run.store.fleet, DECIDE, url)
        self._patience = policy.stage_timeout + policy.boot_timeout + policy.bake_time + 60
        self._journals: dict[Cell, Journal] = {}
        self._news = time.monotonic()
        self._told = 0.0
        self.read()

    def read(self) -> Others:
        """What they are at now."""
        before = self.lengths()
        for cell in self.run.store.cells(self.run.name.plan):
            if cell in self._journals:
                self._journals[cell].follow()
            elif cell != self.cell:
                self._journals[cell] = self.run.store.journal(self.run.name.plan, make=False, cell=cell)
        if self.lengths() != before:
            self._news = time.monotonic()
        return others(self.progress)

    @property
    def progress(self) -> Mapping[Cell, Progress]:
        return {cell: journal.progress for cell, journal in self._journals.items()}

    def lengths(self) -> Mapping[Cell, int]:
        return {cell: len(journal.events) for cell, journal in self._journals.items()}

    def touched_since(self, lengths: Mapping[Cell, int]) -> frozenset[str]:
        """Hosts that something was done to, or that failed, since there were so many events."""
        found = set()
        for cell, journal in self._journals.items():
            known = journal.progress
            names = {event.host for event in journal.events[lengths.get(cell, 0) :] if event.host is not None}
            found |= {name for name in names if known.stage(name) != "verified"}
        return frozenset(found)

    @contextmanager
    def alone(self) -> Iterator[Callable[[], bool]]:
        """No other cell decides meanwhile. Gives what says whether that is still so."""
        if self.cell is None:
            yield lambda: True
            return
        with briefly(self._lock) as held:
            yield held.is_sure

    def wait(self, what: str) -> None:
        """Return when the others wrote something, or after half a minute: then it is time to look again.

        Raises FleetError where they have not written for longer than any step of a wave may take.
        """
        begun = time.monotonic()
        if begun - self._told >= _AGAIN:
            self._told = begun
            self.say(f"waiting until {what}")
        before = self.lengths()

        def news() -> bool:
            self.read()
            return self.lengths() != before

        pass_time(lambda: begun + _AGAIN - time.monotonic(), self.watch, self.say, lambda: what, news, look=_LOOK)
        quiet = time.monotonic() - self._news
        if quiet > self._patience and not self.watch.reason:
            reason = f"waited until {what}, and no other cell wrote anything for {span(quiet)}"
            self.run.write(INTERRUPTED, reason=reason)
            raise FleetError(
                f"The {self._lock.fleet} cell {self.cell} {reason}; run apply for the others, then for this one again."
            )
