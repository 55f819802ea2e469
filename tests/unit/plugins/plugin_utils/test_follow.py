"""The lines by which a person follows long work."""

from __future__ import annotations

import threading

from ansible_collections.atomic.fleet.plugins.module_utils._errors import HostError
from ansible_collections.atomic.fleet.plugins.plugin_utils._follow import Follow
from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.model import Outcome


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_every_host_of_a_small_wave_is_told() -> None:
    said: list[str] = []
    clock = Clock()
    with Follow(said.append, "canary: up", 3, lambda value: f"{value} is up", clock) as follow:
        clock.now = 2.5
        follow.done("a", Outcome(value="2.0"))
        clock.now = 7
        follow.done("b", Outcome(error=HostError("b", "it broke")))
        follow.done("c", Outcome(stopped="SIGINT"))
    assert follow.counts() == "  canary: up: 1 done, 1 failed, 1 stopped of 3; 7 s"
    assert said == [
        "  a: 2.0 is up (2.5 s)",
        "  b: it broke (7 s)",
    ]


def test_large_waves_are_counted_and_their_failures_told() -> None:
    said: list[str] = []
    clock = Clock()
    with Follow(said.append, "wave 1: up", 40, lambda value: f"{value} is up", clock) as follow:
        follow.note("z", "wait for boot (x)")
        for index in range(20):
            clock.now += 1
            follow.done(f"h{index}", Outcome(value="2.0"))
        follow.done("bad", Outcome(error=HostError("bad", "it broke")))
    assert said == [
        *[f"  wave 1: up: {n} done, 1 at: wait for boot of 40; {n} s" for n in (5, 10, 15, 20)],
        "  bad: it broke (20 s)",
    ]


def test_observing_says_nothing_of_single_hosts_while_it_is_quick() -> None:
    said: list[str] = []
    with Follow(said.append, "observed", 2, clock=Clock()) as follow:
        follow.done("a", Outcome(value=1))
        follow.done("b", Outcome(error=HostError("b", "no route")))
    assert said == []


def test_long_silence_is_broken() -> None:
    said: list[str] = []
    heard = threading.Event()

    def say(line: str) -> None:
        said.append(line)
        if len(said) == 2:
            heard.set()

    with Follow(say, "up", 1, clock=Clock(), beat=0.01, whole=lambda: "  the run: 3 waiting of 3"):
        assert heard.wait(10)
    assert said[:2] == ["  up: nothing yet of 1; 0 s", "  the run: 3 waiting of 3"]
