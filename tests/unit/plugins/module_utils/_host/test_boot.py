"""Booting: the decision, the verdict, and the way back, as tables and talks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError, HostError, UnreachableError
from ansible_collections.atomic.fleet.plugins.module_utils._host.boot import (
    await_boot,
    boot,
    go_back,
    judge,
    plan_boot,
    predicted_boot,
    trigger_reboot,
)
from ansible_collections.atomic.fleet.plugins.module_utils._host.health import ailments
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Health, HostState
from ansible_collections.atomic.fleet.plugins.module_utils._model.talk import Reply
from tests.unit.plugins.module_utils._host.test_deployment import (
    HELD_B,
    NEW,
    RUNS_A,
    STAGED_B,
    A,
    B,
    entry,
    host,
)
from tests.unit.plugins.talking import LOST, answered, fixture, hold, observed

RUNS_B = entry("b", "booted")
FIVE, TWO = observed("ostree-2022.7-booted.txt"), observed("ostree-2022.7-staged.txt")
OLD_BOOT = Reply(rc=75)


@pytest.mark.parametrize(
    "state, verbs",
    [
        (host(RUNS_A, B), []),
        (host(STAGED_B, RUNS_A), ["arm", "reboot"]),
        (host(HELD_B, RUNS_A), ["unlock", "arm", "reboot"]),
        (host(B, RUNS_A), ["reboot"]),
    ],
)
def test_decision(state: HostState, verbs: list[str]) -> None:
    plan = plan_boot(state)
    assert [step.verb for step in plan.steps] == verbs
    if verbs:
        assert plan_boot(predicted_boot(state)).steps == ()
        assert plan.target == "b" * 64


@pytest.mark.parametrize("can, word", [(("root",), "rm"), (NEW, "ostree")])
def test_it_is_unlocked_as_the_host_can(can: tuple[str, ...], word: str) -> None:
    assert plan_boot(host(HELD_B, RUNS_A, can=can)).steps[0].argv[0] == word


@pytest.mark.parametrize(
    "state, expected, words",
    [
        (host(STAGED_B, RUNS_A), "c" * 64, "cccccccccccc was expected to boot, but b would"),
        (host(STAGED_B, RUNS_A), "a" * 64, "a is booted, but b would boot next"),
        (host(), None, "nothing that could boot"),
        (host(STAGED_B, RUNS_A, can=()), None, "only root"),
    ],
)
def test_what_cannot_be_is_one_sentence(state: HostState, expected: str | None, words: str) -> None:
    with pytest.raises(HostError, match=words):
        plan_boot(state, expected)


def came(*entries, boot_id: str = "boot-2", **health) -> HostState:
    return replace(host(*entries), boot_id=boot_id, health=Health(**{"system": "running", **health}))


BEFORE = replace(host(STAGED_B, RUNS_A), health=Health("degraded", ("known.service",)))


@pytest.mark.parametrize(
    "after, kind, words",
    [
        (came(RUNS_B, A), "well", "b came up"),
        (came(B, RUNS_A), "fell_back", "b did not come up: the host fell back to a"),
        (came(entry("c", "booted"), A), "wrong", "b was to come up, but c did"),
        (came(RUNS_B, A, boot_id="boot-1"), "wrong", "was not rebooted"),
        (came(RUNS_B, failed_units=("x.service",), system="degraded"), "unhealthy", "failed units: x.service"),
        (came(RUNS_B, failed_units=("known.service",), system="degraded"), "well", "b came up"),
        (came(RUNS_B, greenboot="red"), "unhealthy", "greenboot says red"),
        (came(RUNS_B, greenboot="green"), "well", "b came up"),
        (came(RUNS_B, system="starting"), "unhealthy", "systemd says starting"),
        (came(RUNS_B, system="maintenance"), "unhealthy", "systemd says maintenance"),
    ],
)
def test_verdict(after: HostState, kind: str, words: str) -> None:
    verdict = judge(BEFORE, after, "b" * 64)
    assert (verdict.kind, verdict.well) == (kind, kind == "well")
    assert words in verdict.reason


def test_only_the_named_checks_are_looked_at() -> None:
    after = came(RUNS_B, failed_units=("x.service",), greenboot="red")
    assert judge(BEFORE, after, "b" * 64, ("greenboot",)).reason.endswith("(greenboot says red)")
    assert judge(BEFORE, after, "b" * 64, ()).well
    with pytest.raises(ArgumentError, match="no health check 'x'"):
        ailments(after, ["x"])


TRIGGERED = answered(("boot-id", 0, ""), ("before", 0, ""), ("reboot", 0, ""))


@pytest.mark.parametrize(
    "reply, expected",
    [
        (TRIGGERED, True),
        (LOST, True),
        (answered(("boot-id", 1, "")), False),
        (answered(("boot-id", 0, ""), ("before", 0, ""), ("reboot", 1, "Access denied")), "Access denied"),
        (answered(("boot-id", 0, ""), ("before", 1, "rm: no")), "rm: no"),
    ],
)
def test_trigger(reply: Reply, expected: bool | str) -> None:
    state = host(HELD_B, RUNS_A)
    held = hold(trigger_reboot("h1", state, plan_boot(state)), [reply])
    assert "staged-deployment-locked" in held.asked[0].script
    if isinstance(expected, str):
        assert expected in held.error.message
    else:
        assert held.value is expected


def starting(name: str) -> Reply:
    text = fixture(name)
    head, rest = text.split("@section system", 1)
    return answered(body=head + "@section system 1\n|starting\n@section" + rest.split("@section", 1)[1])


def test_a_boot_is_waited_for_with_new_connections() -> None:
    body = fixture("ostree-2022.7-booted.txt")
    replies = [OLD_BOOT, LOST, LOST, starting("ostree-2022.7-booted.txt"), LOST, answered(body=body)]
    held = hold(await_boot("h1", "boot-1"), replies)
    assert held.value == FIVE
    assert all(ask.fresh for ask in held.asked)


@pytest.mark.parametrize("reply, words", [(LOST, "Connection refused"), (OLD_BOOT, "still runs the boot")])
def test_a_host_that_does_not_come_back(reply: Reply, words: str) -> None:
    held = hold(await_boot("h1", "boot-1", timeout=30), [reply] * 5, seconds=6)
    assert isinstance(held.error, UnreachableError)
    assert "did not come back within 30 s" in held.error.message
    assert words in held.error.message


def test_a_host_that_never_finishes_starting_is_taken_as_it_is() -> None:
    held = hold(await_boot("h1", "boot-1", settle=60), [starting("ostree-2022.7-booted.txt")] * 4, seconds=20)
    assert held.value.health.system == "starting"


def test_a_host_that_answers_nonsense_after_its_boot_is_an_error() -> None:
    held = hold(await_boot("h1", "boot-1"), [Reply(rc=1, err="sh: ostree: not found")])
    assert isinstance(held.error, HostError)


def done(name: str) -> Reply:
    return answered(("launch", 0, ""), ("state", 0, "done"), ("rc", 0, "0"), ("out", 0, ""), body=fixture(name))


def test_nothing_to_boot_is_no_reboot() -> None:
    held = hold(boot("h1"), [answered(body=fixture("ostree-2022.7-booted.txt"))])
    assert (held.value.plan.steps, held.value.verdict.kind, held.value.failure) == ((), "well", None)


def test_ill_health_without_a_boot_is_told_and_no_failure() -> None:
    held = hold(
        boot("h1", expected=observed("ostree-2022.7-unhealthy.txt").booted.checksum),
        [answered(body=fixture("ostree-2022.7-unhealthy.txt"))],
    )
    assert (held.value.verdict.kind, held.value.failure, held.value.rolled_back) == ("unhealthy", None, False)


UNHEALTHY = observed("ostree-2022.7-unhealthy.txt")


def before_unhealthy() -> HostState:
    """5.0 runs, 3.0-unhealthy is staged: as it was before the recorded answers."""
    staged = replace(UNHEALTHY.deployments[0], booted=False, staged=True)
    booted = replace(UNHEALTHY.deployments[1], booted=True)
    return replace(FIVE, deployments=(staged, booted), boot_id="boot-1")


def test_an_unhealthy_boot_is_undone() -> None:
    back = fixture("ostree-2022.7-back.txt")
    replies = [
        TRIGGERED,
        LOST,
        answered(body=fixture("ostree-2022.7-unhealthy.txt")),
        done("ostree-2022.7-way-back.txt"),
        TRIGGERED,
        answered(body=back),
    ]
    held = hold(boot("h1", state=before_unhealthy()), replies)
    booted = held.value
    assert (booted.rolled_back, booted.verdict.kind) == (True, "unhealthy")
    assert booted.failure.startswith(
        "h1: 3.0-unhealthy came up unhealthy (failed units: lab-required.service; greenboot says red)"
    )
    assert booted.failure.endswith("it runs 5.0 again, and boots it next")
    assert booted.after.booted.version == "5.0"
    assert not booted.after.reboot_required


def test_left_as_it_is_if_so_wished() -> None:
    replies = [TRIGGERED, answered(body=fixture("ostree-2022.7-unhealthy.txt"))]
    booted = hold(boot("h1", state=before_unhealthy(), back=False), replies).value
    assert (booted.rolled_back, booted.after.booted.version) == (False, "3.0-unhealthy")
    assert booted.failure


def test_a_way_back_that_fails_is_told_with_what_was_wrong() -> None:
    full = answered(("launch", 0, ""), ("state", 0, "done"), ("rc", 0, "1"), ("out", 0, "error: No space left"))
    replies = [TRIGGERED, answered(body=fixture("ostree-2022.7-unhealthy.txt")), full]
    booted = hold(boot("h1", state=before_unhealthy()), replies).value
    assert not booted.rolled_back
    assert "came up unhealthy" in booted.failure
    assert "the way back failed: h1: stage failed: error: No space left" in booted.failure


def test_after_a_fall_back_what_failed_is_taken_away_without_a_reboot() -> None:
    failed = replace(TWO.deployments[0], staged=False)
    fallen = replace(TWO, deployments=(failed, *TWO.deployments[1:]))
    held = hold(go_back("h1", fallen, fallen.booted), [done("ostree-2022.7-booted.txt")])
    assert "undeploy 0" in held.asked[0].script
    assert held.value.booted.version == "5.0"
    assert not held.value.reboot_required
