# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: shapes of a picture over time, ready to be written as SVG, and its paper."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

# of a letter of 12 pixels, on the safe side: no font is at hand to be measured
_LETTER = 6.9
MOST_LETTERS = 52
LANE, HEADROOM, HALF, GAP = 22.0, 4.0, 9.0, 6.0


@dataclass(frozen=True)
class Path:
    css: str
    points: str
    title: str = ""


@dataclass(frozen=True)
class Bar:
    css: str
    x: float
    y: float
    width: float
    height: float
    title: str = ""


@dataclass(frozen=True)
class Word:
    css: str
    x: float
    y: float
    text: str
    anchor: str = "start"


@dataclass(frozen=True)
class Tick:
    """Of the axis of time; its label stands at ``at``."""

    x: float
    label: str
    anchor: str
    at: float


@dataclass(frozen=True)
class Panel:
    """A part of the picture with an axis of its own. ``ticks`` are heights and what stands there; ``note`` its sum."""

    title: str
    note: str
    top: float
    height: float
    ticks: tuple[tuple[float, str], ...]

    @property
    def bottom(self) -> float:
        return self.top + self.height


@dataclass(frozen=True)
class Flag:
    """A mark on the time line: a line at ``x`` from ``y`` on, and there its number, with words to one side of it.

    ``left`` and ``width`` are what that takes. Without words only the number had room, without a label not even that.
    """

    number: int
    tone: str
    title: str
    x: float
    y: float
    left: float
    width: float
    words: str = ""
    labelled: bool = True

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def leftward(self) -> bool:
        """Whether the words stand before the number."""
        return self.right - self.x <= HALF


@dataclass(frozen=True)
class Paper:
    """Where time is on it."""

    width: float
    left: float
    right: float
    begins: float
    ends: float

    @property
    def room(self) -> float:
        return self.width - self.left - self.right

    def x(self, at: float) -> float:
        part = (at - self.begins) / (self.ends - self.begins)
        return self.left + min(max(part, 0.0), 1.0) * self.room


@dataclass
class Drawing:
    """What is drawn so far, from the bottom to the top of the pile."""

    panels: list[Panel] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)


def length_of(text: str) -> float:
    """About how wide a text is, in pixels."""
    return sum(2 * _LETTER if unicodedata.east_asian_width(one) in "WF" else _LETTER for one in text)


def shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def scale(highest: float, most: int = 4) -> tuple[float, ...]:
    """Round values for an axis from 0 to at least ``highest``: at most ``most`` above 0."""
    step = 1.0
    while True:
        for factor in (1, 2, 5):
            if highest <= factor * step * most:
                count = max(1, -int(-highest // (factor * step)))
                return tuple([factor * step * index for index in range(count + 1)])
        step *= 10


def line(points: Sequence[tuple[float, float]]) -> str:
    """Through all points."""
    return "M" + " L".join([f"{x:.1f} {y:.1f}" for x, y in points]) if points else ""


def area(upper: Sequence[tuple[float, float]], lower: Sequence[tuple[float, float]]) -> str:
    """Between two lines over the same places."""
    return f"{line([*upper, *reversed(lower)])} Z" if upper else ""


def flags(marks: Sequence[tuple[float, str, str]], paper: Paper, lanes: int, worded: bool) -> tuple[Flag, ...]:
    """Labels of marks (place, tone, words) in lanes, so that none lies on another.

    What finds no lane with its words tries with its number alone, and may end with its line only.
    """
    placed: list[tuple[int, Flag]] = []
    found = []
    for number, (x, tone, words) in enumerate(marks, 1):
        flag = Flag(number, tone, f"{number}: {words}", x, HEADROOM + lanes * LANE, x, 0, "", False)
        for said, left, right in _tries(x, shortened(words, MOST_LETTERS) if worded else ""):
            lane = _lane(placed, lanes, x, left, right)
            if lane is not None and left >= 0 and right <= paper.width:
                flag = replace(flag, y=HEADROOM + lane * LANE, left=left, width=right - left, words=said, labelled=True)
                placed.append((lane, flag))
                break
        found.append(flag)
    return tuple(found)


def _tries(x: float, words: str) -> Iterator[tuple[str, float, float]]:
    """Words, and from where to where: the best first. To the right no line of an earlier mark is in the way."""
    if words:
        wide = length_of(words) + 12
        yield words, x - HALF, x + HALF + wide
        yield words, x - HALF - wide, x + HALF
    yield "", x - HALF, x + HALF


def _lane(placed: Sequence[tuple[int, Flag]], lanes: int, x: float, left: float, right: float) -> int | None:
    """The first lane that has room, below all labels that the line at ``x`` would cross on its way down."""
    lowest = max([lane + 1 for lane, flag in placed if flag.left - 2 <= x <= flag.right + 2], default=0)
    for lane in range(lowest, lanes):
        beside = [flag for other, flag in placed if other == lane]
        if all(right + GAP <= flag.left or flag.right + GAP <= left for flag in beside):
            return lane
    return None
