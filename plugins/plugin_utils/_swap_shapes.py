# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: shapes of a picture over time, ready to be written as SVG, and its paper."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

# of a letter of 12 pixels, on the safe side: no font is at hand to be measured
_LETTER = 6.9


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
    """A mark on the time line: a line at ``x`` from ``y`` on, and a label from ``left`` on. Without words it is only
    its number; without a label there was no room."""

    number: int
    tone: str
    title: str
    x: float
    y: float
    left: float
    width: float
    words: str = ""
    labelled: bool = True


@dataclass(frozen=True)
class Paper:
    """Where time is on it. ``letters`` fit in a pixel are guessed."""

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


_GAP = 6.0
_NUMBER = 18.0


def flags(marks: Sequence[tuple[float, str, str]], paper: Paper, lanes: int, worded: bool) -> tuple[Flag, ...]:
    """Labels of marks (place, tone, words) in lanes, so that none lies on another nor on the line of a later one.

    What finds no lane with its words tries with its number alone, and may end with its line only.
    """
    taken: list[list[tuple[float, float]]] = [[] for _lane in range(lanes)]
    found = []
    for number, (x, tone, words) in enumerate(marks, 1):
        title, flag = f"{number}: {words}", None
        for said in [shortened(words, 52), ""] if worded else [""]:
            width = _NUMBER + (length_of(said) + 10 if said else 0)
            left = min(max(x - _NUMBER / 2, 0.0), paper.width - width)
            lane = _lane(taken, left, left + width, x)
            if lane is not None and left >= 0:
                taken[lane].append((left, left + width))
                flag = Flag(number, tone, title, x, 4 + lane * 22.0, left, width, said)
                break
        found.append(flag or Flag(number, tone, title, x, 4 + lanes * 22.0, x, 0, "", False))
    return tuple(found)


def _lane(taken: Sequence[Sequence[tuple[float, float]]], left: float, right: float, x: float) -> int | None:
    """The first lane below all labels that the line at ``x`` would cross, that has room from left to right."""
    below = [lane + 1 for lane, spans in enumerate(taken) for start, end in spans if start - 2 <= x <= end + 2]
    for lane in range(max(below, default=0), len(taken)):
        if all(right + _GAP <= start or end + _GAP <= left for start, end in taken[lane]):
            return lane
    return None
