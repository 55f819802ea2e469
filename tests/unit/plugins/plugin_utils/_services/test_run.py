"""Calls to services in threads: bounded, each with its time, and stopped when the work is."""

from __future__ import annotations

import threading

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import FleetError
from ansible_collections.atomic.fleet.plugins.plugin_utils._services import run as run_file
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.model import Patience, Served
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.run import run_calls
from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.watch import Watch

HOSTS = [Served(name, "127.0.0.1") for name in ("a", "b", "c")]


def test_every_host_has_its_own_end_and_notes_come_in_this_thread() -> None:
    def call(host: Served, patience: Patience) -> str:
        patience.note("asking")
        if host.name == "b":
            raise FleetError("it is full")
        return host.name.upper()

    notes: list[tuple[str, str, str]] = []
    done: list[str] = []
    with Watch() as watch:
        outcomes = run_calls(
            HOSTS,
            call,
            timeout=10,
            watch=watch,
            limit=2,
            on_note=lambda name, note: notes.append((name, note, threading.current_thread().name)),
            on_done=lambda name, _outcome: done.append(name),
        )
    assert [outcomes[name].value for name in "ac"] == ["A", "C"]
    assert str(outcomes["b"].error) == "it is full"
    assert sorted(notes) == [(name, "asking", threading.current_thread().name) for name in "abc"]
    assert sorted(done) == ["a", "b", "c"]


def test_no_more_at_a_time_than_allowed() -> None:
    both, most, lock = threading.Barrier(2, timeout=10), [0, 0], threading.Lock()

    def call(host: Served, _patience: Patience) -> None:
        with lock:
            most[0] += 1
            most[1] = max(most)
        both.wait()
        with lock:
            most[0] -= 1

    with Watch() as watch:
        outcomes = run_calls([*HOSTS, Served("d", "")], call, timeout=10, watch=watch, limit=2)
    assert all(one.ok for one in outcomes.values())
    assert most[1] == 2


def test_call_that_hangs_is_given_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_file, "_GRACE", 0.05)
    released = threading.Event()
    with Watch() as watch:
        outcomes = run_calls(HOSTS[:1], lambda _host, _patience: released.wait(30), timeout=0.05, watch=watch, limit=1)
    released.set()
    assert str(outcomes["a"].error) == "it was not done within 0 s"


def test_stopping_wakes_up_who_waits_and_begins_no_other() -> None:
    begun: list[str] = []
    with Watch() as watch:

        def call(host: Served, patience: Patience) -> None:
            begun.append(host.name)
            watch.stop("SIGTERM")
            patience.clock.sleep(60)

        outcomes = run_calls(HOSTS, call, timeout=60, watch=watch, limit=1)
    assert begun == ["a"]
    assert {name: one.stopped for name, one in outcomes.items()} == dict.fromkeys("abc", "SIGTERM")


def test_mistake_in_a_call_is_no_answer() -> None:
    with Watch() as watch, pytest.raises(RuntimeError, match="about a failed by a mistake of its own: KeyError"):
        run_calls(HOSTS[:1], lambda host, _patience: host.words["url"], timeout=10, watch=watch, limit=1)
