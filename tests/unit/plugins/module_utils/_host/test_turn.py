"""One host's turn, begun at every point where an earlier run may have left it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import HostError, ParseError, UnreachableError
from ansible_collections.atomic.fleet.plugins.module_utils._host.turn import bring_up, look, take_back
from ansible_collections.atomic.fleet.plugins.module_utils._model.gate import Gate
from ansible_collections.atomic.fleet.plugins.module_utils._model.talk import Reply
from ansible_collections.atomic.fleet.plugins.module_utils._parse.gates import key_of
from tests.unit.plugins.talking import LOST, answered, fixture, hold, observed

STAGED, BOOTED = "ostree-2022.7-staged.txt", "ostree-2022.7-booted.txt"
BEFORE, AFTER = observed(STAGED), observed(BOOTED)
TARGET = BEFORE.deployments[0].checksum
TRIGGERED = answered(("boot-id", 0, ""), ("before", 0, ""), ("reboot", 0, ""))
OLD_BOOT = Reply(rc=75)


def seen(name: str) -> Reply:
    return answered(body=fixture(name))


def test_staged_host_is_rebooted_and_waited_for() -> None:
    held = hold(bring_up("h1", TARGET), [seen(STAGED), TRIGGERED, OLD_BOOT, LOST, seen(BOOTED)])
    assert held.error is None
    assert held.value.boot_id == AFTER.boot_id
    assert [ask.note for ask in held.asked] == ["observe", "reboot", "wait for boot", "wait for boot", "wait for boot"]


def test_host_that_runs_the_target_is_not_rebooted() -> None:
    checksum = AFTER.booted.checksum
    held = hold(bring_up("h1", checksum), [seen(BOOTED)])
    assert held.value.booted.checksum == checksum


def test_host_that_has_left_its_old_boot_is_not_rebooted_again() -> None:
    """It fell back, say: what it is now is for the gates to judge."""
    held = hold(bring_up("h1", "f" * 64, left="another boot"), [seen(BOOTED)])
    assert held.value.boot_id == AFTER.boot_id
    assert [ask.note for ask in held.asked] == ["observe"]


def test_host_that_never_left_its_old_boot_is_rebooted() -> None:
    replies = [seen(STAGED), TRIGGERED, seen(BOOTED)]
    held = hold(bring_up("h1", TARGET, left=BEFORE.boot_id), replies)
    assert held.value.boot_id == AFTER.boot_id


def test_host_on_its_way_is_waited_for() -> None:
    held = hold(bring_up("h1", TARGET, left=BEFORE.boot_id), [LOST, LOST, seen(BOOTED)])
    assert held.value.boot_id == AFTER.boot_id
    assert BEFORE.boot_id in held.asked[1].script


def test_host_nobody_sent_on_its_way_is_lost_at_once() -> None:
    assert isinstance(hold(bring_up("h1", TARGET), [LOST]).error, UnreachableError)


def test_host_that_does_not_come_back_in_time() -> None:
    held = hold(bring_up("h1", TARGET, timeout=3), [seen(STAGED), TRIGGERED, *[LOST] * 2])
    assert isinstance(held.error, UnreachableError)
    assert held.error.message.startswith("h1: did not come back within 3 s: ")


def test_something_else_than_the_target_is_never_booted() -> None:
    held = hold(bring_up("h1", "f" * 64), [seen(STAGED)])
    assert isinstance(held.error, HostError)
    assert "ffffffffffff was expected to boot, but" in held.error.message


def test_host_that_runs_what_it_ran_before_and_boots_it_next_stays() -> None:
    booted = AFTER.booted
    held = hold(take_back("h1", booted), [seen(BOOTED)])
    assert held.error is None
    assert held.value.booted.checksum == booted.checksum
    assert held.asked[0].fresh


def test_way_back_is_not_given_up_for_a_lost_connection() -> None:
    booted = AFTER.booted
    held = hold(take_back("h1", booted), [LOST, LOST, seen(BOOTED)])
    assert held.value.booted.checksum == booted.checksum
    assert [ask.fresh for ask in held.asked] == [True, True, True]


def test_way_back_of_a_host_that_does_not_answer() -> None:
    held = hold(take_back("h1", BEFORE.deployments[0]), [LOST, LOST, LOST])
    assert isinstance(held.error, UnreachableError)
    assert held.paused == 7


WEB = Gate("units", {"names": ("web.service",)}, 4.0)
UP, COMING, HANGS = "active", "activating", None


def gated(unit: str | None, name: str = BOOTED) -> Reply:
    """The answer of a host that is asked the gate too."""
    text = f"LoadState=loaded\nActiveState={unit}\nSubState=x"
    return answered(("gate-0", 124, "") if unit is None else ("gate-0", 0, text), body=fixture(name))


@pytest.mark.parametrize(
    "answers, why",
    [
        ([UP], ""),
        ([COMING, COMING, UP], ""),
        ([HANGS, UP], ""),
        ([COMING] * 3, "web.service is activating (x)"),  # every look takes a second, and so does the pause after it
    ],
)
def test_gates_are_asked_anew_until_the_host_passes_or_their_time_is_over(answers: list[str | None], why: str) -> None:
    first = [seen(STAGED), TRIGGERED, OLD_BOOT]
    held = hold(bring_up("h1", TARGET, gates=(WEB,)), [*first, *map(gated, answers)])
    assert held.error is None
    assert held.value.gates == {key_of(WEB): why}
    asked = ["observe", "reboot", "wait for boot", "wait for boot", *["wait for gates"] * (len(answers) - 1)]
    assert [ask.note for ask in held.asked] == asked
    # a gate that hangs is no host that hangs
    assert [ask.timeout for ask in held.asked][-1] == 20 + 40 + 4 + 5


def test_every_gate_has_its_own_time() -> None:
    """What fails at once does not take the time of what is slow, so the reason is what failed in the end."""
    fails = Gate("selinux", {"mode": "enforcing"}, 1.0)
    text = "LoadState=loaded\nActiveState={}\nSubState=x"
    both = [
        answered(("gate-0", 0, text.format(unit)), ("gate-1", 0, "0"), body=fixture(BOOTED)) for unit in (COMING, UP)
    ]
    held = hold(bring_up("h1", TARGET, gates=(WEB, fails)), [seen(STAGED), TRIGGERED, *both])
    assert held.value.gates == {
        key_of(WEB): "",
        key_of(fails): "SELinux is permissive instead of enforcing",
    }


def test_gates_of_a_host_that_is_up_already_are_given_time_too() -> None:
    checksum = AFTER.booted.checksum
    replies = [seen(BOOTED), gated(COMING), gated(UP)]
    held = hold(bring_up("h1", checksum, gates=(WEB,)), replies)
    assert held.value.gates == {key_of(WEB): ""}
    assert [ask.note for ask in held.asked] == ["observe", "observe", "wait for boot"]


def test_gates_are_asked_no_longer_than_the_boot_may_take() -> None:
    patient = replace(WEB, timeout=1000.0)
    replies = [seen(STAGED), TRIGGERED, *[gated(COMING)] * 6]
    held = hold(bring_up("h1", TARGET, timeout=10, gates=(patient,)), replies)
    assert held.value.gates == {key_of(patient): "web.service is activating (x)"}


def test_host_that_says_nothing_of_its_gate() -> None:
    held = hold(look("h1", gates=(WEB,)), [seen(BOOTED)])
    assert isinstance(held.error, ParseError)
    assert held.error.message == "h1: the gate units is missing from the host's answer"
