"""What a run is about to do, as people read it."""

from __future__ import annotations

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.plan_file import plan_id
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.resume import Turn
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.turns_text import render_turns
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import FleetPlan, PlannedHost, Target, Wave
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Policy

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
