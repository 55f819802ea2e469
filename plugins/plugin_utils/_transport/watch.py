# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: stops our work when nobody is in charge of it any more.

Ansible leaves workers running after a SIGKILL of ansible-playbook, and gives them no ``finally`` on Ctrl-C.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import select
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

ORPHANED = "ansible-playbook is gone"
LEASE_LOST = "the lock of the fleet was lost"
_GRACE = 0.5
_POLL = 0.5


class Watch:
    """Knows, at once, when this worker must not go on, and tells those who asked.

    Three things stop it: the process that started this one is gone, ``lease_fd`` became readable, or
    SIGINT or SIGTERM came (only inside ``signals()``). Without a parent the process itself ends with it,
    ``grace`` seconds later at the latest, whatever it is doing: its result could reach nobody.

    Use it as a context manager around everything an action does.
    """

    def __init__(
        self,
        lease_fd: int | None = None,
        parent: int | None = None,
        end: Callable[[int], object] = os._exit,
        grace: float = _GRACE,
    ) -> None:
        """``parent`` is a process id; by default whoever forked this worker, as multiprocessing knows."""
        forked_by = multiprocessing.parent_process()
        self._parent = parent if parent is not None else (forked_by.pid if forked_by is not None else None)
        self._lease = lease_fd
        self._end = end
        self._grace = grace
        self._reason = ""
        self._listeners: list[Callable[[], None]] = []
        self._wake_r, self._wake_w = os.pipe()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fleet-watch", daemon=True)

    @property
    def reason(self) -> str:
        """Why everything stops; empty as long as nothing does."""
        return self._reason

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_details: object) -> None:
        self._closed.set()
        os.write(self._wake_w, b"x")
        self._thread.join()
        os.close(self._wake_r)
        os.close(self._wake_w)

    def stop(self, reason: str) -> None:
        """The first reason counts. Safe in any thread and in a signal handler."""
        if self._reason:
            return
        self._reason = reason
        for listener in tuple(self._listeners):
            listener()

    @contextlib.contextmanager
    def telling(self, listener: Callable[[], None]) -> Iterator[None]:
        """Calls ``listener`` once when work has to stop, from any thread; at once where it already has."""
        self._listeners.append(listener)
        if self._reason:
            listener()
        try:
            yield
        finally:
            self._listeners.remove(listener)

    @contextlib.contextmanager
    def signals(self) -> Iterator[None]:
        """SIGINT and SIGTERM stop the work instead of ending the process. Only the main thread can do that."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def handle(number: int, _frame: FrameType | None) -> None:
            self.stop(signal.Signals(number).name)

        before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    # -- the thread -------------------------------------------------------------------------------

    def _run(self) -> None:
        poller = select.poll()
        poller.register(self._wake_r, select.POLLIN)
        lease = self._lease
        if lease is not None:
            poller.register(lease, select.POLLIN)
        parent_fd = _open_process(self._parent)
        if parent_fd is not None:
            poller.register(parent_fd, select.POLLIN)
        timeout = None if self._parent is None or parent_fd is not None else _POLL * 1000
        try:
            while not self._closed.is_set():
                if not _is_parent(self._parent):
                    self._orphaned()
                    return
                ready = {descriptor for descriptor, _event in poller.poll(timeout)}
                if lease is not None and lease in ready:
                    poller.unregister(lease)
                    lease = None
                    self.stop(LEASE_LOST)
        finally:
            if parent_fd is not None:
                os.close(parent_fd)

    def _orphaned(self) -> None:
        self.stop(ORPHANED)
        self._closed.wait(self._grace)
        self._end(1)


def _is_parent(parent: int | None) -> bool:
    return parent is None or os.getppid() == parent


def _open_process(pid: int | None) -> int | None:
    if pid is None or not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:
        return None
