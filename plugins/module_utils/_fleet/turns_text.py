# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what a run is about to do, as text: the plan beside what the hosts say now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from .._model.fleet import FleetPlan
from .plan_file import plan_id
from .resume import Turn
from .text import hosts_of, printable, table

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


def render_turns(plan: FleetPlan, turns: Mapping[str, Turn], walked: Collection[str]) -> str:
    """One line for each wave of the run, and one for the whole."""
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


def printable_lines(lines: list[str]) -> str:
    return "\n".join([printable(line) for line in lines])
