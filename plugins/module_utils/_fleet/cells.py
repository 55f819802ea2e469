# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a plan that is applied in cells, each by a controller of its own, under one budget."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Optional

from .._model.fleet import FleetPlan
from .._model.journal import HALTED, ROLLED_BACK, Progress
from .choice import few
from .judge import GO_ON, before_wave, canaries, is_canary

BUSY = ("intended", "staged", "rebooting", "going_back")
# the journal of a cell, by its name; None is that of the whole fleet
Cell = Optional[str]


@dataclass(frozen=True)
class Others:
    """What the other cells are at, by their journals. ``busy`` are the hosts in their turn, and those of a wave that is
    not finished, for it may yet be taken back, with their cell; ``done`` those that were verified in a wave that is
    finished; ``halted`` says which cell stopped and why."""

    failed: tuple[str, ...] = ()
    busy: Mapping[str, Cell] = field(default_factory=dict)
    done: frozenset[str] = frozenset()
    halted: str = ""

    def with_failures(self, progress: Progress) -> Progress:
        """The progress of a cell with the failures of all: there is one budget."""
        more = [name for name in self.failed if name not in progress.failed]
        return replace(progress, failed=(*progress.failed, *more)) if more else progress


def others(chains: Mapping[Cell, Progress]) -> Others:
    failed: dict[str, None] = {}
    busy: dict[str, Cell] = {}
    done: set[str] = set()
    halted = ""
    for cell, progress in chains.items():
        failed.update(dict.fromkeys(progress.failed))
        unfinished = set(progress.waves_begun) - set(progress.waves_finished)
        for name, known in progress.hosts.items():
            if known.stage in BUSY or (known.stage == "verified" and known.wave in unfinished):
                busy[name] = cell
            elif known.stage == "verified":
                done.add(name)
        for name in progress.drained:
            busy.setdefault(name, cell)
        if progress.state in (HALTED, ROLLED_BACK) and not halted:
            halted = f"{called(cell)} was stopped: {progress.reason.rstrip('.')}."
    return Others(tuple(failed), busy, frozenset(done), halted)


def called(cell: Cell) -> str:
    return f"the cell {cell}" if cell else "the whole fleet"


def all_hosts(chains: Iterable[Progress]) -> Progress:
    """Every host that was touched in any cell, for who takes the whole plan back."""
    found = {name: known for progress in chains for name, known in progress.hosts.items()}
    return Progress(hosts=found, touched=tuple(found))


def waits_for_canary(plan: FleetPlan, wave: int, own: Progress, there: Others) -> str:
    """Why a wave has to wait for the canary of another cell; empty where it need not."""
    if is_canary(plan, wave):
        return ""
    missing = [name for name in sorted(canaries(plan)) if name not in there.done and own.stage(name) != "verified"]
    return f"the canary {few(missing)} is verified in its cell" if missing else ""


def waits_for_room(
    plan: FleetPlan, wave: int, hosts: Sequence[str], away: Collection[str], there: Others, unsure: Collection[str] = ()
) -> str:
    """Why a wave has to wait until other cells are through with their hosts; empty where it may begin, or where
    waiting would not help. ``away`` were seen to be, ``unsure`` had something done to them since."""
    passing = {*there.busy, *unsure}
    if before_wave(plan, wave, {*away, *passing}, hosts).action == GO_ON:
        return ""
    if before_wave(plan, wave, set(away) - passing, hosts).action != GO_ON:
        return ""
    cells = sorted({called(there.busy[name]) for name in passing if name in there.busy})
    return f"{' and '.join(cells) or 'another cell'} has fewer hosts away ({few(sorted(passing))})"
