"""How far a run is, in one line."""

from __future__ import annotations

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.rollout import Leg
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.tally import (
    render_tally,
    state_of,
    tally,
    time_left,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import FleetPlan, Wave
from ansible_collections.atomic.fleet.plugins.module_utils._model.journal import HOST_KINDS, HostProgress, Progress
from ansible_collections.atomic.fleet.plugins.module_utils._model.pace import Pace, Spread
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Policy

WAVES = (Wave("canary", ("a",)), Wave("wave 1", ("b", "c")), Wave("wave 2", ("d", "e", "f")))
PLAN = FleetPlan("demo", (), Policy(bake_time=50), (), WAVES)
WALK = tuple(Leg(index, wave.hosts) for index, wave in enumerate(WAVES))
# a wave of one takes 160 s, of more 360 s
PACE = Pace(Spread(50, 100, 100), Spread(50, 200, 200))


def at(finished: int = 0, **stages: str) -> Progress:
    return Progress(
        "running",
        hosts={name: HostProgress(stage) for name, stage in stages.items()},
        waves_finished=tuple(range(finished)),
    )


def test_every_stage_is_a_state() -> None:
    stages = [kind.removeprefix("host_") for kind in HOST_KINDS]
    told = [state_of(at(a=stage), "a") for stage in stages]
    assert told == ["fetched", "waiting", "staging", "staged", "rebooting", "verified", "failed", "back", "back"]
    assert state_of(at(), "a") == "waiting"


def test_states_are_counted_in_their_order() -> None:
    found = tally("abcdef", at(a="verified", b="failed", c="rebooting", d="verified"))
    assert list(found.items()) == [("waiting", 2), ("rebooting", 1), ("verified", 2), ("failed", 1)]


@pytest.mark.parametrize(
    "progress, wave, spent, left",
    [
        (at(), 0, 0, 160 + 360 + 360),
        (at(a="rebooting"), 0, 100, 60 + 360 + 360),
        (at(a="rebooting"), 0, 1000, 360 + 360),
        (at(1, a="verified"), 0, 100, 360 + 360),
        (at(1, a="verified", b="verified", c="staged"), 1, 60, 300 + 360),
        (at(2, a="verified", b="failed", c="verified", d="verified", e="verified"), 2, 0, 360),
        (at(2, a="verified", b="failed", c="verified"), 1, 0, 360),
        (at(3, a="verified", b="verified", c="verified", d="verified", e="verified", f="back"), 2, 9, 0),
    ],
)
def test_time_left(progress: Progress, wave: int, spent: float, left: float) -> None:
    assert time_left(PLAN, WALK, progress, PACE, wave, spent) == left


def test_the_line() -> None:
    assert render_tally(PLAN, WALK, at(1, a="verified", b="rebooting", c="rebooting"), PACE, 1, 60) == (
        "  the run: 3 waiting, 2 rebooting, 1 verified of 6; about 11 min left"
    )
    assert render_tally(PLAN, WALK[:1], at(1, a="verified"), PACE, 0, 60) == "  the run: 1 verified of 1"
