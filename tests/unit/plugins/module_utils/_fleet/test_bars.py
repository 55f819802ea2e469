"""Bars of a run: who is where, at a glance, in whatever room the terminal has."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.bars import SHOWN, SIGNS, draw
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.rollout import Leg
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.tally import STATES, left_words
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import FleetPlan, Wave
from ansible_collections.atomic.fleet.plugins.module_utils._model.journal import Event, HostProgress, Progress
from ansible_collections.atomic.fleet.plugins.module_utils._model.pace import Pace
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Policy

STAGES = ("prefetched", "intended", "staged", "rebooting", "verified", "failed", "going_back", "went_back")
WAVES = (Wave("canary", ("a",)), Wave("wave 1", ("b", "c", "d")), Wave("wave 2", ("e", "f")))
PLAN = FleetPlan("demo", (), Policy(), (), WAVES)
WALK = tuple(Leg(index, wave.hosts) for index, wave in enumerate(WAVES))
UNDER_WAY = Progress(
    "running",
    run="run-1",
    hosts={
        "a": HostProgress("verified"),
        "b": HostProgress("verified"),
        "c": HostProgress("rebooting"),
        "d": HostProgress("failed"),
    },
    waves_begun=(0, 1),
    waves_finished=(0,),
)


def test_the_bars_of_a_run() -> None:
    assert draw(PLAN, WALK, UNDER_WAY, 100, "about 6 min left") == [
        "canary  [##############################] 1 verified",
        "wave 1  [##########!!!!!!!!!!>>>>>>>>>>] 1 rebooting, 1 verified, 1 failed",
        "wave 2  [..............................] 2 waiting",
        "the run [##########!!!!!>>>>>..........] 2 waiting, 1 rebooting, 2 verified, 1 failed",
        "about 6 min left",
    ]


def test_colours_and_a_narrow_terminal() -> None:
    assert draw(PLAN, WALK[1:2], UNDER_WAY, 56, colour=True) == [
        "wave 1 [\x1b[32m####\x1b[0m\x1b[31m!!!!\x1b[0m\x1b[33m>>>>\x1b[0m] 1 rebooting, 1 verified, 1 failed"
    ]
    assert draw(PLAN, WALK[1:2], UNDER_WAY, 20) == ["wave 1 1 rebooting,"]


def test_of_many_waves_those_around_the_one_under_way_are_shown() -> None:
    waves = tuple(Wave(f"wave {number}", (f"h{number}",)) for number in range(40))
    walk = tuple(Leg(index, wave.hosts) for index, wave in enumerate(waves))
    many = FleetPlan("demo", (), Policy(), (), waves)
    for begun, first in ((0, 0), (10, 8), (39, 32)):
        lines = draw(many, walk, Progress("running", waves_begun=tuple(range(begun + 1))), 80)
        assert [line.partition("[")[0].strip() for line in lines] == [
            *[f"wave {first + place}" for place in range(SHOWN)],
            "the run",
        ]


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(STAGES).map(HostProgress)),
    st.integers(10, 200),
    st.booleans(),
)
def test_no_line_is_as_wide_as_the_terminal_and_every_state_has_its_sign(
    hosts: dict[str, HostProgress], columns: int, colour: bool
) -> None:
    lines = draw(PLAN, WALK, Progress("running", hosts=hosts), columns, "about 6 min left", colour)
    plain = [re.sub(r"\x1b\[[0-9]*m", "", line) for line in lines]
    assert all(len(line) < columns for line in plain)
    if columns > 120:
        for line in plain[:-1]:
            drawn = line.partition("[")[2].partition("]")[0]
            assert len(drawn) == 30
            assert set(drawn) == {SIGNS[state] for state in STATES if state in line.partition("]")[2]}


@pytest.mark.parametrize(
    "progress, words",
    [
        (UNDER_WAY, "about 11 min left"),
        (Progress("waiting", reason="wave 1 waits: paused."), "wave 1 waits: paused."),
        (Progress("running", waves_finished=(0, 1, 2), hosts=dict.fromkeys("abcdef", HostProgress("verified"))), ""),
    ],
)
def test_what_stands_below_the_bars(progress: Progress, words: str) -> None:
    begun = [
        Event("wave_begun", f"2026-11-22T10:{minute:02d}:00Z", run, None, 1)
        for minute, run in ((0, "run-0"), (50, "run-1"))
    ]
    assert left_words(PLAN, WALK, progress, Pace(), begun, "2026-11-22T10:51:30.500Z") == words
