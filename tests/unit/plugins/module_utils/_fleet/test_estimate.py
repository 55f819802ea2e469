"""How long waves take: what journals teach, and what follows from it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.estimate import (
    LAYERING,
    learn,
    pace_now,
    parse_pace,
    render_pace,
    wave_time,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import FleetPlan, Wave
from ansible_collections.atomic.fleet.plugins.module_utils._model.journal import Event
from ansible_collections.atomic.fleet.plugins.module_utils._model.pace import Pace, Spread
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Policy


def event(second: float, kind: str, host: str | None = None, run: str = "run-1", **data: Any) -> Event:
    return Event(kind, f"2026-11-22T10:{second // 60:02.0f}:{second % 60:06.3f}Z", run, host, 0, data)


def turn(host: str, stage: float, boot: float, run: str = "run-1") -> list[Event]:
    return [
        event(0, "host_intended", host, run),
        event(stage, "host_staged", host, run, boot_id="one"),
        event(stage + 1, "host_rebooting", host, run, boot_id="one"),
        event(stage + 1 + boot, "host_verified", host, run, boot_id="two"),
    ]


TEN = [one for number in range(1, 11) for one in turn(f"h{number}", 10.0 * number, 100.0 + number)]
LAYERED = [
    event(0, "host_intended", "a"),
    event(8, "host_staged", "a"),
    event(11, "host_verified", "a"),
]


def test_ten_hosts() -> None:
    assert learn([TEN]) == Pace(Spread(50, 90, 100), Spread(105, 109, 110), 10)


def test_what_teaches_nothing() -> None:
    killed = [*turn("a", 5, 50)[:3], *turn("a", 5, 50, "run-2")[3:]]
    assert learn([]) == learn([killed]) == learn([LAYERED]) == Pace()
    assert learn([[event(0, "opened")], TEN], layers=True) == LAYERING


def test_layers_have_a_pace_of_their_own() -> None:
    assert learn([TEN, LAYERED], layers=True) == Pace(Spread(8, 8, 8), Spread(3, 3, 3), 1)


def test_the_newest_are_enough() -> None:
    many = [one for number in range(50) for one in turn(f"h{number}", 1, 2)]
    assert learn([many, TEN]).boot == Spread(2, 2, 2)
    assert learn([TEN, many]).boot == Spread(2, 104, 110)


def test_a_clock_that_was_set_back() -> None:
    assert learn([[*turn("a", 20, 30)[:2], event(21, "host_rebooting", "a", boot_id="one"),
                   event(5, "host_verified", "a")]]).boot == Spread(0, 0, 0)  # fmt: skip


PACE = Pace(Spread(10, 20, 30), Spread(100, 200, 300), 99)


@pytest.mark.parametrize(
    "policy, hosts, seconds",
    [
        (Policy(), 1, 120),
        (Policy(), 2, 230),
        (Policy(), 10, 230),
        (Policy(), 11, 340),
        (Policy(bake_time=600), 1, 720),
        (Policy(boot_timeout=50, stage_timeout=5), 11, 65),
    ],
)
def test_a_wave_takes_what_its_slowest_host_takes(policy: Policy, hosts: int, seconds: float) -> None:
    plan = FleetPlan("demo", (), policy, (), (Wave("wave 1", tuple(map(str, range(hosts)))),))
    assert wave_time(plan, 0, PACE) == seconds
    assert wave_time(replace(plan, waves=(Wave("wave 1", ("a",) * 40),)), 0, PACE, hosts) == seconds


def test_a_pace_is_read_back_as_it_was_written() -> None:
    assert parse_pace(json.loads(json.dumps(render_pace(PACE)))) == PACE


@pytest.mark.parametrize("data", [None, [], {}, {"stage": [1]}, {"stage": [1, 2, 3], "boot": ["x"] * 3, "hosts": 1}])
def test_what_is_no_pace_is_a_guess(data: Any) -> None:
    assert parse_pace(data) == Pace()


def test_run_that_began_with_a_guess_goes_by_what_its_own_hosts_took() -> None:
    assert pace_now(Pace(), TEN, False) == learn([TEN])
    assert pace_now(Pace(), [], False) == Pace()
    known = Pace(Spread(1, 2, 3), Spread(4, 5, 6), 7)
    assert pace_now(known, TEN, False) == known
