# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a journal as a time line: what every host did from when to when. Pure.

Seconds count from the first event. The time between two runs is cut out of the axis: a rollout that went on
after a weekend is still one picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from .._model.journal import (
    HOST_FAILED,
    HOST_GOING_BACK,
    HOST_INTENDED,
    HOST_REBOOTING,
    HOST_STAGED,
    HOST_VERIFIED,
    HOST_WENT_BACK,
    OPENED,
    WAVE_BEGUN,
    WAVE_FINISHED,
    Event,
)

_BEGINS = {HOST_INTENDED: "stage", HOST_STAGED: "wait", HOST_REBOOTING: "reboot", HOST_GOING_BACK: "back"}
_ENDS = {HOST_VERIFIED: "verified", HOST_FAILED: "failed", HOST_WENT_BACK: "went_back"}
CUT_SHARE = 0.04


@dataclass(frozen=True)
class Phase:
    """What a host was doing (stage, wait, reboot, back), in seconds on the axis."""

    kind: str
    start: float
    end: float


@dataclass(frozen=True)
class Mark:
    """When it was known how a host is: verified, failed, went_back."""

    kind: str
    at: float


@dataclass(frozen=True)
class Row:
    host: str
    phases: tuple[Phase, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Band:
    """A wave from its beginning to its end; ``end`` is the end of the axis where it was never finished."""

    wave: int
    start: float
    end: float


@dataclass(frozen=True)
class Cut:
    """Where time was left out of the axis, and how many seconds."""

    start: float
    end: float
    skipped: float


@dataclass(frozen=True)
class TimeLine:
    length: float
    rows: tuple[Row, ...]
    bands: tuple[Band, ...]
    cuts: tuple[Cut, ...]
    worked: float = 0.0


def seconds(at: str) -> float:
    """ISO 8601 as seconds since the epoch; what is no time counts as 0."""
    try:
        return datetime.fromisoformat(at.replace("Z", "+00:00")).timestamp()
    except (ValueError, OverflowError):
        return 0.0


def since_anew(events: Sequence[Event]) -> tuple[Event, ...]:
    """The events since the journal was last opened anew."""
    starts = [index for index, event in enumerate(events) if event.kind == OPENED and event.data.get("anew")]
    return tuple(events[starts[-1] if starts else 0 :])


def time_line(events: Sequence[Event]) -> TimeLine:
    """Rows in the order in which hosts first had an event."""
    runs = _runs(events)
    spans = [(seconds(run[0].at), max(seconds(event.at) for event in run)) for run in runs]
    worked = sum(end - start for start, end in spans)
    gap = max(1.0, CUT_SHARE * worked)
    hosts: dict[str, _Track] = {}
    waves: dict[int, tuple[float, float | None]] = {}
    cuts: list[Cut] = []
    offset = 0.0
    for index, (run, (start, end)) in enumerate(zip(runs, spans)):
        if index:
            cuts.append(Cut(offset, offset + gap, max(0.0, start - spans[index - 1][1])))
            offset += gap
        for event in run:
            at = offset + max(0.0, seconds(event.at) - start)
            if (event.kind in _BEGINS or event.kind in _ENDS) and event.host is not None:
                hosts.setdefault(event.host, _Track()).add(event.kind, at)
            elif event.kind == WAVE_BEGUN and event.wave is not None:
                waves.setdefault(event.wave, (at, None))
            elif event.kind == WAVE_FINISHED and event.wave is not None:
                waves[event.wave] = (waves.get(event.wave, (at, None))[0], at)
        offset += end - start
        for track in hosts.values():
            track.close(offset)
    bands = [Band(wave, start, offset if end is None else end) for wave, (start, end) in waves.items()]
    rows = [Row(host, tuple(track.phases), tuple(track.marks)) for host, track in hosts.items()]
    return TimeLine(max(offset, 1.0), tuple(rows), tuple(bands), tuple(cuts), worked)


def _runs(events: Sequence[Event]) -> list[list[Event]]:
    runs: list[list[Event]] = []
    for event in events:
        if event.kind == OPENED or not runs:
            runs.append([])
        runs[-1].append(event)
    return runs


@dataclass
class _Track:
    """One host while its events are read."""

    phases: list[Phase] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    doing: str | None = None
    since: float = 0.0

    def add(self, kind: str, at: float) -> None:
        self.close(at)
        if kind in _ENDS:
            self.marks.append(Mark(_ENDS[kind], at))
        else:
            self.doing, self.since = _BEGINS[kind], at

    def close(self, at: float) -> None:
        if self.doing is not None and at > self.since:
            self.phases.append(Phase(self.doing, self.since, at))
        self.doing = None


def steps(length: float, most: int = 8) -> tuple[float, ...]:
    """Round seconds for the marks of an axis, 0 first, at most ``most`` of them."""
    for step in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200):
        if length / step < most:
            break
    else:
        step = int(length // (most - 1)) + 1
    return tuple([float(step * index) for index in range(int(length // step) + 1)])
