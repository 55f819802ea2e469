"""Everything goes back: who, in which portions, by which policy, and what is told of the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.journal import fold
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.judge import fitting, may_go_on
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.resume import Turn, changed_hosts, check_opening
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.rollout import ending
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.way_back import (
    portion,
    prepared,
    rolls_back_all,
    to_undo,
    undo_policy,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import (
    FleetPlan,
    PlannedHost,
    SnapshotHost,
    Target,
    Wave,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Deployment, HostState
from ansible_collections.atomic.fleet.plugins.module_utils._model.journal import Event, HostProgress, Progress
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Amount, Group, Policy
from ansible_collections.atomic.fleet.plugins.module_utils._model.window import Window

TARGET = Target("b" * 64, "2.0", "lab:stable")
WAVES = (Wave("canary", ("a1",)), Wave("wave 1", ("a2", "b1")), Wave("wave 2", ("b2", "b3")))
WHERE = {name: index for index, wave in enumerate(WAVES) for name in wave.hosts}
ALL = Policy(on_failure="rollback_all", max_unavailable=Amount(2), prefetch="locked")
HOSTS = tuple(
    PlannedHost(name, "update", "", TARGET, "a" * 64, "1.0", wave=wave, domains={"zone": name[0]})
    for name, wave in sorted(WHERE.items())
)


def make(policy: Policy = ALL) -> FleetPlan:
    return FleetPlan("demo", (TARGET,), policy, HOSTS, WAVES)


def at(**stages: str) -> Progress:
    hosts = {name: HostProgress(stage, WHERE[name]) for name, stage in stages.items()}
    touched = tuple(name for name, stage in stages.items() if stage != "prefetched")
    return Progress("running", hosts=hosts, touched=touched, undoing=True)


@pytest.mark.parametrize("on_failure, everything", [("halt", False), ("rollback_wave", False), ("rollback_all", True)])
def test_policies_that_take_everything_back(on_failure: str, everything: bool) -> None:
    plan = make(replace(ALL, on_failure=on_failure))
    assert rolls_back_all(plan) is everything
    # a budget that is spent before a wave begins has the same consequence as in the middle of one
    assert may_go_on(plan, 1, ["b3"]).action == ("rollback_all" if everything else "halt")


def test_who_goes_back_the_last_first_and_where_a_stage_is_dropped() -> None:
    progress = at(a1="verified", a2="went_back", b1="verified", b2="failed", b3="prefetched")
    assert to_undo(make(), progress) == ("b2", "b1", "a1")
    assert prepared(make(), progress) == ("b3",)
    assert prepared(make(replace(ALL, prefetch="pull")), progress) == ()


STATES: list[tuple[str, str, str]] = [
    # the journal's stage, what is left of its turn -> where it comes
    ("verified", "finished", "rebooted"),
    ("failed", "verify", "rebooted"),
    ("going_back", "go_back", "rebooted"),
    ("prefetched", "reboot", "still"),
    ("staged", "stage", "still"),
    ("failed", "leave", "still"),
    ("going_back", "leave", "still"),
    ("going_back", "lost", "still"),  # it may be on its way
    ("verified", "changed", "still"),  # somebody took it back already
    ("failed", "changed", "left"),  # it runs something else altogether
    ("verified", "lost", "left"),
    ("verified", "missing", "left"),
]


@pytest.mark.parametrize("stage, do, where", STATES)
def test_a_host_in_a_portion(stage: str, do: str, where: str) -> None:
    turns = {"b1": Turn("b1", do, "no route")}
    now = portion(make(), at(b1=stage), turns, (), ["b1"])
    assert now.hosts == (() if where == "left" else ("b1",))
    assert now.left == ({"b1": "no route"} if where == "left" else {})
    # without room only what needs a reboot waits
    full = portion(make(), at(b1=stage), turns, ("a1", "a2"), ["b1"])
    told = {"b1": "2 of at most 2 unavailable in the fleet"}
    assert full.waiting == (told if where == "rebooted" else {})


@given(
    st.lists(st.sampled_from([do for _stage, do, where in STATES if where == "rebooted"]), min_size=5, max_size=5),
    st.sets(st.sampled_from(sorted(WHERE))),
    st.integers(1, 3),
)
def test_no_portion_ever_breaks_a_limit_and_all_have_their_turn(dos: list[str], away: set[str], most: int) -> None:
    plan = make(replace(ALL, max_unavailable=Amount(most), domains={"zone": Amount(1)}))
    stages = {"finished": "verified", "verify": "failed", "go_back": "going_back"}
    turns = {name: Turn(name, do) for name, do in zip(sorted(WHERE), dos, strict=True)}
    progress = at(**{name: stages[turn.do] for name, turn in turns.items()})
    names = list(to_undo(plan, progress))
    while names:
        now = portion(plan, progress, turns, away, names)
        gone = {*away, *now.hosts}
        taken = [name for name in now.hosts if name not in away]
        assert not taken or len(gone) <= most
        for zone in "ab":
            if any(name[0] == zone for name in taken):
                assert sum(name[0] == zone for name in gone) <= 1
        assert {*now.hosts, *now.waiting} == set(names)
        if not now.hosts:
            assert fitting(plan, away, names)[0] == ()
            break
        names = list(now.waiting)


def test_policy_of_a_way_back_is_the_plans_own_but_waits_for_nothing() -> None:
    own = Policy(max_unavailable=Amount(1), windows=(Window(0, 60),), on_failure="rollback_all", bake_time=5)
    assert undo_policy(own) == Policy(max_unavailable=Amount(1), on_failure="rollback_wave", bake_time=5)
    group = Group({"pool": "db"}, own)
    assert undo_policy(Policy(groups=(group,))) == Policy(groups=(Group({"pool": "db"}, undo_policy(own)),))
    assert undo_policy(Policy(on_failure="halt")) == Policy(on_failure="halt")


def events(*kinds: str) -> list[Event]:
    return [Event(kind, "2026-11-24T03:00:00Z", "run-1", data={"reason": "It failed."}) for kind in kinds]


@pytest.mark.parametrize(
    "kinds, undoing",
    [
        (["opened", "wave_begun"], False),
        (["opened", "rollback_begun"], True),
        (["opened", "rollback_begun", "halted"], True),
        (["opened", "rollback_begun", "halted", "opened"], True),
        (["opened", "rollback_begun", "halted", "closed"], False),
    ],
)
def test_a_way_back_is_owed_until_a_run_is_closed(kinds: list[str], undoing: bool) -> None:
    progress = fold(events(*kinds))
    assert progress.undoing is undoing
    spent = replace(progress, failed=("b2",))
    if undoing:
        assert check_opening(make(), spent, anew=False) is False
        assert check_opening(make(), spent, anew=True) is True


def test_what_is_told_at_the_end() -> None:
    progress = replace(
        at(a1="verified", a2="went_back", b1="went_back", b2="failed"), state="halted", reason="It failed."
    )
    hosts: dict[str, Any] = {**progress.hosts, "b2": HostProgress("failed", 2, "unreachable: no route", lost=True)}
    end = ending(make(), replace(progress, hosts=hosts), sorted(WHERE))
    assert end.outcome == "rolled_back"
    assert end.sentence == (
        "Stopped: It failed. 1 of 5 hosts run the target, a2, b1 went back. 2 still to go back (b2: unreachable: no "
        "route, a1: it runs the target): atomic.fleet.rollback takes them when it can."
    )


def seen(name: str, checksum: str) -> SnapshotHost:
    return SnapshotHost(name, HostState(name, "ostree", "one", (Deployment(checksum, "lab", booted=True),)))


@pytest.mark.parametrize(
    "stage, runs, counts",
    [
        ("verified", "b", True),
        ("failed", "a", True),  # it may come up with it yet
        ("staged", "a", False),
        ("staged", "b", True),  # somebody rebooted it
        ("prefetched", "b", True),
        ("went_back", "a", False),
        ("went_back", "b", True),
        (None, "b", False),  # nothing of ours
    ],
)
def test_whom_a_rollback_of_the_fleet_looks_at(stage: str | None, runs: str, counts: bool) -> None:
    progress = at(**({"b1": stage} if stage else {}))
    found = changed_hosts(make(), progress, {"b1": seen("b1", runs * 64)})
    assert [host.name for host in found] == (["b1"] if counts else [])


@pytest.mark.parametrize(
    "away, elsewhere, hosts, passing",
    [
        ((), (), ("b1",), False),
        ((), ("a1",), ("b1",), False),
        ((), ("a1", "a2"), (), True),
        (("a1", "a2"), (), (), False),
        # what another cell reboots was seen to be down, and will be back
        (("a1", "a2"), ("a1",), (), True),
        (("a1", "a2"), ("b3",), (), False),
    ],
)
def test_portion_beside_other_cells(
    away: tuple[str, ...], elsewhere: tuple[str, ...], hosts: tuple[str, ...], passing: bool
) -> None:
    turns = {"b1": Turn("b1", "finished", "")}
    now = portion(make(), at(b1="verified"), turns, away, ["b1"], elsewhere)
    assert (now.hosts, now.passing) == (hosts, passing)
