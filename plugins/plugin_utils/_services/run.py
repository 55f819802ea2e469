# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: calls a service about many hosts at once, each call in a thread and with its timeout."""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from ...module_utils._errors import FleetError
from .._http import Clock
from .._transport.model import Outcome
from .._transport.watch import Watch
from .model import Patience, Served

Result = TypeVar("Result")
Call = Callable[[Served, Patience], Result]
# seconds in which a call that was told to stop, or whose time is over, may still say how it ended
_GRACE = 2.0


class _Stopped(Exception):
    """Raised inside a call that waits, when the work is to stop."""


def run_calls(
    hosts: Sequence[Served],
    call: Call[Result],
    *,
    timeout: float,
    watch: Watch,
    limit: int,
    on_note: Callable[[str, str], None] | None = None,
    on_done: Callable[[str, Outcome[Result]], None] | None = None,
) -> dict[str, Outcome[Result]]:
    """Makes the call for every host, at most ``limit`` at a time. A call that is not done in its time is an error,
    wherever it hangs: its thread is left to itself and ends with this process.

    The listeners are called in this thread. When ``watch`` stops the work, calls that wait wake up, no other begins,
    and those not finished end with Outcome.stopped. A mistake in a call's own code is raised after the others ended.
    """
    fan = _Fan(call, timeout, watch, on_note)
    waiting, outcomes = deque(hosts), dict[str, Outcome[Result]]()
    with watch.telling(fan.stop):
        while waiting or fan.under_way:
            while waiting and len(fan.under_way) < limit and not watch.reason:
                fan.begin(waiting.popleft())
            if watch.reason:
                outcomes.update({host.name: Outcome(stopped=watch.reason) for host in waiting})
                waiting.clear()
            for name, outcome in fan.ended():
                outcomes[name] = outcome
                if on_done is not None:
                    on_done(name, outcome)
    if fan.mistakes:
        name, error = fan.mistakes[0]
        raise RuntimeError(f"the call about {name} failed by a mistake of its own: {error!r}") from error
    return {host.name: outcomes[host.name] for host in hosts}


class _Fan(Generic[Result]):
    def __init__(
        self, call: Call[Result], timeout: float, watch: Watch, on_note: Callable[[str, str], None] | None
    ) -> None:
        self.under_way: dict[str, float] = {}
        self.mistakes: list[tuple[str, Exception]] = []
        self._call = call
        self._timeout = timeout
        self._watch = watch
        self._on_note = on_note
        self._said: queue.Queue[tuple[str, str | None, Outcome[Result] | Exception | None]] = queue.Queue()
        self._stop = threading.Event()
        self._stopped_at: float | None = None

    def stop(self) -> None:
        self._stop.set()
        self._said.put(("", None, None))

    def begin(self, host: Served) -> None:
        self.under_way[host.name] = time.monotonic() + self._timeout
        threading.Thread(target=self._hold, args=(host,), name=f"service-{host.name}", daemon=True).start()

    def _hold(self, host: Served) -> None:
        patience = Patience(
            self._timeout,
            Clock(time.monotonic, self._sleep),
            lambda note: self._said.put((host.name, note, None)),
        )
        try:
            end: Outcome[Result] | Exception = Outcome(value=self._call(host, patience))
        except _Stopped:
            end = Outcome(stopped=self._watch.reason)
        except FleetError as error:
            end = Outcome(error=error)
        except Exception as error:
            end = error
        self._said.put((host.name, None, end))

    def _sleep(self, seconds: float) -> None:
        if self._stop.wait(max(seconds, 0.0)):
            raise _Stopped

    def ended(self) -> list[tuple[str, Outcome[Result]]]:
        """Waits for something to happen, and tells which calls ended by it."""
        if self._watch.reason and self._stopped_at is None:
            self._stopped_at = time.monotonic()
        found: list[tuple[str, Outcome[Result]]] = []
        try:
            name, note, end = self._said.get(timeout=max(0.0, self._next_deadline() - time.monotonic()))
        except queue.Empty:
            return self._given_up()
        if name in self.under_way and note is not None and self._on_note is not None:
            self._on_note(name, note)
        if name in self.under_way and end is not None:
            del self.under_way[name]
            if isinstance(end, Exception):
                self.mistakes.append((name, end))
                end = Outcome(error=FleetError(f"internal mistake: {end!r}"))
            found.append((name, end))
        return found

    def _next_deadline(self) -> float:
        if self._stopped_at is not None:
            return self._stopped_at + _GRACE
        return min(self.under_way.values(), default=0.0) + _GRACE

    def _given_up(self) -> list[tuple[str, Outcome[Result]]]:
        now = time.monotonic()
        late = [name for name, until in self.under_way.items() if self._stopped_at or until + _GRACE <= now]
        for name in late:
            del self.under_way[name]
        if self._stopped_at is not None:
            return [(name, Outcome(stopped=self._watch.reason)) for name in late]
        why = f"it was not done within {self._timeout:.0f} s"
        return [(name, Outcome(error=FleetError(why))) for name in late]
