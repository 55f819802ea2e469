"""Which waves a run walks, whose batch is whose, what a wave still needs, and how a run ends."""

from __future__ import annotations

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.resume import Turn
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.rollout import (
    Leg,
    Work,
    ending,
    gate,
    leg_of,
    legs,
    order,
    work,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import FleetPlan, PlannedHost, Target, Wave
from ansible_collections.atomic.fleet.plugins.module_utils._model.gate import Gate
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Deployment, Health, HostState
from ansible_collections.atomic.fleet.plugins.module_utils._model.journal import HostProgress, Progress
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Policy

TARGET = Target("b" * 64, "2.0")
WAVES = (Wave("canary.1", ("a",)), Wave("canary.2", ("b",)), Wave("wave 1", ("c", "d")))
HOSTS = tuple(PlannedHost(name, "update", "1.0 to 2.0", TARGET, "a" * 64, "1.0") for name in "abcd")
PLAN = FleetPlan("demo", (TARGET,), Policy(), (*HOSTS, PlannedHost("e", "none", "runs 2.0")), WAVES)
ALL = legs(PLAN, "abcde")
GATES = ("deployment", "failed_units", "greenboot")


@pytest.mark.parametrize(
    "allowed, without, walk",
    [
        ("abcde", False, [(0, "a"), (1, "b"), (2, "cd")]),
        ("dcba", False, [(0, "a"), (1, "b"), (2, "cd")]),
        ("abd", False, [(0, "a"), (1, "b"), (2, "d")]),
        ("ab", False, [(0, "a"), (1, "b")]),
        ("cd", True, [(2, "cd")]),
        ("bd", True, [(1, "b"), (2, "d")]),
        ("ez", False, []),
        ("", False, []),
    ],
)
def test_limited_waves_keep_their_place(allowed: str, without: bool, walk: list[tuple[int, str]]) -> None:
    assert legs(PLAN, allowed, without) == tuple(Leg(index, tuple(names)) for index, names in walk)


@pytest.mark.parametrize("allowed, missing", [("cd", "a, b"), ("bcd", "a"), ("a", "b")])
def test_canary_may_not_be_cut_off(allowed: str, missing: str) -> None:
    with pytest.raises(ArgumentError, match=f"^--limit cuts off the canary {missing}: .*allow_limited_canary=true"):
        legs(PLAN, allowed)


@pytest.mark.parametrize("batch, index", [("a", 0), ("b", 1), ("cd", 2)])
def test_batch_is_a_wave(batch: str, index: int) -> None:
    assert leg_of(PLAN, ALL, batch) == ALL[index]


@pytest.mark.parametrize("batch", ["", "ab", "c", "dc", "cde", "z", "abcd"])
def test_any_other_batch_is_refused(batch: str) -> None:
    with pytest.raises(ArgumentError, match="is not a wave of the plan for demo, so nothing was touched"):
        leg_of(PLAN, ALL, batch)


def test_order_is_that_of_the_waves() -> None:
    assert order(legs(PLAN, "dacb")) == ["a", "b", "c", "d"]


def at(**stages: str) -> Progress:
    return Progress("running", hosts={name: HostProgress(stage, reason="red") for name, stage in stages.items()})


@pytest.mark.parametrize(
    "do, stage, where",
    [
        ("stage", None, "stage"),
        ("reboot", "staged", "stage"),
        ("verify", "rebooting", "verify"),
        ("verify", None, "verify"),
        ("lost", "rebooting", "verify"),  # it may be on its way: it is waited for
        ("lost", "staged", "failed"),
        ("lost", None, "failed"),
        ("fell_back", "rebooting", "failed"),
        ("changed", None, "failed"),
        ("missing", None, "failed"),
        ("go_back", "going_back", "go_back"),
        ("leave", "failed", None),
        ("finished", "verified", None),
    ],
)
def test_what_a_wave_still_needs(do: str, stage: str | None, where: str | None) -> None:
    left = {"c": Turn("c", do, "why"), "d": Turn("d", "finished")}
    found = work(ALL[2], left, at(**({"c": stage} if stage else {})))
    assert found.any is (where is not None)
    assert {name: list(getattr(found, name)) for name in ("stage", "verify", "go_back", "failed")} == {
        name: ["c"] if name == where else [] for name in ("stage", "verify", "go_back", "failed")
    }


def test_nothing_is_work() -> None:
    assert not Work().any


def state(checksum: str, **health: object) -> HostState:
    deployments = (Deployment(checksum * 64, "lab", version="9", booted=True),) if checksum else ()
    return HostState("h", "ostree", "one", deployments, Health(**{"system": "running", **health}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "seen, gates, told",
    [
        (state("b", greenboot="green"), GATES, None),
        (state("a"), GATES, "it runs 9 instead of 2.0"),
        (state(""), GATES, "it runs nothing instead of 2.0"),
        (state("a"), ("greenboot",), None),
        (state("b", failed_units=("x.service",)), GATES, "failed units: x.service"),
        (state("b", failed_units=("x.service",)), ("deployment",), None),
        (state("b", greenboot="red"), GATES, "greenboot says red"),
        (state("b", greenboot="red", failed_units=("x.service",)), GATES, "failed units: x.service"),
        (state("b", greenboot="red"), ("deployment", "failed_units"), None),
        (state("b", system="starting"), (), "systemd says starting"),  # it never finished its boot
        (state("b", system="maintenance"), GATES, "systemd says maintenance"),
    ],
)
def test_gates(seen: HostState, gates: tuple[str, ...], told: str | None) -> None:
    assert gate(Target("b" * 64, "2.0"), seen, [Gate(kind) for kind in gates]) == told


@pytest.mark.parametrize(
    "progress, walked, outcome, sentence",
    [
        (at(a="verified", b="verified", c="verified", d="verified"), "abcd", "done",
         "Done: 4 of 4 hosts run the target."),
        (at(a="verified", b="verified"), "ab", "done",
         "Done: 2 of 2 hosts run the target. 2 more of the plan were left out by --limit."),
        (at(), "", "done", "Nothing to do: no host of this run is to be changed."),
        (at(), "e", "done", "Nothing to do: no host of this run is to be changed."),
        (at(a="verified", b="verified", c="verified"), "abcd", "aborted",
         "Not complete: 3 of 4 hosts run the target (d: not begun)."),
        (at(a="verified", b="verified", c="failed", d="staged"), "abcd", "aborted",
         "Not complete: 2 of 4 hosts run the target (c: red, d: red)."),
        (Progress("halted", reason="No room."), "abcd", "halted", "Stopped: No room. 0 of 4 hosts run the target."),
        (Progress("halted", hosts={"a": HostProgress("went_back")}, reason="Red."), "abcd", "rolled_back",
         "Stopped: Red. 0 of 4 hosts run the target, a went back."),
        (Progress("interrupted", reason="SIGINT"), "abcd", "interrupted",
         "Interrupted (SIGINT): 0 of 4 hosts run the target; run apply again and it goes on."),
        (Progress("waiting", hosts={"a": HostProgress("verified")}, reason="wave 1 waits: paused."), "abcd", "waiting",
         "Waiting: wave 1 waits: paused. 1 of 4 hosts run the target."),
    ],
)  # fmt: skip
def test_ending(progress: Progress, walked: str, outcome: str, sentence: str) -> None:
    end = ending(PLAN, progress, walked)
    assert (end.outcome, end.sentence) == (outcome, sentence)
    assert end.good is (outcome in ("done", "waiting"))
    assert end.complete is (outcome == "done")
