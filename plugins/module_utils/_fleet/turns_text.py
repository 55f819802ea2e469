# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what a run is about to do, as text: the plan beside what the hosts say now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from .._model.fleet import FleetPlan
from .._model.journal import Progress
from .._model.pace import Pace
from .estimate import wave_time
from .plan_file import plan_id
from .prefetch import ahead
from .resume import Turn
from .rollout import Leg, order, work
from .text import hosts_of, printable, table
from .waiting import Wishes, held

_WORDS = {
    "stage": "to update",
    "reboot": "staged already, to reboot",
    "verify": "on the target already, to verify",
    "go_back": "with a way back to finish",
    "finished": "finished before",
    "leave": "left as they are",
    "fell_back": "that fell back",
    "lost": "unreachable",
}


def render_turns(plan: FleetPlan, turns: Mapping[str, Turn], walked: Collection[str], undoing: bool = False) -> str:
    """One line for each wave of the run, and one for the whole. ``undoing``: an earlier run began to take everything
    back, and this one does nothing else."""
    if undoing:
        return f"Apply {plan_id(plan)}: everything it changed goes back, as an earlier run began."
    chosen = frozenset(walked)
    rows = []
    for wave in plan.waves:
        todo = Counter(turns[name].do for name in wave.hosts if name in chosen)
        if todo:
            told = ", ".join([f"{count} {_WORDS.get(do, do)}" for do, count in todo.items()])
            rows.append((wave.name, hosts_of(sum(todo.values())), told))
    if not rows:
        return f"Apply {plan_id(plan)}: nothing to do."
    lines = [f"Apply {plan_id(plan)} to the fleet {plan.fleet}:", *[f"  {line}" for line in table(rows)]]
    left_out = sum(name not in chosen for wave in plan.waves for name in wave.hosts)
    if left_out:
        lines.append(f"  --limit leaves out {hosts_of(left_out)} of the plan.")
    return printable_lines(lines)


def render_begin(
    plan: FleetPlan,
    walk: Sequence[Leg],
    turns: Mapping[str, Turn],
    progress: Progress,
    wishes: Wishes,
    asked: str | None,
    at: datetime,
    pace: Pace,
) -> str:
    """What check mode has to say beside the waves: what is done before them, and why the first that would take hosts
    away would not begin now. ``asked`` is why a person paused the rollout, None where nobody did."""
    lines = []
    early = ahead(plan, progress, turns, order(walk)).todo
    if early:
        lines.append(f"Before the first wave, the target comes to {hosts_of(len(early))}.")
    for leg in walk:
        away = work(leg, turns, progress).stage
        if away:
            needs = wave_time(plan, leg.index, pace, len(away))
            hold = held(plan, leg.index, wishes, asked, at, needs)
            lines += [hold.reason] if hold else []
            break
    return printable_lines(lines)


def printable_lines(lines: list[str]) -> str:
    return "\n".join([printable(line) for line in lines])
