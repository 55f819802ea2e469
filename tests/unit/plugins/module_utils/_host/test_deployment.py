"""What makes a deployment boot next: the decision as a table, and the talk that carries it out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError, HostError
from ansible_collections.atomic.fleet.plugins.module_utils._host.backend import Staging
from ansible_collections.atomic.fleet.plugins.module_utils._host.deployment import plan_deployment, predicted, stage
from ansible_collections.atomic.fleet.plugins.module_utils._host.wish import Exact, Wish, followed
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Deployment, HostState
from tests.unit.plugins.talking import LOST, answered, fixture, hold

REF = "lab:lab/x86_64/stable"
OLD = ("root", "stage")
NEW = ("lock-finalization", "root", "set-default", "stage")


def entry(label: str, *marks: str, refspec: str | None = REF) -> Deployment:
    return Deployment(label * 64, "os", 0, label, refspec, **dict.fromkeys(marks, True))


def host(*entries: Deployment, can: tuple[str, ...] = OLD, **more) -> HostState:
    return HostState("h1", "ostree", "boot-1", entries, capabilities=can, tool_version="2022.7", **more)


def exact(label: str, refspec: str | None = REF, back: bool = False) -> Exact:
    return Exact(label * 64, label, refspec, back)


A, B = entry("a"), entry("b")
RUNS_A = entry("a", "booted")
STAGED_B = entry("b", "staged")
HELD_B = entry("b", "staged", "locked")

CASES = {
    "runs and boots next": (host(RUNS_A, B), exact("a"), False, []),
    "to be fetched": (host(RUNS_A), exact("b"), False, ["pull", "keep_origin", "stage", "arm"]),
    "to be fetched and held": (host(RUNS_A), exact("b"), True, ["pull", "keep_origin", "stage", "arm", "lock"]),
    "held by ostree itself": (host(RUNS_A, can=NEW), exact("b"), True, ["pull", "keep_origin", "stage", "arm"]),
    "on disk": (host(RUNS_A, B), exact("b"), False, ["keep_origin", "stage", "arm"]),
    "on disk, follows nothing": (host(RUNS_A, B), exact("b", None), False, ["stage", "arm"]),
    "staged already": (host(STAGED_B, RUNS_A), exact("b"), False, []),
    "staged, to be held": (host(STAGED_B, RUNS_A), exact("b"), True, ["lock"]),
    "held, to be let go": (host(HELD_B, RUNS_A), exact("b"), False, ["unlock"]),
    "held already": (host(HELD_B, RUNS_A), exact("b"), True, []),
    "held, but another is wanted": (
        host(HELD_B, RUNS_A),
        exact("c"),
        False,
        ["pull", "keep_origin", "unlock", "stage", "arm"],
    ),
    "staged, follows another ref": (
        host(replace(STAGED_B, refspec="lab:other"), RUNS_A),
        exact("b"),
        False,
        ["keep_origin", "stage", "arm"],
    ),
    "runs, follows another ref": (host(RUNS_A), exact("a", "lab:other"), False, ["keep_origin", "stage", "arm"]),
    "runs, another is staged": (host(STAGED_B, RUNS_A), exact("a"), False, ["undeploy"]),
    "runs, another is held": (host(HELD_B, RUNS_A), exact("a"), False, ["undeploy", "unlock"]),
    "runs, another is held by ostree itself": (host(HELD_B, RUNS_A, can=NEW), exact("a"), False, ["undeploy"]),
    "runs, the boot loader fell back": (host(B, RUNS_A), exact("a"), False, ["undeploy"]),
    "runs, two stand before it": (host(STAGED_B, entry("c"), RUNS_A), exact("a"), False, ["undeploy", "undeploy"]),
    "boots next though not staged": (host(B, RUNS_A), exact("b"), False, []),
    "way back, staged anew": (host(RUNS_A, B), exact("b", back=True), False, ["keep_origin", "stage", "arm"]),
    "way back, made the default": (host(RUNS_A, B, can=NEW), exact("b", back=True), False, ["set_default"]),
    "way back, another is staged": (
        host(entry("c", "staged"), RUNS_A, B, can=NEW),
        exact("b", back=True),
        False,
        ["undeploy", "set_default"],
    ),
    "way back, taken already": (host(B, RUNS_A, can=NEW), exact("b", back=True), False, []),
}


@pytest.mark.parametrize("name", CASES)
def test_decision(name: str) -> None:
    state, wanted, lock, verbs = CASES[name]
    plan = plan_deployment(state, wanted, Staging(lock))
    assert [step.verb for step in plan.steps] == verbs
    assert plan.changed == bool(verbs)
    assert plan.reason
    assert all(step.argv and step.summary for step in plan.steps)
    assert all("--stage" in step.argv for step in plan.steps if "deploy" in step.argv)


@pytest.mark.parametrize("name", CASES)
def test_what_is_foretold_needs_no_more_steps(name: str) -> None:
    state, wanted, lock, verbs = CASES[name]
    after = predicted(state, wanted, Staging(lock)) if verbs else state
    assert plan_deployment(after, wanted, Staging(lock)).steps == ()


def test_indexes_count_from_the_back_so_that_they_stay_true() -> None:
    plan = plan_deployment(host(STAGED_B, entry("c"), RUNS_A), exact("a"))
    assert [step.argv[-1] for step in plan.steps] == ["1", "0"]


@pytest.mark.parametrize(
    "state, wanted, words",
    [
        (host(RUNS_A, can=("stage",)), exact("b"), "set become"),
        (host(RUNS_A, can=("root",)), exact("b"), "2022.7 cannot stage"),
        (replace(host(RUNS_A), backend="bootc"), exact("b"), "driven by bootc, which boots images"),
        (host(RUNS_A), exact("b", None), "no remote and ref say where it is"),
        (host(RUNS_A), exact("b", "local/ref"), "no remote and ref"),
        (host(entry("b", "pinned"), RUNS_A), exact("a"), "unpin it first"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(state: HostState, wanted: Exact, words: str) -> None:
    with pytest.raises(HostError, match=words) as caught:
        plan_deployment(state, wanted)
    assert caught.value.message.startswith("h1: ")


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({}, "exactly one"),
        ({"target": "latest", "version": "1"}, "exactly one"),
        ({"target": "newest"}, "latest or previous"),
        ({"version": "1\n2"}, "one line"),
        ({"checksum": "abc"}, "64 hexadecimal"),
        ({"target": "latest", "ref": "a b"}, "a ref is"),
        ({"target": "latest", "remote": "-x"}, "a remote's name"),
        ({"target": "previous", "ref": "a"}, "say nothing to it"),
    ],
)
def test_wishes_that_cannot_be(arguments: dict[str, str], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        Wish(**arguments)


@pytest.mark.parametrize(
    "origin, wish, expected",
    [
        (REF, {}, REF),
        (REF, {"ref": "x/y"}, "lab:x/y"),
        (REF, {"remote": "up"}, "up:lab/x86_64/stable"),
        (None, {"remote": "up", "ref": "x"}, "up:x"),
        (None, {"ref": "x"}, None),
        (None, {}, None),
        ("local/ref", {}, "local/ref"),
        ("local/ref", {"remote": "up", "ref": "x"}, "up:x"),
    ],
)
def test_what_is_followed(origin: str | None, wish: dict[str, str], expected: str | None) -> None:
    state = host(entry("a", "booted", refspec=origin))
    assert followed(state, Wish(target="latest", **wish)) == expected


BOOTED = fixture("ostree-2022.7-booted.txt")
STAGED = fixture("ostree-2022.7-staged.txt")
TWO = "5d643b5a5d03fcba93a22082e687a69ab4b96d13c5c4ed3181a080165920e83d"


def test_staging_takes_two_round_trips() -> None:
    done = answered(("launch", 0, ""), ("state", 0, "done"), ("rc", 0, "0"), ("out", 0, ""), body=STAGED)
    held = hold(stage("h1", Exact(TWO)), [answered(body=BOOTED), done])
    assert held.error is None
    assert [step.verb for step in held.value.plan.steps] == ["pull", "keep_origin", "stage", "arm"]
    assert held.value.after.staged.version == "2.0"
    assert f"lab/x86_64/stable@{TWO}" in held.asked[1].script
    assert not held.value.joined


def test_nothing_to_do_is_one_round_trip() -> None:
    held = hold(stage("h1", Exact(TWO)), [answered(body=STAGED)])
    assert held.value.plan.steps == ()
    assert held.value.before == held.value.after


def test_work_of_ours_is_waited_for_and_the_decision_made_again() -> None:
    busy = BOOTED.replace("@section units 0\n", "@section units 0\n|atomic-fleet-stage-1 active \n")
    held = hold(stage("h1", Exact(TWO)), [answered(body=busy), answered(body=busy), answered(body=STAGED)])
    assert held.value.plan.steps == ()
    assert [ask.note for ask in held.asked] == ["observe"] + 2 * ["wait for atomic-fleet-stage-1"]


def test_other_work_that_began_meanwhile_makes_it_look_again() -> None:
    held = hold(
        stage("h1", Exact(TWO)), [answered(body=BOOTED), answered(("busy", 0, "atomic-fleet-x")), answered(body=STAGED)]
    )
    assert held.value.plan.steps == ()


def test_a_result_that_is_not_what_was_staged_is_an_error() -> None:
    done = answered(("launch", 0, ""), ("state", 0, "done"), ("rc", 0, "0"), ("out", 0, ""), body=BOOTED)
    held = hold(stage("h1", Exact(TWO)), [answered(body=BOOTED), done])
    assert isinstance(held.error, HostError)
    assert "was to boot next, but 5.0 does" in held.error.message


def test_a_checksum_is_checked_before_anything_is_asked() -> None:
    held = hold(stage("h1", Exact("$(id)")), [])
    assert isinstance(held.error, ArgumentError)


def test_a_host_that_is_gone_is_unreachable() -> None:
    held = hold(stage("h1", Exact(TWO)), [LOST])
    assert type(held.error).__name__ == "UnreachableError"
    assert "Connection refused" in held.error.message
