"""Many talks at once, with hosts that are played by functions."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError, HostError, UnreachableError
from ansible_collections.atomic.fleet.plugins.module_utils._model.talk import Ask, Pause, Reply
from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.channel import LONGEST_SCRIPT, strip_marker
from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.model import Connection, Outcome
from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.run import run_talks
from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.watch import Watch

Steps = Generator[Ask | Pause, Reply, str]
Answer = Callable[[str], Reply]


class Played:
    """A host behind a connection plugin that answers as a function says."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.calls: list[str] = []

    def ask(self, script: str, marker: str, fresh: bool) -> Reply:
        self.calls += ["fresh"] * fresh + [script]
        return self.answer(script)

    def close(self) -> None:
        self.calls.append("close")


def reach(host: str, played: Played, problem: str = "") -> Connection:
    return Connection(host=host, plugin="played", build=lambda: played, wrap=lambda s: (s, ""), problem=problem)


def echo(script: str) -> Reply:
    return Reply(out=script.upper())


def two_steps() -> Steps:
    first = yield Ask("one", note="asking")
    yield Pause(0.0, note="waiting")
    second = yield Ask("two", fresh=True)
    return first.out + second.out


def test_talks_are_held_to_their_end() -> None:
    hosts = [f"h{number}" for number in range(5)]
    played = {host: Played(echo) for host in hosts}
    notes: list[tuple[str, str]] = []
    done: list[str] = []
    with Watch() as watch:
        outcomes = run_talks(
            {host: two_steps() for host in hosts},
            {host: reach(host, played[host]) for host in hosts},
            watch=watch,
            on_note=lambda host, note: notes.append((host, note)),
            on_done=lambda host, outcome: done.append(host),
        )
    assert outcomes == {host: Outcome(value="ONETWO") for host in hosts}
    assert all(one.calls == ["one", "fresh", "two", "close"] for one in played.values())
    assert sorted(notes) == sorted((host, note) for host in hosts for note in ("asking", "waiting"))
    assert sorted(done) == hosts


def refuses(host: str) -> Steps:
    reply = yield Ask("x")
    raise UnreachableError(host, reply.err) if reply.lost else HostError(host, "no.")


def mistaken() -> Steps:
    yield Ask("x")
    raise KeyError("typo")


def crash(script: str) -> Reply:
    raise OSError("broken pipe")


@pytest.mark.parametrize(
    "talk, connection, error",
    [
        (refuses("h"), reach("h", Played(echo)), "h: no."),
        (refuses("h"), reach("h", Played(lambda s: Reply(lost=True, err="gone."))), "h: gone."),
        (refuses("h"), reach("h", Played(echo), problem="bad settings."), "h: bad settings."),
        (refuses("h"), None, "h: no connection was resolved for it."),
        ((step for step in [Ask("x" * (LONGEST_SCRIPT + 1))]), reach("h", Played(echo)), "too long"),
    ],
)
def test_errors_are_outcomes(talk: Steps, connection: Connection | None, error: str) -> None:
    with Watch() as watch:
        outcomes = run_talks({"h": talk}, {"h": connection} if connection else {}, watch=watch)
    assert error in str(outcomes["h"].error)
    assert not outcomes["h"].ok


@pytest.mark.parametrize(
    "talk, played, named", [(mistaken(), Played(echo), "typo"), (two_steps(), Played(crash), "broken pipe")]
)
def test_a_mistake_is_raised_with_its_host_after_the_others_ended(talk: Steps, played: Played, named: str) -> None:
    done: dict[str, Outcome[str]] = {}
    good = Played(echo)
    with Watch() as watch, pytest.raises(RuntimeError, match=f"bad.*{named}"):
        run_talks(
            {"bad": talk, "good": two_steps()},
            {"bad": reach("bad", played), "good": reach("good", good)},
            watch=watch,
            on_done=done.__setitem__,
        )
    assert done["good"] == Outcome(value="ONETWO")
    assert named in str(done["bad"].error)


@pytest.mark.parametrize("which", ["on_note", "on_done"])
def test_what_a_listener_raises_stops_everything(which: str) -> None:
    def full(host: str, what: object) -> None:
        raise OSError(f"disk full at {host}")

    def waits() -> Steps:
        yield Ask("first", note="x")
        yield Pause(600)
        return ""

    def ends() -> Steps:
        yield Ask("first", note="x")
        return ""

    played = Played(echo)
    with Watch() as watch, pytest.raises(OSError, match="disk full"):
        run_talks(
            {"a": ends(), "b": waits()},
            {"a": reach("a", played), "b": reach("b", Played(echo))},
            watch=watch,
            **{which: full},  # type: ignore[arg-type]
        )
    assert watch.reason == ""


def test_no_more_asks_at_a_time_than_the_limit() -> None:
    busy, most = 0, 0
    lock = threading.Lock()
    together = threading.Barrier(3, timeout=10)

    def answer(script: str) -> Reply:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        together.wait()
        with lock:
            busy -= 1
        return Reply()

    def once() -> Steps:
        yield Ask("x")
        return ""

    hosts = [f"h{number}" for number in range(9)]
    with Watch() as watch:
        run_talks({h: once() for h in hosts}, {h: reach(h, Played(answer)) for h in hosts}, watch=watch, limit=3)
    assert most == 3


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_that_lets_nothing_through(limit: int) -> None:
    with Watch() as watch, pytest.raises(ArgumentError, match="limit"):
        run_talks({}, {}, watch=watch, limit=limit)


def test_a_reply_that_does_not_come_in_time_is_lost_and_the_host_is_not_used_again() -> None:
    hang, builds = threading.Event(), []

    def build() -> Played:
        builds.append(1)
        first = len(builds) == 1
        return Played(lambda script: (hang.wait(10) and Reply()) or Reply() if first else Reply(out="second"))

    def talk() -> Steps:
        first = yield Ask("x", timeout=0.05)
        second = yield Ask("y", timeout=10)
        return f"{first.lost} {first.err} {second.out}"

    connection = Connection(host="h", plugin="played", build=build, wrap=lambda s: (s, ""))
    with Watch() as watch:
        outcomes = run_talks({"h": talk()}, {"h": connection}, watch=watch)
    hang.set()
    assert outcomes["h"].value == "True no answer within 0.05 seconds second"


def test_when_it_stops_no_talk_takes_another_step() -> None:
    closed, release = [], threading.Event()
    asked: dict[str, Played] = {}

    def talk(host: str) -> Steps:
        try:
            yield Ask("first")
            yield Pause(600)
            yield Ask("second")
        except GeneratorExit:
            closed.append(host)
            raise
        return ""

    with Watch() as watch:

        def answer(script: str) -> Reply:
            if sum(len(one.calls) for one in asked.values()) == 3:
                watch.stop("enough")
            release.wait(0.01)
            return Reply()

        hosts = ["a", "b", "c"]
        asked.update({host: Played(answer) for host in hosts})
        outcomes = run_talks({h: talk(h) for h in hosts}, {h: reach(h, asked[h]) for h in hosts}, watch=watch)
        again = run_talks({"a": talk("a")}, {"a": reach("a", asked["a"])}, watch=watch)
    assert outcomes == {host: Outcome(stopped="enough") for host in hosts}
    assert again == {"a": Outcome(stopped="enough")}
    assert sorted(closed) == hosts  # the one that never began had nothing to close
    assert not any("second" in one.calls for one in asked.values())


@pytest.mark.parametrize(
    "output, marker, expected",
    [
        ("a\n", "", "a\n"),
        ("OK-1\na\n", "OK-1", "a\n"),
        ("OK-1\r\na\n", "OK-1", "a\n"),
        ("motd\nOK-1\na\n", "OK-1", "motd\na\n"),
        ("a\n", "OK-1", "a\n"),
        ("OK-1\nOK-1\n", "OK-1", "OK-1\n"),
    ],
)
def test_strip_marker(output: str, marker: str, expected: str) -> None:
    assert strip_marker(output, marker) == expected
