# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the lock of a fleet: one apply at a time.

It is held by a process of its own (_lock_keeper), for a task's worker is gone when the task ends. Beside the
lock stands who holds it, for the one who is refused; only the lock counts, what a dead holder left does not.
A worker of a later task watches the lease: a pipe that ends when the keeper does.
"""

from __future__ import annotations

import getpass
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from ..module_utils._errors import ArgumentError, FleetError
from . import _lock_keeper as keeper
from ._journal import now

_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)
_INHERITED = ("HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "VIRTUAL_ENV")
_START_TIMEOUT = 30.0
_STOP_TIMEOUT = 10.0
_NAME_TIMEOUT = 2.0


@dataclass(frozen=True)
class Holder:
    """Who holds a lock. ``pid`` and ``start`` are the keeper's, ``main`` and ``main_start`` the playbook's."""

    fleet: str
    run: str
    user: str
    host: str
    since: str
    main: int
    main_start: int
    pid: int = 0
    start: int = 0

    def __str__(self) -> str:
        return f"{self.user}@{self.host} (pid {self.main}, since {self.since}, run {self.run})"


class Lease:
    """The lock of a fleet as seen from any process of the run that holds it.

    ``fileno()`` becomes readable when the lock is lost, so a lease can be given to select or asyncio.
    """

    def __init__(self, root: Path, holder: Holder) -> None:
        self.holder = holder
        try:
            self._pipe = os.open(_folder(root) / keeper.lease_name(holder.run), os.O_RDONLY | os.O_NONBLOCK)
        except OSError:
            raise _not_held(holder.fleet, holder.run) from None

    def fileno(self) -> int:
        return self._pipe

    def is_held(self) -> bool:
        try:
            return os.read(self._pipe, 1) != b""
        except BlockingIOError:
            return True

    def close(self) -> None:
        """Stop watching; the lock stays as it is."""
        os.close(self._pipe)


def _folder(root: Path) -> Path:
    return root / "lock"


def _not_held(fleet: str, run: str) -> ArgumentError:
    return ArgumentError(f"The lock of the fleet {fleet} is no longer held by run {run}; start again.")


def acquire(root: Path, fleet: str, run: str, main_pid: int) -> Lease:
    """Take the lock for as long as the process ``main_pid`` (the ansible-playbook) lives. ``root`` is the store's.

    Raises ArgumentError naming the holder where somebody else has it.
    """
    if not _RUN.fullmatch(run):
        raise ArgumentError(f"{run!r} cannot be the name of a run; use letters, digits, dots, dashes and underscores.")
    begun = keeper.started(main_pid)
    if begun is None:
        raise ArgumentError(f"There is no process {main_pid} that could hold the lock of the fleet {fleet}.")
    wanted = Holder(fleet, run, _user(), socket.gethostname(), now(), main_pid, begun)
    try:
        _folder(root).mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise FleetError(f"{_folder(root)}: cannot make the folder of the lock ({error.strerror}).") from None
    deadline = time.monotonic() + _NAME_TIMEOUT
    while not _start_keeper(root, wanted):
        other = holder(root)
        if other is not None or time.monotonic() > deadline:
            raise ArgumentError(
                f"The fleet {fleet} is being changed by {other or 'somebody who has not said his name'}; "
                "wait until that is done, or end it."
            )
        # he is just coming or just going: the lock is the truth, his name is written a moment later
        time.sleep(0.05)
    return watch(root, run)


def _start_keeper(root: Path, wanted: Holder) -> bool:
    command = [sys.executable, "-P", keeper.__file__, str(_folder(root)), json.dumps(asdict(wanted))]
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    with subprocess.Popen(
        command,
        cwd="/",
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        try:
            said = process.communicate(timeout=_START_TIMEOUT)[0].decode("utf-8", "replace")
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            said = f"it did not answer within {_START_TIMEOUT:.0f} s"
    last = (said.strip().splitlines() or ["it said nothing"])[-1]
    try:
        return bool(json.loads(last)["held"])
    except (ValueError, KeyError, TypeError):
        raise FleetError(f"The lock of the fleet {wanted.fleet} in {_folder(root)} cannot be used: {last}.") from None


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def holder(root: Path) -> Holder | None:
    """Who holds the lock, as far as he said so and is alive; None where nobody does."""
    try:
        found = Holder(**json.loads((_folder(root) / keeper.HOLDER).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    if found.host == socket.gethostname() and keeper.started(found.pid) != found.start:
        return None
    return found


def watch(root: Path, run: str) -> Lease:
    """The lease of a run that holds the lock already. Raises ArgumentError where it does not (any more)."""
    found = holder(root)
    if found is None or found.run != run:
        raise _not_held(root.name, run)
    lease = Lease(root, found)
    if not lease.is_held():
        lease.close()
        raise _not_held(found.fleet, run)
    return lease


def release(root: Path, run: str) -> bool:
    """Give the lock of that run back, and return when it is free. False where the run does not hold it."""
    found = holder(root)
    if found is None or found.run != run:
        return False
    try:
        process = os.pidfd_open(found.pid)
    except ProcessLookupError:
        return False
    try:
        if keeper.started(found.pid) != found.start:
            return False
        signal.pidfd_send_signal(process, signal.SIGTERM)
        if not select.select([process], [], [], _STOP_TIMEOUT)[0]:
            signal.pidfd_send_signal(process, signal.SIGKILL)
            select.select([process], [], [])
    finally:
        os.close(process)
    return True
