"""Which hosts a rollout keeps from updating themselves, and which it lets go at its end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.holds import needs_hold, owner, to_release
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import (
    FleetPlan,
    PlannedHost,
    Snapshot,
    SnapshotHost,
    Target,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Hold, HostState
from ansible_collections.atomic.fleet.plugins.module_utils._model.journal import HostProgress, Progress
from ansible_collections.atomic.fleet.plugins.module_utils._model.layer import Layer
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Policy

PLAN = FleetPlan("demo", (), Policy(), (PlannedHost("a", "update", "", Target("c" * 64)),), ())
OURS = Hold("fleet demo", "plan-1", units=("zincati.service",))
THEIRS = Hold("somebody", None, units=("zincati.service",))


def host(hold: Hold | None = None, driver: str | None = None) -> HostState:
    return HostState("a", "rpm-ostree", "boot", (), update_driver=driver, hold=hold)


@pytest.mark.parametrize(
    "state, needed",
    [
        (host(), False),
        (host(driver="zincati.service"), True),
        (host(OURS), False),
        (host(replace(OURS, plan="plan-0")), True),
        (host(replace(OURS, missing=("/etc",))), True),
        (host(THEIRS), False),
        (host(THEIRS, "zincati.service"), False),
    ],
)
def test_who_is_held(state: HostState, needed: bool) -> None:
    assert needs_hold(state, PLAN, "plan-1") is needed


@pytest.mark.parametrize(
    "hold, stage, undo, released",
    [
        (OURS, "verified", False, True),
        (replace(OURS, plan="plan-0"), "verified", False, True),
        (OURS, "went_back", False, False),
        (OURS, "verified", True, False),
        (THEIRS, "verified", False, False),
        (None, "verified", False, False),
    ],
)
def test_who_is_let_go(hold: Hold | None, stage: str, undo: bool, released: bool) -> None:
    progress = Progress(hosts={"a": HostProgress(stage)})
    seen = Snapshot((SnapshotHost("a", host(hold)), SnapshotHost("b", None, "away")))
    assert bool(to_release(replace(PLAN, undo=undo), progress, seen)) is released


def test_layering_lets_nobody_go() -> None:
    """What is held after a way back of the system stays so until a newer system came through."""
    layering = replace(PLAN, targets=(Target("c" * 64, layers=(Layer("tools"),)),))
    seen = Snapshot((SnapshotHost("a", host(OURS)),))
    assert to_release(layering, Progress(hosts={"a": HostProgress("verified")}), seen) == {}


def test_a_later_rollout_of_the_fleet_has_the_same_name() -> None:
    assert owner(PLAN) == owner(replace(PLAN, undo=True)) == OURS.owner
