"""Long work: joined, waited for, lost and found, and told about when it fails."""

from __future__ import annotations

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import HostError, UnreachableError
from ansible_collections.atomic.fleet.plugins.module_utils._host.work import reason, work
from ansible_collections.atomic.fleet.plugins.module_utils._model.talk import Reply
from tests.unit.plugins.talking import LOST, answered, fixture, hold

STATE = fixture("ostree-2022.7-staged.txt")
STARTED = ("launch", 0, "")
RUNNING = answered(("state", 0, "running"), ("rc", 1, ""), ("out", 0, "half way"))
FIRST = answered(STARTED, ("state", 0, "running"), ("rc", 1, ""), ("out", 0, ""))
DONE = answered(("state", 0, "done"), ("rc", 0, "0"), ("out", 0, "ok"), body=STATE)
FULL = "error: min-free-space-percent '3%' would be exceeded, at least 4.1 MB requested"


def talk(timeout: float = 600.0):
    return work("h1", "stage", [("ostree", "pull"), ("ostree", "admin")], timeout)


@pytest.mark.parametrize(
    "replies, joined, asks",
    [
        ([FIRST, RUNNING, DONE], False, 3),
        ([RUNNING, DONE], True, 2),
        ([FIRST, LOST, RUNNING, LOST, LOST, DONE], False, 6),
    ],
)
def test_it_is_waited_for_and_found_again(replies: list[Reply], joined: bool, asks: int) -> None:
    held = hold(talk(), replies)
    assert held.error is None
    assert held.value.joined == joined
    assert held.value.after.staged.version == "2.0"
    assert len(held.asked) == asks
    assert len({ask.script for ask in held.asked}) == 1


def test_after_a_lost_connection_a_new_one_is_asked_for() -> None:
    held = hold(talk(), [FIRST, LOST, DONE])
    assert [ask.fresh for ask in held.asked] == [False, False, True]
    assert held.paused > 0


@pytest.mark.parametrize(
    "reply, words",
    [
        (
            answered(STARTED, ("state", 0, "done"), ("rc", 0, "1"), ("out", 0, f"1%\n{FULL}\n")),
            "min-free-space-percent",
        ),
        (answered(STARTED, ("state", 0, "lost"), ("rc", 1, ""), ("out", 0, "")), "ended from outside .* run it again"),
        (answered(("launch", 1, "Failed to start transient unit"), ("state", 0, "lost")), "could not be started"),
        (Reply(rc=1, err="sh: syntax error"), "syntax error"),
    ],
)
def test_failures_are_told_in_the_tool_s_words(reply: Reply, words: str) -> None:
    held = hold(talk(), [reply])
    assert isinstance(held.error, HostError)
    with pytest.raises(HostError, match=words):
        raise held.error


def test_a_host_that_stays_away_is_unreachable() -> None:
    held = hold(talk(), [FIRST, LOST, LOST, LOST, LOST])
    assert isinstance(held.error, UnreachableError)
    assert "running this again finds it" in held.error.message


def test_work_that_takes_too_long_goes_on_without_us() -> None:
    held = hold(talk(timeout=50), [FIRST, RUNNING, RUNNING, RUNNING], seconds=20)
    assert "was not done after 50 s; it goes on over there" in held.error.message
    assert not isinstance(held.error, UnreachableError)


def test_an_end_that_somebody_else_saw_makes_us_look_again() -> None:
    assert hold(talk(), [RUNNING, answered(("state", 0, "gone"), ("rc", 1, ""), ("out", 1, ""))]).value is None


def test_other_work_is_told_and_nothing_is_started() -> None:
    assert hold(talk(), [answered(("busy", 0, "atomic-fleet-x"))]).value is None


@pytest.mark.parametrize(
    "text, expected",
    [
        ("a\nerror: x\n", "error: x"),
        ("error: a\nb\nerror: Commit: Signature made\nCan't check\n", "error: Commit: Signature made Can't check"),
        ("1\n2\n3\n4\n", "2 3 4"),
        ("", "it said nothing"),
    ],
)
def test_last_words(text: str, expected: str) -> None:
    assert reason(text) == expected
