# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a run of a plan, as its tasks hand it on: everything else is read from the store."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ..module_utils._errors import ArgumentError
from ..module_utils._fleet.rollout import Leg, legs
from ..module_utils._model.fleet import FleetPlan, Snapshot
from ..module_utils._model.journal import OPENED
from ._journal import Journal
from ._store import Store, open_store

_FRESH = timedelta(seconds=10)


@dataclass(frozen=True)
class RunName:
    """What one task tells the next. ``run`` is empty in check mode: nothing was opened."""

    fleet: str
    store: str | None
    plan: str
    run: str
    cell: str | None = None

    @property
    def chain(self) -> str:
        """What journal and report of this run are called."""
        return f"{self.plan}.{self.cell}" if self.cell else self.plan

    def render(self) -> dict[str, Any]:
        return asdict(self)


def parse_run(value: Any) -> RunName:
    """Raises ArgumentError where this is not what fleet_run returned."""
    try:
        return RunName(**value)
    except TypeError:
        raise ArgumentError(
            "run is not what fleet_run returned as atomic_fleet_run; run atomic.fleet.apply as it is."
        ) from None


def new_run() -> str:
    """A name nobody else has, that sorts by time."""
    return f"run-{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"


@dataclass
class Run:
    """A run with its documents at hand. ``walk`` are the waves it may walk."""

    name: RunName
    store: Store
    plan: FleetPlan
    journal: Journal
    walk: tuple[Leg, ...]

    def write(self, kind: str, host: str | None = None, wave: int | None = None, **data: Any) -> None:
        self.journal.write(kind, self.name.run, host, wave, **data)


def load_run(value: Any, hosts: Sequence[str]) -> Run:
    """The run that an earlier task opened. ``hosts`` are those of the play: all that this run may touch."""
    name = parse_run(value)
    store = open_store(name.fleet, name.store)
    plan_name, plan = store.load_plan(name.plan)
    journal = store.journal(plan_name, cell=name.cell)
    allowed = opened(journal, name.run).get("hosts") or hosts
    return Run(name, store, plan, journal, legs(plan, allowed, without_canary=True))


def opened(journal: Journal, run: str) -> Mapping[str, Any]:
    """What was written when the run was opened; empty where it was not."""
    return next((event.data for event in reversed(journal.events) if event.kind == OPENED and event.run == run), {})


def first_look(run: Run, at: str) -> Snapshot | None:
    """The look with which the run was opened, where that was just before ``at`` and nothing was done since: none
    other would be fresher than a look at a large fleet is when it ends. Else None."""
    last = run.journal.events[-1] if run.journal.events else None
    if last is None or last.kind != OPENED or last.run != run.name.run or not last.data.get("before"):
        return None
    age = datetime.fromisoformat(at) - datetime.fromisoformat(last.at)
    return run.store.load_snapshot(last.data["before"]) if timedelta(0) <= age <= _FRESH else None
