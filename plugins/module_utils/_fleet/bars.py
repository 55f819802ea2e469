# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: how far a run is, as bars: one for every wave, a sign for every state of hosts. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .._model.fleet import FleetPlan
from .._model.journal import Progress
from .rollout import Leg, order
from .tally import BACK, FAILED, FETCHED, REBOOTING, STAGED, STAGING, VERIFIED, WAITING, tally
from .text import printable

SIGNS = {VERIFIED: "#", BACK: "<", FAILED: "!", REBOOTING: ">", STAGED: "=", STAGING: "-", FETCHED: ":", WAITING: "."}
COLOURS = {VERIFIED: "32", BACK: "35", FAILED: "31", REBOOTING: "33", STAGED: "36", STAGING: "36"}
BAR = 30
# so many waves are shown at once, those around the one that is under way
SHOWN = 8
_ALL = "the run"


def draw(
    plan: FleetPlan, walk: Sequence[Leg], progress: Progress, columns: int, footer: str = "", colour: bool = False
) -> list[str]:
    """Lines of less than ``columns`` characters, the last one for the whole run with ``footer`` behind it."""
    most = max([len(_ALL), *[len(plan.waves[leg.index].name) for leg in walk]]) if len(walk) > 1 else 0
    rows = [
        _row(plan.waves[leg.index].name.ljust(most), tally(leg.hosts, progress), columns, colour)
        for leg in _shown(walk, progress)
    ]
    if len(walk) > 1:
        rows.append(_row(_ALL.ljust(most), tally(order(walk), progress), columns, colour))
    return [*rows, *([printable(footer)[: columns - 1]] if footer else [])]


def _shown(walk: Sequence[Leg], progress: Progress) -> Sequence[Leg]:
    begun = [place for place, leg in enumerate(walk) if leg.index in progress.waves_begun]
    first = max(0, min((begun[-1] if begun else 0) - 2, len(walk) - SHOWN))
    return walk[first : first + SHOWN]


def _row(name: str, counts: Mapping[str, int], columns: int, colour: bool) -> str:
    words = ", ".join([f"{count} {state}" for state, count in counts.items()])
    room = columns - 1 - len(name) - len(words) - 4
    width = max(0, min(BAR, room))
    text = f" {words}"[: max(0, columns - 1 - len(name) - width - 3)]
    return f"{name} [{_bar(counts, width, colour)}]{text}" if width else f"{name} {words}"[: columns - 1]


def _bar(counts: Mapping[str, int], width: int, colour: bool) -> str:
    """Who is farthest is on the left. A state of anybody has a sign at least, where there is room for all."""
    states = [state for state in SIGNS if counts.get(state)]
    total = sum(counts.values())
    shares = {state: counts[state] * width // total for state in states}
    if len(states) <= width:
        shares = {state: max(1, share) for state, share in shares.items()}
    while states and sum(shares.values()) != width:
        step = 1 if sum(shares.values()) < width else -1
        off = {
            state: counts[state] * width / total - shares[state] for state in states if step > 0 or shares[state] > 1
        }
        shares[max(off, key=lambda state: step * off[state])] += step
    return "".join([_painted(SIGNS[state] * shares[state], COLOURS.get(state), colour) for state in states])


def _painted(text: str, code: str | None, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour and code and text else text
