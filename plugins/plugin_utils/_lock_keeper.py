# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the process that keeps a fleet's lock. Started by _lock as a program of its own.

It lives as long as the ansible-playbook it is told to watch, and not a moment longer; in its own session,
with no descriptor of anybody else, so neither Ctrl-C nor a closed terminal nor the end of a task reaches it.

Without a URL the lock is tooz's file driver where tooz is installed, otherwise the very same POSIX lock on the
very same file, so that controllers with and without tooz shut each other out. With one it is tooz's driver of that
name, and a lease: it is refreshed, and when that fails the keeper ends before the server would give it to another.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from typing import Any, NoReturn
from urllib.parse import urlsplit

# of the time a lease lasts: how often it is refreshed, and after how long without that it counts as lost
_REFRESH, _LOST = 0.2, 0.6
_CONNECT_TIMEOUT = 10.0


def started(pid: int) -> int | None:
    """When the process began, in clock ticks since boot: with its pid its identity. None once it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            fields = stat.read().rpartition(b")")[2].split()
    except OSError:
        return None
    return None if fields[0] in (b"Z", b"X") else int(fields[19])


def lease_name(run: str) -> str:
    return f"{run}.lease"


def holder_name(lock: str) -> str:
    return f"{lock}.json"


class Held:
    """A lock that was taken, held until ``free()`` or the end of this process."""

    def __init__(self, kept: Any) -> None:
        self.kept = kept

    def guard(self, lost: Any) -> None:
        """Call ``lost`` when the lock is lost: a file's never is."""

    def is_sure(self) -> bool:
        """Whether nobody else can have it by now."""
        return True

    def free(self) -> None:
        if hasattr(self.kept, "close"):
            self.kept.close()
        else:
            self.kept[1].release()


class Leased(Held):
    """A lock on a server, for some seconds at a time."""

    def __init__(self, coordinator: Any, lock: Any) -> None:
        super().__init__(lock)
        self.coordinator = coordinator
        self.seconds = float(coordinator.heartbeat())
        self.refreshed = _since_boot()

    def guard(self, lost: Any) -> None:
        threading.Thread(target=self._refresh, args=(lost,), daemon=True).start()
        threading.Thread(target=self._count, args=(lost,), daemon=True).start()

    def _refresh(self, lost: Any) -> None:
        while True:
            time.sleep(self.seconds * _REFRESH)
            begun = _since_boot()
            # a server that does not answer now may do so in time
            with suppress(Exception):
                self.coordinator.heartbeat()
                if not self.is_ours():
                    lost()
                self.refreshed = begun

    def _count(self, lost: Any) -> None:
        """Apart from the thread that may wait for the server, and by the clock that goes on in a sleeping laptop."""
        while _since_boot() - self.refreshed < self.seconds * _LOST:
            time.sleep(min(1.0, self.seconds * _REFRESH / 4))
        lost()

    def is_sure(self) -> bool:
        return _since_boot() - self.refreshed < self.seconds * _LOST

    def is_ours(self) -> bool:
        """Ask the server. tooz's etcd lock does not notice that its lease is gone, so its lease is asked itself."""
        if type(self.kept).__name__ == "Etcd3Lock":
            return bool(self.kept._lease.keys() == [self.kept._key])
        try:
            return bool(self.kept.is_still_owner())
        except NotImplementedError:
            return bool(self.kept.acquired)

    def free(self) -> None:
        with suppress(Exception):
            self.kept.release()
        with suppress(Exception):
            self.coordinator.stop()


def _since_boot() -> float:
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def take(folder: str, name: str, url: str = "", key: str = "") -> Held | None:
    """The lock, None where somebody else holds it. ``url`` is what tooz takes, without it the lock is a file in
    ``folder``; ``key`` is what the lock is called on a server. Raises whatever the driver raises."""
    if url:
        _check_there(url)
        return _take_tooz(url, key)
    with suppress(ImportError):
        if not set("?#%") & set(folder):
            return _take_tooz(f"file://{folder}", name)
    file = open(os.path.join(folder, name), "a+b")  # noqa: SIM115
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return Held(file)


def _check_there(url: str) -> None:
    """Some drivers try for a minute to reach a server that is not there."""
    parts = urlsplit(url)
    if parts.hostname and parts.port:
        socket.create_connection((parts.hostname, parts.port), _CONNECT_TIMEOUT).close()


def _take_tooz(url: str, name: str) -> Held | None:
    from tooz import coordination

    coordinator = coordination.get_coordinator(url, f"{socket.gethostname()}-{os.getpid()}".encode())
    coordinator.start()
    lock = coordinator.get_lock(name.encode())
    if not lock.acquire(blocking=False):
        if not url.startswith("file:"):
            coordinator.stop()
        return None
    return Held((coordinator, lock)) if url.startswith("file:") else Leased(coordinator, lock)


def _wait_for_end(pid: int, start: int) -> None:
    """Return when that process is gone, at once where the system tells, within half a second elsewhere."""
    if hasattr(os, "pidfd_open"):
        with suppress(OSError):
            watched = os.pidfd_open(pid)
            if started(pid) == start:
                select.select([watched], [], [])
            return
    while started(pid) == start:
        time.sleep(0.5)


def _tell(answer: dict[str, Any]) -> None:
    """Answer the one who started us, and let go of everything that was his."""
    os.write(1, json.dumps(answer).encode() + b"\n")
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)


def _keep(folder: str, held: Held, holder: dict[str, Any]) -> None:
    lease = os.path.join(folder, lease_name(holder["run"]))
    named = os.path.join(folder, holder_name(holder["lock"]))
    with suppress(FileNotFoundError):
        os.unlink(lease)
    os.mkfifo(lease, 0o600)
    # Whoever opens the other end sees it closed when this process is gone, however it went.
    os.open(lease, os.O_RDWR | os.O_NONBLOCK)
    fresh = f"{named}.{os.getpid()}"
    with open(fresh, "w", encoding="utf-8") as file:
        json.dump(holder, file)
    os.replace(fresh, named)
    try:
        _tell({"held": True})
        held.guard(_stop_at_once)
        _wait_for_end(holder["main"], holder["main_start"])
    finally:
        for path in (named, lease):
            with suppress(OSError):
                os.unlink(path)
        held.free()


def _stop(*_unused: Any) -> NoReturn:
    sys.exit(0)


def _stop_at_once() -> NoReturn:
    """The lock is lost: what we said of it stays behind, and is harmless."""
    os._exit(1)


def main() -> None:
    """What is to be held comes on the standard input, for a URL may hold a password: folder, url, key, and the holder,
    but for what only this process knows: its pid and when it started."""
    told = json.load(sys.stdin)
    if os.fork():
        os._exit(0)
    os.umask(0o077)
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    holder = {**told["holder"], "pid": os.getpid(), "start": started(os.getpid())}
    try:
        held = take(told["folder"], holder["lock"], told["url"], told["key"])
    except Exception as error:
        _tell({"wrong": f"{error}" or type(error).__name__})
        return
    if held is None:
        _tell({"held": False})
        return
    _keep(told["folder"], held, holder)


if __name__ == "__main__":
    main()
