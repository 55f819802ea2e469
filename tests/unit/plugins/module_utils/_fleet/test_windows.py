"""Windows on both changes of the clocks, in zones that do it at other hours, by other amounts, and not at all."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet import windows as module
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.window_words import windows_words
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.windows import (
    Opening,
    next_opening,
    on_the_wall,
    opening_at,
    zone_of,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.window import DAYS, Window

BERLIN, NEW_YORK, LORD_HOWE, APIA = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"
SANTIAGO, KOLKATA, GREENWICH = "America/Santiago", "Asia/Kolkata", "UTC"


def minutes(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def window(text: str) -> Window:
    """`sat sun 01:00-05:00`"""
    *days, times = text.split()
    begins, ends = times.split("-")
    return Window(minutes(begins), minutes(ends), tuple(days))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# 2026: Berlin goes forward on 29 March at 01:00 UTC (02:00 -> 03:00), back on 25 October at 01:00 UTC (03:00 -> 02:00);
# New York on 8 March at 07:00 UTC and 1 November at 06:00 UTC. Lord Howe changes by half an hour: forward on
# 4 October at 15:30 UTC the day before (02:00 -> 02:30), back on 5 April at 15:00 UTC the day before (02:00 -> 01:30).
# Santiago goes forward at midnight: 6 September at 04:00 UTC (00:00 -> 01:00).
NEXT: list[tuple[str, str, str, str, str]] = [
    # zone, windows, after, begins, ends
    (GREENWICH, "01:00-05:00", "2026-03-01T00:00", "2026-03-01T01:00", "2026-03-01T05:00"),
    (GREENWICH, "01:00-05:00", "2026-03-01T01:00", "2026-03-02T01:00", "2026-03-02T05:00"),
    (GREENWICH, "22:00-04:00", "2026-03-01T12:00", "2026-03-01T22:00", "2026-03-02T04:00"),
    (GREENWICH, "sat 22:00-04:00", "2026-03-01T12:00", "2026-03-07T22:00", "2026-03-08T04:00"),
    (GREENWICH, "sat sun 01:00-05:00", "2026-03-01T06:00", "2026-03-07T01:00", "2026-03-07T05:00"),
    (GREENWICH, "mon 22:00-24:00, tue 00:00-02:00", "2026-03-01T12:00", "2026-03-02T22:00", "2026-03-03T02:00"),
    (GREENWICH, "10:00-12:00, 11:00-13:00", "2026-03-01T09:00", "2026-03-01T10:00", "2026-03-01T13:00"),
    (KOLKATA, "01:00-05:00", "2026-03-01T00:00", "2026-03-01T19:30", "2026-03-01T23:30"),
    (BERLIN, "01:00-05:00", "2026-01-10T12:00", "2026-01-11T00:00", "2026-01-11T04:00"),
    (BERLIN, "01:00-05:00", "2026-07-10T12:00", "2026-07-10T23:00", "2026-07-11T03:00"),
    # forward: an hour less, also over midnight
    (BERLIN, "01:00-05:00", "2026-03-28T12:00", "2026-03-29T00:00", "2026-03-29T03:00"),
    (BERLIN, "sat 22:00-04:00", "2026-03-28T12:00", "2026-03-28T21:00", "2026-03-29T02:00"),
    # a beginning, an end that the clocks leave out: it is the moment at which they are changed
    (BERLIN, "02:30-05:00", "2026-03-28T12:00", "2026-03-29T01:00", "2026-03-29T03:00"),
    (BERLIN, "01:00-02:30", "2026-03-28T12:00", "2026-03-29T00:00", "2026-03-29T01:00"),
    # the clocks never show it that day
    (BERLIN, "02:10-02:50", "2026-03-28T12:00", "2026-03-30T00:10", "2026-03-30T00:50"),
    (BERLIN, "sun 02:00-03:00", "2026-03-28T12:00", "2026-04-05T00:00", "2026-04-05T01:00"),
    # back: an hour more, also over midnight
    (BERLIN, "01:00-05:00", "2026-10-24T12:00", "2026-10-24T23:00", "2026-10-25T04:00"),
    (BERLIN, "sat 22:00-04:00", "2026-10-24T12:00", "2026-10-24T20:00", "2026-10-25T03:00"),
    # shown twice: twice open
    (BERLIN, "02:10-02:50", "2026-10-24T12:00", "2026-10-25T00:10", "2026-10-25T00:50"),
    (BERLIN, "02:10-02:50", "2026-10-25T00:50", "2026-10-25T01:10", "2026-10-25T01:50"),
    (BERLIN, "01:00-02:30", "2026-10-24T12:00", "2026-10-24T23:00", "2026-10-25T00:30"),
    (BERLIN, "01:00-02:30", "2026-10-25T00:30", "2026-10-25T01:00", "2026-10-25T01:30"),
    (BERLIN, "02:30-05:00", "2026-10-24T12:00", "2026-10-25T00:30", "2026-10-25T01:00"),
    (BERLIN, "02:30-05:00", "2026-10-25T00:45", "2026-10-25T01:30", "2026-10-25T04:00"),
    (NEW_YORK, "sun 01:00-05:00", "2026-03-07T12:00", "2026-03-08T06:00", "2026-03-08T09:00"),
    (NEW_YORK, "sun 01:30-05:00", "2026-10-31T12:00", "2026-11-01T05:30", "2026-11-01T06:00"),
    (NEW_YORK, "sun 01:30-05:00", "2026-11-01T05:30", "2026-11-01T06:30", "2026-11-01T10:00"),
    # half an hour
    (LORD_HOWE, "01:00-05:00", "2026-10-03T12:00", "2026-10-03T14:30", "2026-10-03T18:00"),
    (LORD_HOWE, "02:15-05:00", "2026-10-03T12:00", "2026-10-03T15:30", "2026-10-03T18:00"),
    (LORD_HOWE, "01:40-03:00", "2026-04-04T12:00", "2026-04-04T14:40", "2026-04-04T15:00"),
    (LORD_HOWE, "01:40-03:00", "2026-04-04T14:45", "2026-04-04T15:10", "2026-04-04T16:30"),
    # midnight itself is left out
    (SANTIAGO, "sun 00:00-03:00", "2026-09-05T12:00", "2026-09-06T04:00", "2026-09-06T06:00"),
    (SANTIAGO, "sat 23:00-24:00", "2026-09-05T12:00", "2026-09-06T03:00", "2026-09-06T04:00"),
    # a whole day is left out: Samoa had no Friday, 30 December 2011
    (APIA, "fri 01:00-05:00", "2011-12-29T12:00", "2012-01-05T11:00", "2012-01-05T15:00"),
]


def many(text: str) -> list[Window]:
    return [window(one) for one in text.split(", ")]


@pytest.mark.parametrize("zone, windows, after, begins, ends", NEXT)
def test_next_opening(zone: str, windows: str, after: str, begins: str, ends: str) -> None:
    found = next_opening(many(windows), zone, at(after))
    assert found == Opening(at(begins), at(ends))
    assert opening_at(many(windows), zone, found.begins) == found
    assert opening_at(many(windows), zone, found.ends - timedelta(seconds=1)) == found
    assert opening_at(many(windows), zone, found.begins - timedelta(seconds=1)) != found
    assert opening_at(many(windows), zone, found.ends) != found


@pytest.mark.parametrize(
    "least, begins", [(0, "2026-03-02T01:00"), (3600, "2026-03-02T01:00"), (3601, "2026-03-07T01:00"), (15000, None)]
)
def test_an_opening_that_is_long_enough(least: float, begins: str | None) -> None:
    found = next_opening(many("mon 01:00-02:00, sat 01:00-05:00"), GREENWICH, at("2026-03-01T00:00"), least)
    assert (found.begins if found else None) == (at(begins) if begins else None)


def test_windows_without_a_gap_are_always_open() -> None:
    always = many("00:00-24:00")
    found = opening_at(always, BERLIN, at("2026-03-29T01:00"))
    assert found is not None
    assert found.ends - at("2026-03-29T01:00") >= timedelta(days=14)
    assert next_opening(always, BERLIN, at("2026-03-29T01:00")) is None


windows = st.builds(
    lambda begins, length, days: Window(begins, (begins + length) % 1440 or 1440, tuple(d for d in DAYS if d in days)),
    st.integers(0, 1438),
    st.integers(1, 1439),
    st.sets(st.sampled_from(DAYS)),
).filter(lambda one: one.begins != one.ends)


@given(
    st.lists(windows, min_size=1, max_size=3),
    st.sampled_from([BERLIN, NEW_YORK, LORD_HOWE, SANTIAGO, KOLKATA, GREENWICH]),
    st.integers(0, 366 * 24 * 60 - 1),
)
def test_open_is_what_the_clocks_on_the_wall_say(chosen: list[Window], zone: str, minute: int) -> None:
    now = at("2026-01-01T00:00") + timedelta(minutes=minute)
    there = now.astimezone(zone_of(zone))
    clock, today, yesterday = there.hour * 60 + there.minute, DAYS[there.weekday()], DAYS[there.weekday() - 1]

    def shown(one: Window) -> bool:
        begun = one.begins <= clock and (clock < one.ends or one.ends <= one.begins)
        over = one.ends <= one.begins and clock < one.ends
        return (begun and (not one.days or today in one.days)) or (over and (not one.days or yesterday in one.days))

    assert (opening_at(chosen, zone, now) is not None) == any(map(shown, chosen))


def test_a_machine_without_time_zone_data_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacks(_name: str) -> None:
        raise zoneinfo.ZoneInfoNotFoundError

    monkeypatch.setattr(module, "ZoneInfo", lacks)
    monkeypatch.setattr(module, "available_timezones", set)
    with pytest.raises(ArgumentError, match="has no time zone data; install the package tzdata"):
        zone_of(BERLIN)
    assert zone_of(GREENWICH) is UTC


def test_words() -> None:
    assert on_the_wall(at("2026-10-25T00:30"), BERLIN) == "Sun 2026-10-25 02:30 CEST"
    assert on_the_wall(at("2026-10-25T01:30"), BERLIN) == "Sun 2026-10-25 02:30 CET"
    assert windows_words([], GREENWICH) == "any time"
    assert windows_words(many("sat sun 01:00-05:00, 22:00-24:00"), BERLIN) == (
        "sat sun 01:00-05:00, 22:00-24:00 (Europe/Berlin)"
    )
