"""The watch over the process that started us, the lease, and signals: with real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.watch import LEASE_LOST, ORPHANED, Watch


def test_nothing_happens_while_all_is_well() -> None:
    with Watch() as watch, watch.telling(lambda: pytest.fail("told without a reason")):
        assert watch.reason == ""


@pytest.mark.parametrize("how", ["written", "closed"])
def test_a_lease_that_is_lost(how: str) -> None:
    read, write = os.pipe()
    told = threading.Event()
    with Watch(lease_fd=read) as watch, watch.telling(told.set):
        if how == "written":
            os.write(write, b"x")
        os.close(write)
        assert told.wait(10)
        assert watch.reason == LEASE_LOST
    os.close(read)


def test_whoever_asks_late_is_told_at_once() -> None:
    told = []
    with Watch() as watch:
        watch.stop("one")
        watch.stop("two")
        with watch.telling(lambda: told.append(watch.reason)):
            assert told == ["one"]


def test_without_its_parent_the_process_ends() -> None:
    ended = threading.Event()
    codes = []

    def end(code: int) -> None:
        codes.append(code)
        ended.set()

    child = subprocess.Popen(["true"])
    child.wait()
    with Watch(parent=child.pid, end=end, grace=0) as watch:
        assert ended.wait(10)
    assert (watch.reason, codes) == (ORPHANED, [1])


# Prints its process id; its parent then dies without a word. The pipe closes when it is gone itself.
_ORPHAN = """
import multiprocessing, os, sys, time
from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.watch import Watch

def work():
    with Watch() as watch:
        print("watching", flush=True)
        time.sleep(600)

worker = multiprocessing.get_context("fork").Process(target=work)
worker.start()
worker.join()
"""


def test_a_worker_ends_with_the_process_that_forked_it(checkout_env: dict[str, str]) -> None:
    main = subprocess.Popen([sys.executable, "-c", _ORPHAN], stdout=subprocess.PIPE, env=checkout_env)
    if main.stdout is None:
        raise RuntimeError("no pipe")
    assert main.stdout.readline() == b"watching\n"
    main.send_signal(signal.SIGKILL)
    main.wait()
    assert main.stdout.read() == b""  # returns when the last process that holds the pipe is gone
    main.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_stop_the_work_and_their_handlers_come_back(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    told = threading.Event()
    with Watch() as watch, watch.telling(told.set), watch.signals():
        os.kill(os.getpid(), number)
        assert told.wait(10)
        assert watch.reason == number.name
    assert signal.getsignal(number) is before


def test_signals_are_left_alone_outside_of_the_main_thread() -> None:
    before = signal.getsignal(signal.SIGTERM)
    seen = []

    def work() -> None:
        with Watch() as watch, watch.signals():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
