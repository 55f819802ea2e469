"""What the report tells of an apply: the sentence, the counts, the time line."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.story import tell
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.time_line import (
    Band,
    Cut,
    Mark,
    Phase,
    Row,
    steps,
    time_line,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import (
    FleetPlan,
    PlannedHost,
    Snapshot,
    SnapshotHost,
    Target,
    Wave,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Deployment, HostState
from ansible_collections.atomic.fleet.plugins.module_utils._model.journal import Event
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Policy

TARGET = Target("b" * 64, "2.0")
PLAN = FleetPlan(
    "demo",
    (TARGET,),
    Policy(),
    (
        *(PlannedHost(name, "update", "1.0 to 2.0", TARGET, "a" * 64, "1.0", None, "on_disk", wave)
          for name, wave in (("a", 0), ("b", 1), ("c", 1))),
        PlannedHost("d", "skip", "unreachable: no route", TARGET),
        PlannedHost("e", "none", "runs 2.0 already", TARGET, "b" * 64, "2.0"),
    ),
    (Wave("canary", ("a",)), Wave("wave 1", ("b", "c"))),
)  # fmt: skip


def event(at: int, kind: str, host: str | None = None, wave: int | None = None, **data: Any) -> Event:
    minutes, seconds = divmod(at, 60)
    return Event(kind, f"2026-11-22T10:{minutes:02}:{seconds:02}Z", "run-1", host, wave, data)


def turn(start: int, host: str, wave: int, end: str = "host_verified", **data: Any) -> list[Event]:
    return [
        event(start, "host_intended", host, wave),
        event(start + 5, "host_staged", host, wave),
        event(start + 6, "host_rebooting", host, wave, boot_id="one"),
        event(start + 26, end, host, wave, **data),
    ]


OPENED = event(0, "opened", plan="plan-x", by="ada@home", anew=True)
CANARY = [OPENED, event(1, "wave_begun", wave=0), *turn(2, "a", 0), event(30, "wave_finished", wave=0)]
WAVE = [event(31, "wave_begun", wave=1), *turn(32, "b", 1), *turn(32, "c", 1), event(60, "wave_finished", wave=1)]
RED = [OPENED, event(1, "wave_begun", wave=0), *turn(2, "a", 0, "host_failed", reason="failed units: web")]
BACK = [
    event(30, "host_going_back", "a", 0),
    event(50, "host_went_back", "a", 0),
    event(51, "wave_finished", wave=0),
    event(52, "halted", reason="The canary did not come out well."),
]


@pytest.mark.parametrize(
    "events, state, sentence",
    [
        ([], "new", "The rollout of 2.0 has not begun; 0 of 3 hosts run it. 3 hosts were never touched."),
        ([*CANARY, *WAVE, event(61, "closed", outcome="done")], "done", "3 of 3 hosts now run 2.0."),
        (
            [*RED, *BACK, event(53, "closed", outcome="rolled_back")],
            "rolled_back",
            (
                "2.0 was stopped at the canary and undone: 1 host went back to what it ran before."
                " 2 hosts were never touched."
            ),
        ),
        (
            [*RED, event(40, "halted", reason="red"), event(41, "closed", outcome="halted")],
            "halted",
            "2.0 was stopped at the canary; 0 of 3 hosts run it. 2 hosts were never touched.",
        ),
        (
            [*CANARY, event(31, "wave_begun", wave=1), event(32, "interrupted", reason="Ctrl-C")],
            "interrupted",
            "The rollout of 2.0 was interrupted at wave 1; 1 of 3 hosts runs it. 2 hosts were never touched.",
        ),
        (
            CANARY,
            "running",
            (
                "The rollout of 2.0 is not finished, it stands at the canary; 1 of 3 hosts runs it."
                " 2 hosts were never touched."
            ),
        ),
    ],
)
def test_the_sentence(events: list[Event], state: str, sentence: str) -> None:
    story = tell(PLAN, events)
    assert (story.state, story.sentence) == (state, sentence)


def test_a_canary_that_was_undone() -> None:
    story = tell(PLAN, [*RED, *BACK, event(53, "closed", outcome="rolled_back")])
    assert story.counts == (("gone back", 1), ("untouched", 2), ("skipped", 1), ("unchanged", 1))
    assert [(one.host, one.wave, one.reason, one.then) for one in story.failures] == [
        ("a", "canary", "failed units: web", "has gone back to what it ran before")
    ]
    host = story.hosts[0]
    assert (host.before, host.after, host.result, host.reason, host.took) == (
        "1.0", "1.0", "gone back", "failed units: web", 26.0,
    )  # fmt: skip
    assert [(wave.name, wave.took, wave.results) for wave in story.waves] == [
        ("canary", 50.0, (("gone back", 1),)),
        ("wave 1", None, (("untouched", 2),)),
    ]
    assert (story.by, story.runs, story.reason) == ("ada@home", ("run-1",), "The canary did not come out well.")


def test_versions_come_from_what_was_seen_and_else_from_the_journal() -> None:
    done = [*CANARY, *WAVE, event(61, "closed", outcome="done")]
    told = tell(PLAN, done)
    assert [(one.label, one.count) for one in told.before] == [("1.0", 3), ("2.0", 1)]
    assert [(one.label, one.count) for one in told.after] == [("2.0", 4)]
    odd = HostState("a", "ostree", "boot", (Deployment("c" * 64, "lab", version="odd", booted=True),))
    after = Snapshot((SnapshotHost("a", odd), SnapshotHost("b", None, "no route")))
    seen = tell(PLAN, done, None, after)
    assert [(one.label, one.count) for one in seen.after] == [("2.0", 2), ("odd", 1), ("unreachable", 1)]
    assert {one.label: one.place for one in seen.before}["2.0"] == {one.label: one.place for one in seen.after}["2.0"]


def test_only_what_happened_since_it_was_opened_anew_is_told() -> None:
    story = tell(PLAN, [*RED, *BACK, *CANARY])
    assert (story.failures, story.counts[0]) == ((), ("updated", 1))


def test_time_line_of_a_host() -> None:
    line = time_line([*RED, *BACK])
    assert line.rows == (
        Row(
            "a",
            (Phase("stage", 2, 7), Phase("wait", 7, 8), Phase("reboot", 8, 28), Phase("back", 30, 50)),
            (Mark("failed", 28), Mark("went_back", 50)),
        ),
    )
    assert (line.length, line.worked, line.bands, line.cuts) == (52, 52, (Band(0, 1, 51),), ())


def test_time_between_runs_is_cut_out() -> None:
    first = [OPENED, event(10, "host_intended", "a", 0), event(100, "interrupted", reason="Ctrl-C")]
    again = [
        event(1000, "opened", anew=False),
        event(1010, "host_intended", "a", 0),
        event(1020, "host_staged", "a", 0),
    ]
    line = time_line(first + again)
    assert line.worked == 120
    assert line.cuts == (Cut(100, 104.8, 900),)
    assert line.rows[0].phases == (Phase("stage", 10, 100), Phase("stage", pytest.approx(114.8), pytest.approx(124.8)))


def test_times_that_are_none_and_clocks_that_jump_back_are_survived() -> None:
    line = time_line([OPENED, event(50, "host_intended", "a", 0), Event("host_staged", "?", "run-1", "a", 0)])
    assert line.length == 50
    assert all(0 <= phase.start <= phase.end <= line.length for row in line.rows for phase in row.phases)


@pytest.mark.parametrize(
    "length, found",
    [
        (1, (0, 1)),
        (6.5, (0, 1, 2, 3, 4, 5, 6)),
        (60, (0, 10, 20, 30, 40, 50, 60)),
        (400, (0, 60, 120, 180, 240, 300, 360)),
    ],
)
def test_steps_of_the_axis(length: float, found: tuple[float, ...]) -> None:
    assert steps(length) == found


def test_steps_are_few_however_long_it_took() -> None:
    assert len(steps(10.0**7)) <= 9
