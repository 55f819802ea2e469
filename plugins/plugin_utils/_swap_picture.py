# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a swap drawn over time: requests by pool, failures, shares, latency, and what happened when.

Without seconds of a load client there are only the shares. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..module_utils._fleet.shares import WHOLE
from ..module_utils._fleet.text import span
from ..module_utils._fleet.time_line import steps
from ._swap_shapes import (
    HEADROOM,
    LANE,
    Bar,
    Drawing,
    Flag,
    Panel,
    Paper,
    Path,
    Tick,
    Word,
    area,
    flags,
    length_of,
    line,
    scale,
    shortened,
)
from ._swap_story import Second, Swap

HEAD, FOOT = 30.0, 26.0
BALANCERS = 12


@dataclass(frozen=True)
class Format:
    """For whom it is drawn. ``points`` are as many as can be told apart."""

    name: str
    width: float
    left: float
    right: float
    lanes: int
    worded: bool
    points: int
    ticks: int
    heights: Mapping[str, float]


WIDE = Format("wide", 1120, 52, 14, 6, True, 500, 9, {"requests": 190, "failed": 64, "shares": 96, "latency": 84})
NARROW = Format("narrow", 380, 50, 12, 4, False, 160, 4, {"requests": 150, "failed": 60, "shares": 84, "latency": 72})


@dataclass(frozen=True)
class Picture:
    """Ready to be written. ``grain`` is how many seconds a point stands for."""

    format: Format
    paper: Paper
    top: float
    bottom: float
    grain: int
    panels: tuple[Panel, ...]
    paths: tuple[Path, ...]
    bars: tuple[Bar, ...]
    words: tuple[Word, ...]
    flags: tuple[Flag, ...]
    ticks: tuple[Tick, ...]

    @property
    def height(self) -> float:
        return self.bottom + FOOT


@dataclass(frozen=True)
class Point:
    """As many seconds as one place of the picture stands for. Rates are by the second, ``failed`` is a count."""

    begins: int
    ends: int
    rates: Mapping[str, float]
    failed: Mapping[str, int]
    p99: float | None
    whole: bool


def bounds(swap: Swap) -> tuple[float, float]:
    """From the first to the last that is known."""
    starts = [line.at for line in swap.lines] + [float(second.at) for second in swap.seconds]
    ends = [line.at for line in swap.lines] + [second.at + 1.0 for second in swap.seconds]
    return min(starts, default=0.0), max(ends, default=0.0)


def room(swap: Swap) -> tuple[float, float]:
    """The same with a little more at the end, where else the shares that stand since could not be seen."""
    begins, ends = bounds(swap)
    told = max([line.at for line in swap.lines], default=begins)
    return begins, max(ends, told + 0.04 * (ends - begins), begins + 1)


def draw(swap: Swap, form: Format, css: Mapping[str, str]) -> Picture:
    """``css`` names the class of every pool."""
    begins, ends = room(swap)
    paper = Paper(form.width, form.left, form.right, begins, ends)
    marks = [(paper.x(mark.at), mark.tone, mark.words) for mark in swap.marks()]
    raised = flags(marks, paper, form.lanes, form.worded)
    used = max([int((flag.y - HEADROOM) // LANE) + 1 for flag in raised if flag.labelled], default=0)
    top = 6 + used * LANE
    made = Drawing()
    grain = max(1, -int(-(ends - begins) // form.points))
    points = tuple(_points(swap.seconds, begins, grain))
    y = top
    if points:
        y = _requests(made, paper, points, swap, css, y + HEAD, form.heights["requests"])
        y = _failures(made, paper, points, swap, y + HEAD, form.heights["failed"], grain)
    for balancer in swap.balancers[:BALANCERS]:
        y = _shares(made, paper, swap, balancer, css, y + HEAD, form.heights["shares"])
    if points:
        y = _latency(made, paper, points, y + HEAD, form.heights["latency"])
    ticks = tuple(_ticks(paper, form.ticks))
    parts = (tuple(made.panels), tuple(made.paths), tuple(made.bars), tuple(made.words))
    return Picture(form, paper, top, y, grain, *parts, raised, ticks)


def _ticks(paper: Paper, most: int) -> Iterator[Tick]:
    """The last one ends with the paper where it would else go over its edge."""
    for at in steps(paper.ends - paper.begins, most):
        x, label = paper.x(paper.begins + at), span(at)
        over = x + length_of(label) / 2 > paper.width
        yield Tick(x, label, "end" if over else "middle", paper.width if over else x)


def _points(seconds: Sequence[Second], begins: float, grain: int) -> Iterator[Point]:
    groups: dict[int, list[Second]] = {}
    for second in seconds:
        groups.setdefault(int(second.at - begins) // grain, []).append(second)
    for group in groups.values():
        whole = [one for one in group if one.whole]
        ok = sum((Counter(one.ok) for one in whole), Counter[str]())
        failed = sum((Counter(one.failed) for one in group), Counter[str]())
        p99 = max((one.p99 for one in group if one.p99 is not None), default=None)
        rates = {pool: count / len(whole) for pool, count in ok.items()}
        yield Point(group[0].at, group[-1].at + 1, rates, failed, p99, bool(whole))


def _runs(points: Sequence[Point]) -> Iterator[list[Point]]:
    """Points without time between them: where nobody measured, nothing is drawn."""
    run: list[Point] = []
    for point in points:
        if run and point.begins > run[-1].ends:
            yield run
            run = []
        run.append(point)
    if run:
        yield run


def _places(run: Sequence[Point], paper: Paper) -> list[tuple[float, Point]]:
    """Each point from its first to its last moment: what was counted is drawn when it was, and at no other time."""
    return [place for point in run for place in ((paper.x(point.begins), point), (paper.x(point.ends), point))]


def _panel(
    made: Drawing,
    title: str,
    note: str,
    top: float,
    height: float,
    values: Sequence[float],
    words: Callable[[float], str],
) -> float:
    """Adds it; returns how many pixels one is high."""
    each = height / values[-1]
    ticks = [(top + height - value * each, words(value)) for value in values]
    made.panels.append(Panel(title, note, top, height, tuple(ticks)))
    return each


def _requests(
    made: Drawing, paper: Paper, points: Sequence[Point], swap: Swap, css: Mapping[str, str], top: float, height: float
) -> float:
    whole = [point for point in points if point.whole]
    values = scale(max([sum(point.rates.values()) for point in whole], default=1.0) or 1.0)
    each = _panel(made, "Answered requests per second", "by the pool that served", top, height, values, plain)
    bottom = top + height
    for run in _runs(whole):
        places = _places(run, paper)
        lower = [(x, bottom) for x, _point in places]
        for pool in swap.pools:
            levels = [y for _x, y in lower]
            upper = [(x, y - point.rates.get(pool, 0.0) * each) for (x, point), y in zip(places, levels, strict=True)]
            if upper != lower:
                made.paths.append(Path(f"area {css[pool]}", area(upper, lower), pool or "no pool named"))
            lower = upper
    return bottom


def _failures(
    made: Drawing, paper: Paper, points: Sequence[Point], swap: Swap, top: float, height: float, grain: int
) -> float:
    """One is as visible as a thousand: a bar is never lower than it can be seen."""
    bad = [point for point in points if point.failed]
    most = max([sum(point.failed.values()) for point in bad], default=0)
    total = sum(swap.failed.values())
    every = "per second" if grain == 1 else f"per {span(grain)}"
    values = scale(most or 1, 2)
    each = _panel(made, f"Failed requests {every}", f"{total:,} in all" if total else "", top, height, values, plain)
    bottom = top + height
    if not bad:
        made.words.append(Word("fine", paper.left + paper.room / 2, top + height / 2 + 5, "none failed", "middle"))
    counted: list[tuple[float, float]] = []
    for point in sorted(bad, key=lambda one: -sum(one.failed.values())):
        count = sum(point.failed.values())
        x, wide = paper.x(point.begins), paper.x(point.ends) - paper.x(point.begins)
        wide = max(3.0, wide)
        high = max(4.0, count * each)
        kinds = ", ".join([f"{number} {kind}" for kind, number in sorted(point.failed.items())])
        made.bars.append(Bar("failed", x, bottom - high, wide, high, f"{span(point.begins - paper.begins)}: {kinds}"))
        half = length_of(f"{count:,}") / 2 + 2
        middle = x + wide / 2
        if all(middle + half < start or middle - half > end for start, end in counted):
            counted.append((middle - half, middle + half))
            inside = bottom - high - 4 < top + 8
            at = (middle - half - wide / 2, top + 10) if inside else (middle, bottom - high - 4)
            made.words.append(Word("count", at[0], at[1], f"{count:,}", "middle"))
    return bottom


def _shares(
    made: Drawing, paper: Paper, swap: Swap, balancer: str, css: Mapping[str, str], top: float, height: float
) -> float:
    stood = swap.shares_of(balancer)
    name = shortened(balancer, 24)
    title = f"Shares at {name}" if len(swap.balancers) > 1 and balancer else "Shares"
    each = _panel(made, title, "as the fleet set them", top, height, (0.0, 50.0, 100.0), "{:.0f} %".format)
    bottom = top + height
    ends = [at for at, _set in stood[1:]] + [paper.ends]
    for (start, shares), end in zip(stood, ends, strict=True):
        x, wide = paper.x(start), paper.x(end) - paper.x(start)
        y = bottom
        for pool in [pool for pool in swap.pools if shares.get(pool)]:
            high = shares[pool] * each
            y -= high
            said = f"{pool} {shares[pool]} %"
            made.bars.append(Bar(f"share {css[pool]}", x, y, wide, high, said))
            if high >= 18 and wide >= length_of(said) + 12:
                made.words.append(Word(f"on {css[pool]}", x + 8, y + min(high / 2, WHOLE) + 4, said))
    return bottom


def _latency(made: Drawing, paper: Paper, points: Sequence[Point], top: float, height: float) -> float:
    known = [point for point in points if point.p99 is not None]
    highest = max([point.p99 for point in known if point.p99 is not None], default=0.0)
    note = f"at most {milliseconds(highest)}" if known else "no request was answered"
    each = _panel(made, "Latency, 99th percentile", note, top, height, scale(highest or 1.0, 3), milliseconds)
    bottom = top + height
    for run in _runs(known):
        places = [(paper.x((point.begins + point.ends) / 2), bottom - (point.p99 or 0.0) * each) for point in run]
        alone = [(paper.x(run[0].begins), places[0][1]), (paper.x(run[0].ends), places[0][1])]
        made.paths.append(Path("latency", line(places if len(run) > 1 else alone), note))
    return bottom


def plain(value: float) -> str:
    return f"{value:,.0f}"


def milliseconds(value: float) -> str:
    """A time for people, as exact as it matters."""
    if value >= 1000:
        return f"{value / 1000:.1f} s"
    return f"{value:.1f} ms" if value < 10 and value != int(value) else f"{value:.0f} ms"
