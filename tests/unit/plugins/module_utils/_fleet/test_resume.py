"""What is left of a plan, as a table of what the journal says and what the host says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.resume import (
    changed_hosts,
    check_debt,
    check_fresh,
    check_opening,
    owed,
    remaining,
    to_go_back,
    turn,
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
from ansible_collections.atomic.fleet.plugins.module_utils._model.journal import HostProgress, Progress
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Amount, Policy

OLD = Deployment("a" * 64, "lab", version="1.0", booted=True)
NEW = Deployment("b" * 64, "lab", version="2.0")
ODD = Deployment("c" * 64, "lab", version="odd", booted=True)
TARGET = Target("b" * 64, "2.0")


def planned(name: str) -> PlannedHost:
    return PlannedHost(name, "update", "1.0 to 2.0", TARGET, "a" * 64, "1.0", wave=0)


def seen(*deployments: Deployment, boot_id: str = "one", name: str = "h") -> SnapshotHost:
    return SnapshotHost(name, HostState(name, "ostree", boot_id, deployments))


ON_OLD, ON_NEW = seen(OLD), seen(replace(NEW, booted=True), replace(OLD, booted=False))
STAGED = seen(replace(NEW, staged=True), OLD)
FALLEN = seen(OLD, NEW, boot_id="two")
GONE = SnapshotHost("h", None, "no route")


@pytest.mark.parametrize(
    "stage, host, do",
    [
        (None, ON_OLD, "stage"),
        (None, STAGED, "reboot"),
        (None, seen(NEW, OLD), "reboot"),
        (None, seen(OLD, NEW), "stage"),  # it is on disk, but would not boot next
        (None, ON_NEW, "verify"),
        (None, seen(ODD), "changed"),
        (None, seen(), "changed"),
        (None, GONE, "lost"),
        (None, None, "missing"),
        ("intended", ON_OLD, "stage"),
        ("intended", STAGED, "reboot"),
        ("staged", STAGED, "reboot"),
        ("staged", ON_OLD, "stage"),  # a stage is lost in a reboot nobody asked for
        ("rebooting", STAGED, "reboot"),  # the same boot: the reboot never happened
        ("rebooting", FALLEN, "fell_back"),
        ("rebooting", ON_NEW, "verify"),
        ("rebooting", GONE, "lost"),
        ("verified", ON_NEW, "finished"),
        ("verified", ON_OLD, "changed"),
        ("verified", GONE, "lost"),
        ("failed", ON_NEW, "verify"),
        ("failed", ON_OLD, "leave"),
        ("failed", STAGED, "leave"),
        ("going_back", ON_NEW, "go_back"),
        ("going_back", ON_OLD, "leave"),
        ("went_back", ON_OLD, "leave"),
        ("went_back", ON_NEW, "changed"),
        ("went_back", seen(ODD), "changed"),
    ],
)
def test_turn(stage: str | None, host: SnapshotHost | None, do: str) -> None:
    known = HostProgress(stage, 0, "", "one") if stage else None
    assert turn(planned("h"), known, host).do == do


def test_reboot_whose_boot_was_not_noted_is_not_taken_for_a_fall_back() -> None:
    assert turn(planned("h"), HostProgress("rebooting", 0, "", None), FALLEN).do == "stage"


WAVES = (Wave("canary", ("a",)), Wave("wave 1", ("b", "c")))
PLAN = FleetPlan("demo", (TARGET,), Policy(), tuple(planned(name) for name in "abc"), WAVES)


def progress(state: str = "running", begun: int = 0, finished: int = 0, failed: str = "", **stages: str) -> Progress:
    return Progress(
        state,
        hosts={name: HostProgress(stage, 0, "red", "one") for name, stage in stages.items()},
        waves_begun=tuple(range(begun)),
        waves_finished=tuple(range(finished)),
        failed=tuple(failed),
        touched=tuple(stages),
    )


def test_what_is_left_after_a_controller_was_killed_in_the_middle_of_a_wave() -> None:
    hosts = (replace(ON_NEW, name="a"), replace(ON_NEW, name="b"), replace(STAGED, name="c"))
    left = remaining(PLAN, progress(begun=2, finished=1, a="verified", b="rebooting", c="staged"), Snapshot(hosts))
    assert {name: one.do for name, one in left.items()} == {"a": "finished", "b": "verify", "c": "reboot"}
    check_fresh(PLAN, left)


def test_plan_older_than_the_fleet_is_refused_with_the_host_named() -> None:
    hosts = (replace(seen(ODD), name="a"), replace(ON_OLD, name="b"))
    left = remaining(PLAN, Progress(), Snapshot(hosts))
    with pytest.raises(ArgumentError, match=r"names hosts that are no longer there \(c: it is not in the snapshot\)"):
        check_fresh(PLAN, left)
    told = r"^The plan for demo is older than the fleet \(a: it runs odd, neither 1\.0 nor 2\.0\); make a new plan\.$"
    with pytest.raises(ArgumentError, match=told):
        check_fresh(PLAN, left, ["a", "b"])
    check_fresh(PLAN, left, ["b", "unknown"])


@pytest.mark.parametrize(
    "state, failed, asked, anew",
    [
        ("new", "", False, True),
        ("rolled_back", "a", True, True),
        ("rolled_back", "", False, False),
        ("aborted", "a", False, True),
        ("running", "", False, False),
        ("running", "a", False, False),
        ("interrupted", "a", False, False),
        ("waiting", "", False, False),
        ("waiting", "a", False, False),
        ("halted", "", False, False),
        ("halted", "a", True, True),
        ("running", "", True, True),
    ],
)
def test_opening(state: str, failed: str, asked: bool, anew: bool) -> None:
    assert check_opening(PLAN, progress(state, failed=failed), asked) is anew


def test_halted_plan_without_budget_is_not_taken_up_again() -> None:
    with pytest.raises(ArgumentError, match=r"no failure budget left \(1 failed where 0 may\); make another plan, or"):
        check_opening(PLAN, progress("halted", failed="a"), False)
    generous = replace(PLAN, policy=Policy(failure_budget=Amount(1)))
    assert check_opening(generous, progress("halted", failed="b"), False) is False
    with pytest.raises(ArgumentError, match=r"was stopped at its canary \(a\); make another plan, or"):
        check_opening(generous, progress("halted", failed="a"), False)


def test_plan_that_was_aborted_in_the_middle_of_its_canary_still_owes_the_decision() -> None:
    aborted = replace(progress(begun=1, failed="a", a="failed"), state="halted")
    assert check_opening(PLAN, aborted, False) is False
    assert owed(PLAN, aborted)[1].action == "rollback_wave"


def test_run_that_was_killed_after_it_had_halted_is_still_to_be_closed() -> None:
    killed = replace(progress("halted", begun=1, finished=1, failed="a", a="went_back"), open=True)
    assert owed(PLAN, killed)[0] is None
    assert check_opening(PLAN, killed, False) is False


def test_plan_that_was_rolled_back_is_not_tried_again_unasked() -> None:
    with pytest.raises(ArgumentError, match=r"no failure budget left \(1 failed where 0 may\); make another plan, or"):
        check_opening(PLAN, progress("rolled_back", failed="a"), False)


@pytest.mark.parametrize(
    "verified, hosts, anew",
    [
        ("abc", (ON_NEW, ON_NEW, ON_NEW), False),
        ("abc", (ON_NEW, ON_NEW, ON_OLD), True),
        ("abc", (ON_NEW, ON_NEW, GONE), False),
        ("ab", (ON_NEW, ON_NEW, ON_OLD), False),  # the rest was left out by --limit
        ("ab", (ON_NEW, ON_OLD, ON_OLD), False),
    ],
)
def test_plan_that_was_done_starts_over_only_when_it_was_undone(
    verified: str, hosts: tuple[SnapshotHost, ...], anew: bool
) -> None:
    snapshot = Snapshot(tuple([replace(host, name=name) for name, host in zip("abc", hosts, strict=True)]))
    done = progress("done", **dict.fromkeys(verified, "verified"))
    assert check_opening(PLAN, done, False, snapshot) is anew


def test_limit_may_not_leave_out_a_wave_that_has_to_be_dealt_with() -> None:
    killed = progress(begun=1, failed="a", a="failed")
    check_debt(PLAN, killed, [0, 1])
    with pytest.raises(ArgumentError, match=r"stopped before canary had been dealt with .*; widen the limit\.$"):
        check_debt(PLAN, killed, [1])
    check_debt(PLAN, progress(begun=1, a="rebooting"), [1])


@pytest.mark.parametrize(
    "done, wave, action",
    [
        (Progress(), None, "go_on"),
        (progress(begun=1, finished=1, a="verified"), None, "go_on"),
        (progress(begun=1, a="rebooting"), 0, "go_on"),
        (progress(begun=1, failed="a", a="failed"), 0, "rollback_wave"),
        (progress(begun=1, failed="a", a="going_back"), 0, "rollback_wave"),
        (progress(begun=2, finished=1, a="verified", b="verified", c="intended"), 1, "go_on"),
        (progress(begun=2, finished=1, failed="b", a="verified", b="failed", c="verified"), 1, "rollback_wave"),
        (progress(begun=2, finished=1, failed="b", b="went_back", c="verified"), 1, "rollback_wave"),
    ],
)
def test_what_a_killed_run_owes(done: Progress, wave: int | None, action: str) -> None:
    found, decision = owed(PLAN, done)
    assert (found, decision.action) == (wave, action)


def test_hosts_a_wave_takes_back_and_a_rollback_looks_at() -> None:
    done = progress(a="verified", b="failed", c="intended")
    assert to_go_back(PLAN, done, 1) == ("b", "c")
    # it was changed by somebody else before anything of ours was done to it
    assert to_go_back(PLAN, replace(done, touched=("a", "c")), 1) == ("c",)
    assert to_go_back(PLAN, progress(b="went_back", c="staged"), 1) == ("c",)
    assert [host.name for host in changed_hosts(PLAN, done, {})] == ["a", "b"]
