"""What a run is about to do, as people read it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.plan_file import plan_id
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.resume import Turn
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.rollout import Leg
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.turns_text import render_begin, render_turns
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.waiting import Wishes
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import FleetPlan, PlannedHost, Target, Wave
from ansible_collections.atomic.fleet.plugins.module_utils._model.journal import Progress
from ansible_collections.atomic.fleet.plugins.module_utils._model.pace import Pace
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Policy
from ansible_collections.atomic.fleet.plugins.module_utils._model.window import Window

TARGET = Target("b" * 64, "2.0")
WAVES = (Wave("canary", ("a",)), Wave("wave 1", ("b", "c", "d")))
PLAN = FleetPlan("demo", (TARGET,), Policy(), tuple(PlannedHost(one, "update", "", TARGET) for one in "abcd"), WAVES)


def turns(**do: str) -> dict[str, Turn]:
    return {name: Turn(name, one) for name, one in do.items()}


def test_a_line_for_each_wave() -> None:
    left = turns(a="finished", b="stage", c="stage", d="lost")
    assert render_turns(PLAN, left, "abcd").splitlines() == [
        f"Apply {plan_id(PLAN)} to the fleet demo:",
        "  canary  1 host   1 finished before",
        "  wave 1  3 hosts  2 to update, 1 unreachable",
    ]


def test_what_was_limited_is_said() -> None:
    left = turns(a="reboot", b="stage", c="go_back", d="fell_back")
    assert render_turns(PLAN, left, "a").splitlines()[1:] == [
        "  canary  1 host  1 staged already, to reboot",
        "  --limit leaves out 3 hosts of the plan.",
    ]


def test_nothing_to_do() -> None:
    assert render_turns(PLAN, turns(a="stage", b="stage", c="stage", d="stage"), "") == (
        f"Apply {plan_id(PLAN)}: nothing to do."
    )


def test_way_back_that_an_earlier_run_began_is_all_that_is_done() -> None:
    assert render_turns(PLAN, turns(a="finished", b="stage", c="stage", d="stage"), "abcd", undoing=True) == (
        f"Apply {plan_id(PLAN)}: everything it changed goes back, as an earlier run began."
    )


WALK = (Leg(0, ("a",)), Leg(1, ("b", "c", "d")))
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "policy, left, wishes, asked, told",
    [
        (Policy(), "stage", Wishes(), None, []),
        (Policy(prefetch="locked"), "stage", Wishes(), None, ["Before the first wave, the target comes to 4 hosts."]),
        (Policy(), "stage", Wishes(), "by somebody", ["canary waits: paused (by somebody); resume, "]),
        (Policy(), "finished", Wishes(stop_after="canary"), None, ["wave 1 waits: stop_after is canary; "]),
        (Policy(windows=(Window(60, 300),)), "stage", Wishes(), None, ["canary waits: it is outside of its windows, "]),
        (
            Policy(windows=(Window(60, 300),)),
            "verify",
            Wishes(),
            None,
            ["wave 1 waits: it is outside of its windows, "],
        ),
        (Policy(), "finished", Wishes(), None, []),
    ],
)
def test_check_mode_says_what_is_done_first_and_what_waits(
    policy: Policy, left: str, wishes: Wishes, asked: str | None, told: list[str]
) -> None:
    hosts = turns(a=left, b="stage", c="stage", d="stage")
    found = render_begin(
        replace(PLAN, policy=policy), WALK, hosts, Progress(), wishes, asked, NOON, Pace()
    ).splitlines()
    assert len(found) == len(told)
    assert all(line.startswith(start) for line, start in zip(found, told, strict=True))


def test_check_mode_has_nothing_to_hold_where_nobody_is_taken_away() -> None:
    hosts = turns(a="finished", b="verify", c="finished", d="leave")
    assert render_begin(PLAN, WALK, hosts, Progress(), Wishes(pause=True), "paused", NOON, Pace()) == ""
