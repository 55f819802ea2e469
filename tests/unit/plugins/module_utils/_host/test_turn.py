"""One host's turn, begun at every point where an earlier run may have left it."""

from __future__ import annotations

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import HostError, UnreachableError
from ansible_collections.atomic.fleet.plugins.module_utils._host.turn import bring_up, take_back
from ansible_collections.atomic.fleet.plugins.module_utils._model.talk import Reply
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


@pytest.mark.parametrize("replies", [[LOST]])
def test_way_back_of_a_host_that_does_not_answer(replies: list[Reply]) -> None:
    assert isinstance(hold(take_back("h1", BEFORE.deployments[0]), replies).error, UnreachableError)
