# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: windows in a time zone -> instants. Pure: the clock's time is passed in.

A window is open while the clocks on the wall of its zone show a time in it. So a time that the clocks leave out is
in no window, and one that they show twice is in it twice, which may cut one window into two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, available_timezones

from .._errors import ArgumentError
from .._model.window import DAYS, UTC_NAME, Window

# Windows come back every week; one that falls into a change of the clocks may miss a turn.
AHEAD = timedelta(days=15)
_DAY = timedelta(days=1)
_STEP = timedelta(hours=1)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Opening:
    """A time in which hosts may be taken away, as two instants in UTC."""

    begins: datetime
    ends: datetime


def zone_of(name: str) -> tzinfo:
    """Raises ArgumentError, in words that go on after the key's name, where the zone is not known here."""
    if name == UTC_NAME:
        return timezone.utc
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        pass
    if available_timezones():
        raise ArgumentError(f"is {name!r}, which is no time zone; write a name such as Europe/Berlin, or UTC")
    raise ArgumentError(
        f"is {name!r}, and this machine has no time zone data; install the package tzdata (of the system or of PyPI)"
    )


def opening_at(windows: Sequence[Window], zone: str, at: datetime) -> Opening | None:
    """The opening that ``at`` is in, None where all windows are closed then. Windows that touch are one."""
    return next((one for one in _openings(windows, zone, at) if one.begins <= at < one.ends), None)


def next_opening(windows: Sequence[Window], zone: str, after: datetime, least: float = 0.0) -> Opening | None:
    """The first opening that begins after ``after`` and is ``least`` seconds long; None where none is."""
    need = timedelta(seconds=least)
    found = (one for one in _openings(windows, zone, after) if one.begins > after and one.ends - one.begins >= need)
    return next(found, None)


def on_the_wall(at: datetime, zone: str) -> str:
    """An instant as people of that zone read it from their clocks."""
    there = at.astimezone(zone_of(zone))
    return f"{there:%a %Y-%m-%d %H:%M %Z}"


def _openings(windows: Sequence[Window], zone: str, around: datetime) -> Iterator[Opening]:
    """In order, those that overlap or touch made one."""
    open_: Opening | None = None
    for begins, ends in sorted(_pieces(windows, zone_of(zone), around.astimezone(timezone.utc))):
        if open_ is not None and begins <= open_.ends:
            open_ = Opening(open_.begins, max(open_.ends, ends))
            continue
        if open_ is not None:
            yield open_
        open_ = Opening(begins, ends)
    if open_ is not None:
        yield open_


def _pieces(windows: Sequence[Window], where: tzinfo, around: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Every window of the days around, where the clocks do show it, in UTC."""
    for start, end, offset in _offsets(where, around - 3 * _DAY, around + AHEAD):
        day = (start + offset).replace(hour=0, minute=0, second=0, microsecond=0) - 2 * _DAY
        while day < end + offset:
            for window in windows:
                if window.days and DAYS[day.weekday()] not in window.days:
                    continue
                begins = max(start, day + timedelta(minutes=window.begins) - offset)
                over = _DAY if window.ends <= window.begins else timedelta(0)
                ends = min(end, day + over + timedelta(minutes=window.ends) - offset)
                if begins < ends:
                    yield begins, ends
            day += _DAY


def _offsets(where: tzinfo, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """The time between two instants in UTC, cut where the clocks are changed, with how far they go before UTC."""
    at, offset = start, _offset(where, start)
    while at < end:
        after = min(at + _STEP, end)
        if _offset(where, after) != offset:
            before = at
            while after - before > _SECOND:
                middle = before + timedelta(seconds=(after - before) // _SECOND // 2)
                before, after = (middle, after) if _offset(where, middle) == offset else (before, middle)
            yield start, after, offset
            start, offset = after, _offset(where, after)
        at = after
    if start < end:
        yield start, end, offset


def _offset(where: tzinfo, at: datetime) -> timedelta:
    return at.astimezone(where).utcoffset() or timedelta(0)
