"""What the planner makes of one host, as a table of states."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.choice import (
    choose,
    few,
    lacks_space,
    unavailable,
    way_back,
    way_to,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import SnapshotHost, Target
from ansible_collections.atomic.fleet.plugins.module_utils._model.gate import Gate
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import (
    Deployment,
    Health,
    HostState,
    Remote,
    Space,
)
from ansible_collections.atomic.fleet.plugins.module_utils._parse.gates import key_of

GIB = 1024**3
OLD = Deployment("a" * 64, "lab", version="1.0", refspec="lab:stable", booted=True)
NEW = Deployment("b" * 64, "lab", version="2.0", refspec="lab:stable")
ODD = Deployment("c" * 64, "lab", version="odd")
TARGET = Target("b" * 64, "2.0", "lab:stable")
STATE = HostState("h", "ostree", "boot", (OLD,), Health("running"), remotes=(Remote("lab", "http://lab/"),))


@pytest.mark.parametrize(
    "state, target, action, reason",
    [
        (None, TARGET, "skip", "unreachable: no route"),
        (STATE, None, "skip", "no target was given for this host"),
        (replace(STATE, backend="bootc"), TARGET, "skip", "is a host of bootc, the target is for ostree"),
        (replace(STATE, backend=""), TARGET, "skip", "is no ostree host"),
        (replace(STATE, deployments=()), TARGET, "skip", "runs no deployment"),
        (replace(STATE, deployments=(NEW,)), TARGET, "skip", "runs no deployment"),
        (replace(STATE, remotes=()), TARGET, "skip", "has no remote lab to get 2.0 from"),
        (replace(STATE, remotes=()), replace(TARGET, refspec=None), "update", "1.0 to 2.0"),
        (STATE, TARGET, "update", "1.0 to 2.0"),
        (STATE, Target("b" * 64), "update", "1.0 to bbbbbbbbbbbb"),
        (replace(STATE, deployments=(NEW, OLD), remotes=()), TARGET, "update", "1.0 to 2.0, on disk already"),
        (replace(STATE, deployments=(replace(NEW, staged=True), OLD)), TARGET, "update", "1.0 to 2.0, on disk already"),
        (replace(STATE, deployments=(replace(NEW, booted=True),)), TARGET, "none", "runs 2.0 already"),
        (
            replace(STATE, deployments=(ODD, replace(NEW, booted=True))),
            TARGET,
            "none",
            "runs 2.0 already, but would boot odd next",
        ),
        (
            replace(STATE, deployments=(replace(ODD, staged=True, locked=True), replace(NEW, booted=True))),
            TARGET,
            "none",
            "runs 2.0 already",
        ),
    ],
)
def test_choice(state: HostState | None, target: Target | None, action: str, reason: str) -> None:
    made = choose(SnapshotHost("h", state, None if state else "no route"), target)
    assert (made.action, made.reason) == (action, reason)


@pytest.mark.parametrize(
    "state, target, way",
    [
        (STATE, Target("a" * 64), "on_disk"),
        (STATE, TARGET, "fetchable"),
        (STATE, replace(TARGET, refspec="other:stable"), "gone"),
        (replace(STATE, deployments=(OLD, NEW), remotes=()), TARGET, "on_disk"),
    ],
)
def test_way_to_a_commit(state: HostState, target: Target, way: str) -> None:
    assert way_to(state, target) == way


@pytest.mark.parametrize("state, way", [(None, None), (STATE, "on_disk"), (replace(STATE, deployments=(NEW,)), None)])
def test_way_back(state: HostState | None, way: str | None) -> None:
    assert way_back(state) == way


WEB = Gate("units", {"names": ("web.service",)})
EVERY = ("deployment", "failed_units", "greenboot")


@pytest.mark.parametrize(
    "health, gates, why",
    [
        (Health("running"), EVERY, None),
        (Health("unknown"), EVERY, None),
        (Health("degraded"), EVERY, None),
        (Health("starting"), EVERY, "systemd says starting"),
        (Health("maintenance"), (), "systemd says maintenance"),
        (Health("degraded", ("a.service", "b.service")), EVERY, "failed units: a.service, b.service"),
        (Health("degraded", ("a.service",)), ("greenboot",), None),
        (Health("running", (), "red"), EVERY, "greenboot says red"),
        (Health("running", (), "green"), EVERY, None),
        (Health("running", (), "red"), ("failed_units",), None),
    ],
)
def test_hosts_that_do_not_serve(health: Health, gates: tuple[str, ...], why: str | None) -> None:
    assert unavailable(SnapshotHost("h", replace(STATE, health=health)), [Gate(kind) for kind in gates]) == why


@pytest.mark.parametrize(
    "said, why",
    [
        ({key_of(WEB): ""}, None),
        ({key_of(WEB): "web.service is failed (failed)"}, "units: web.service is failed (failed)"),
        ({}, "units: it was not asked"),
    ],
)
def test_host_that_fails_a_gate_does_not_serve(said: dict[str, str], why: str | None) -> None:
    """Nor one that nobody asked, as with a snapshot that was made without the policy."""
    seen = SnapshotHost("h", replace(STATE, gates=said))
    assert unavailable(seen, [Gate("deployment"), WEB]) == why
    assert unavailable(seen, [Gate("failed_units")]) is None
    ill = SnapshotHost("h", replace(STATE, gates=said, health=Health("degraded", ("a.service",))))
    assert unavailable(ill, [WEB, Gate("failed_units")]) == "failed units: a.service"


def test_host_that_is_none_of_ours_fails_no_gate() -> None:
    assert unavailable(SnapshotHost("h", HostState("h", "", "", ())), [WEB]) is None


def test_host_that_was_not_seen_does_not_serve() -> None:
    assert unavailable(SnapshotHost("h", None, "no route"), ()) == "unreachable"


@pytest.mark.parametrize(
    "space, full",
    [
        ((), None),
        ((Space("/boot", GIB, GIB // 2), Space("/sysroot", 10 * GIB, 5 * GIB)), None),
        ((Space("/boot", GIB, 127 * 1024**2),), "/boot"),
        ((Space("/sysroot", 10 * GIB, 700 * 1024**2),), "/sysroot"),
        ((Space("/sysroot", 2 * GIB, 700 * 1024**2),), None),
        ((Space("/var", GIB, 0),), None),
    ],
)
def test_space(space: tuple[Space, ...], full: str | None) -> None:
    assert lacks_space(replace(STATE, space=space)) == full


@pytest.mark.parametrize("names, told", [([], ""), (["a", "b"], "a, b"), (["a", "b", "c"], "a, b and 1 more")])
def test_few(names: list[str], told: str) -> None:
    assert few(names, 2) == told
