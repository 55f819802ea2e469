# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the process that keeps a fleet's lock. Started by _lock as a program of its own.

It lives as long as the ansible-playbook it is told to watch, and not a moment longer; in its own session,
with no descriptor of anybody else, so neither Ctrl-C nor a closed terminal nor the end of a task reaches it.

The lock is tooz's file driver where tooz is installed, otherwise the very same POSIX lock on the very same
file, so that controllers with and without tooz shut each other out.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import signal
import socket
import sys
import time
from contextlib import suppress
from typing import Any, NoReturn

LOCK, HOLDER = "fleet", "holder.json"


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


def _take(folder: str) -> Any:
    """The lock, held as long as what is returned is kept; None where somebody else holds it."""
    path = os.path.join(folder, LOCK)
    with suppress(ImportError):
        if not set("?#%") & set(folder):
            return _take_tooz(folder)
    file = open(path, "a+b")  # noqa: SIM115
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def _take_tooz(folder: str) -> Any:
    from tooz import coordination

    coordinator = coordination.get_coordinator(f"file://{folder}", f"{socket.gethostname()}-{os.getpid()}".encode())
    coordinator.start()
    lock = coordinator.get_lock(LOCK.encode())
    return (coordinator, lock) if lock.acquire(blocking=False) else None


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


def _keep(folder: str, holder: dict[str, Any]) -> None:
    lease = os.path.join(folder, lease_name(holder["run"]))
    named = os.path.join(folder, HOLDER)
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
        _wait_for_end(holder["main"], holder["main_start"])
    finally:
        for path in (named, lease):
            with suppress(OSError):
                os.unlink(path)


def _stop(*_unused: Any) -> NoReturn:
    sys.exit(0)


def main(folder: str, told: str) -> None:
    """``told`` is the holder as JSON, but for what only this process knows: its pid and when it started."""
    if os.fork():
        os._exit(0)
    os.umask(0o077)
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    kept = _take(folder)
    if kept is None:
        _tell({"held": False})
        return
    _keep(folder, {**json.loads(told), "pid": os.getpid(), "start": started(os.getpid())})


if __name__ == "__main__":
    main(*sys.argv[1:3])
