"""Why a wave has to wait, as tables of times and wishes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.waiting import (
    Hold,
    Wishes,
    aborted,
    check_stop,
    held,
    parse_wishes,
    waits_in_run,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import FleetPlan, Wave
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Policy
from ansible_collections.atomic.fleet.plugins.module_utils._model.window import Window

NIGHT = Policy(windows=(Window(60, 300, ("sat", "sun")),), time_zone="Europe/Berlin")
NAMES = ("canary", "wave 1", "wave 2.1", "wave 2.2", "wave 3")
PLAN = FleetPlan("demo", (), Policy(), (), tuple(Wave(name, (name,)) for name in NAMES))
NIGHTLY = replace(PLAN, policy=NIGHT)
OUTSIDE = (
    "wave 1 waits: it is outside of its windows, sat sun 01:00-05:00 (Europe/Berlin); it may begin at "
    "Sat 2026-11-28 01:00 CET."
)
WOULD_NOT_END = (
    "wave 1 waits: it takes about 3 h and would not end by Sat 2026-11-28 05:00 CET, when the window does; "
    "it may begin at Sun 2026-11-29 01:00 CET."
)
CLOSED, OPEN = "2026-11-24T12:00", "2026-11-28T01:00"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "given, exact",
    [
        (None, ""),
        ("", ""),
        ("canary", "canary"),
        ("wave 2", "wave 2"),
        ("wave 2.1", "wave 2"),
        ("2", "wave 2"),
        ("window", "window"),
    ],
)
def test_stop_after(given: str | None, exact: str) -> None:
    assert check_stop(NIGHTLY, given) == exact


@pytest.mark.parametrize(
    "given, told",
    [
        ("wave 4", "stop_after is 'wave 4'; the plan has canary, wave 1, wave 2, wave 3."),
        ("window", "stop_after is window, and the policy of the plan has no windows."),
    ],
)
def test_stop_after_what_is_not_there(given: str, told: str) -> None:
    with pytest.raises(ArgumentError) as error:
        check_stop(PLAN, given)
    assert error.value.message == told


@pytest.mark.parametrize(
    "stop_after, begins",
    [
        ("", NAMES),
        ("canary", NAMES[:1]),
        ("wave 1", NAMES[:2]),
        ("wave 2", NAMES[:4]),
        ("wave 3", NAMES),
        ("window", NAMES),
    ],
)
def test_which_waves_begin(stop_after: str, begins: tuple[str, ...]) -> None:
    wishes = Wishes(stop_after)
    found = [index for index in range(len(NAMES)) if held(NIGHTLY, index, wishes, None, at(OPEN), 60) is None]
    assert [NAMES[index] for index in found] == list(begins)


@pytest.mark.parametrize(
    "plan, wishes, asked, now, needs, reason, next_start",
    [
        (PLAN, Wishes(), None, CLOSED, 1e6, None, ""),
        (NIGHTLY, Wishes(), None, OPEN, 3 * 3600, None, ""),
        (
            NIGHTLY,
            Wishes(),
            None,
            OPEN,
            3 * 3600 + 1,
            WOULD_NOT_END,
            "2026-11-29T00:00:00Z",
        ),
        (
            NIGHTLY,
            Wishes(),
            None,
            CLOSED,
            60,
            OUTSIDE,
            "2026-11-28T00:00:00Z",
        ),
        (
            NIGHTLY,
            Wishes(),
            None,
            OPEN,
            5 * 3600,
            "wave 1 takes about 5 h, which no window is long enough for: sat sun 01:00-05:00 (Europe/Berlin).",
            "",
        ),
        (PLAN, Wishes(), "", OPEN, 60, "wave 1 waits: paused; resume, run apply again and it goes on.", ""),
        (
            NIGHTLY,
            Wishes(pause=True, stop_after="canary"),
            "by ada@home:\n\x1b[31mthe storage \n",
            CLOSED,
            60,
            "wave 1 waits: paused (by ada@home: ?[31mthe storage); resume, run apply again and it goes on.",
            "",
        ),
        (
            PLAN,
            Wishes(pause=True),
            None,
            OPEN,
            60,
            "wave 1 waits: this run was started with pause; run apply again and it goes on.",
            "",
        ),
        (
            NIGHTLY,
            Wishes(stop_after="canary"),
            None,
            CLOSED,
            60,
            "wave 1 waits: stop_after is canary; run apply again and it goes on.",
            "",
        ),
    ],
)
def test_why_a_wave_waits(
    plan: FleetPlan, wishes: Wishes, asked: str | None, now: str, needs: float, reason: str | None, next_start: str
) -> None:
    found = held(plan, 1, wishes, asked, at(now), needs)
    assert (found.reason if found else None) == reason
    assert (found.next_start if found else "") == next_start
    assert (found.never if found else False) is ("no window" in (reason or ""))


TIMED, UNTIMED = Hold("wave 1 waits", at(OPEN)), Hold("wave 1 waits")


@pytest.mark.parametrize(
    "hold, wishes, begun, waits",
    [
        (TIMED, Wishes(wait=True), False, True),
        (TIMED, Wishes(wait=True), True, True),
        (TIMED, Wishes(), False, False),
        (UNTIMED, Wishes(wait=True), False, False),
        (TIMED, Wishes("window", wait=True), False, True),
        (TIMED, Wishes("window", wait=True), True, False),
        (TIMED, Wishes("canary", wait=True), True, True),
    ],
)
def test_who_waits(hold: Hold, wishes: Wishes, begun: bool, waits: bool) -> None:
    assert waits_in_run(hold, wishes, begun) is waits


@pytest.mark.parametrize("wishes", [Wishes(), Wishes("wave 2"), Wishes("", True, True)])
def test_wishes_are_read_back_as_they_were_written(wishes: Wishes) -> None:
    assert parse_wishes({"plan": "x", **wishes.render()}) == wishes


def test_what_a_person_wrote_is_cut_to_a_sentence() -> None:
    assert aborted("") == "It was aborted."
    assert aborted("x" * 500) == f"It was aborted ({'x' * 200})."
