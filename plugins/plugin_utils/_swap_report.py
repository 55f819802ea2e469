# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the report of a swap: one HTML file that needs nothing else.

Only a load client knows of requests. In production there is none, and the page tells of shares and events alone.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from ..module_utils._fleet.shares import written
from ..module_utils._fleet.text import span
from ._report import environment
from ._swap_picture import NARROW, WIDE, bounds, draw, milliseconds
from ._swap_story import BACK, GATE, SHARES, Second, Swap, phases, sole

ROWS = 600
_OTHERS = 4


@dataclass(frozen=True)
class Verdict:
    """How it came out: ``tone`` is one of the reports' own, ``title`` a word or two, ``sentence`` what became of it."""

    tone: str
    title: str
    sentence: str


def render_swap(fleet: str, swap: Swap) -> str:
    begins, ends = bounds(swap)
    css = pool_classes(swap.pools)
    known = bool(swap.lines or swap.seconds)
    slowest = [second.p99 for second in swap.seconds if second.p99 is not None]
    marks = [
        (number, span(mark.at - begins), mark.tone, mark.words, _stood(swap, mark.at))
        for number, mark in enumerate(swap.marks(), 1)
    ]
    return (
        environment(html=True)
        .get_template("swap.html.j2")
        .render(
            fleet=fleet,
            swap=swap,
            css=css,
            verdict=verdict(swap),
            heading=_heading(swap),
            begun=f"{datetime.fromtimestamp(begins, UTC):%Y-%m-%d %H:%M:%S} UTC" if known else "",
            took=ends - begins,
            requests=requests_words(swap),
            failed=sum(swap.failed.values()),
            served=sum((Counter(second.ok) for second in swap.seconds), Counter[str]()),
            highest=milliseconds(max(slowest)) if slowest else "–",
            late=sum(second.late for second in swap.seconds),
            pictures=[draw(swap, form, css) for form in (WIDE, NARROW)] if known else [],
            marks=marks,
            phases=phases(swap, begins, ends) if swap.seconds else (),
            rows=tuple(itertools.islice(_rows(swap.seconds, begins), ROWS)),
            begins=begins,
            milliseconds=milliseconds,
        )
    )


def pool_classes(pools: tuple[str, ...]) -> dict[str, str]:
    """Which colour each pool has: blue and green their own, what no pool said it served grey, others in turn."""
    own = {"blue": "p-blue", "green": "p-green", "": "p-none"}
    others = [pool for pool in pools if pool not in own]
    return {pool: own.get(pool) or f"p-{others.index(pool) % _OTHERS}" for pool in pools}


def verdict(swap: Swap) -> Verdict:
    moved = [line for line in swap.lines if line.shares is not None]
    if not moved:
        return Verdict("new", "Not begun", "No traffic was shifted.")
    told = [line for line in swap.lines if line.kind in (SHARES, GATE, BACK)]
    last = told[-1] if told else moved[-1]
    stands = {line.balancer: line.shares or {} for line in moved}
    goals = {sole(shares) for shares in stands.values()}
    goal = goals.pop() if len(goals) == 1 else ""
    first = {line.balancer: line.shares or {} for line in reversed(moved)}
    origin = {sole(shares) for shares in first.values()}
    if last.kind == BACK or (goal and origin == {goal} and any(line.kind == BACK for line in swap.lines)):
        where = f" to {goal}" if goal else ""
        why = next((line.reason for line in reversed(swap.lines) if line.reason), "")
        return Verdict("rolled_back", "Gone back", _sentence(f"All traffic went back{where}", why))
    if last.kind == GATE and last.reason:
        return Verdict("halted", "Halted", _sentence("A gate failed", last.reason))
    if not goal:
        shared = "; ".join([f"{name}: {written(one)}" if name else written(one) for name, one in stands.items()])
        return Verdict("running", "Under way", f"Traffic is shared: {shared}.")
    if origin == {goal} and len(moved) == len(stands):
        return Verdict("new", "Not begun", f"All traffic goes to {goal}, as it did before.")
    return Verdict("done", "Swapped", f"All traffic goes to {goal}.")


def _sentence(what: str, why: str) -> str:
    words = f"{what}: {why}" if why else what
    return words if words.endswith(".") else f"{words}."


def _heading(swap: Swap) -> str:
    """`blue to green`: the pool that had most at first, and the one that was to have it."""
    moved = [line.shares for line in swap.lines if line.shares]
    if not moved:
        return ""
    origin = max(moved[0], key=lambda pool: moved[0][pool])
    most: dict[str, int] = {}
    for shares in moved:
        for pool, share in shares.items():
            if pool != origin:
                most[pool] = max(most.get(pool, 0), share)
    goal = max(most, key=lambda pool: most[pool], default="")
    return f"{origin} to {goal}" if goal and most[goal] else ""


def requests_words(swap: Swap) -> str:
    """`52,310 requests, 0 failed`; empty where nobody counted."""
    if not swap.seconds:
        return ""
    failed = sum(swap.failed.values())
    unknown = swap.sent - swap.ok - failed
    words = f"{swap.sent:,} requests, {failed:,} failed"
    return f"{words}, {unknown:,} of which nothing is known" if unknown > 0 else words


def _stood(swap: Swap, at: float) -> str:
    stands = {line.balancer: line.shares for line in swap.lines if line.shares is not None and line.at <= at}
    several = len(swap.balancers) > 1
    return "; ".join([f"{name}: {written(one)}" if several else written(one) for name, one in stands.items()]) or "–"


def _rows(seconds: tuple[Second, ...], begins: float) -> Iterator[tuple[str, Second]]:
    """Every second of a short swap; of a long one those in which something failed, and some of the others."""
    spare = ROWS - sum(1 for second in seconds if second.failed)
    every = -(-len(seconds) // spare) if spare > 0 else len(seconds) + 1
    for index, second in enumerate(seconds):
        if second.failed or index % every == 0:
            yield span(max(0.0, second.at - begins)), second
