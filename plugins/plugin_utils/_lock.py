# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the lock of a fleet, or of a cell of it: one apply at a time.

It is held by a process of its own (_lock_keeper), for a task's worker is gone when the task ends. In the store
stands who holds it, for the one who is refused; only the lock counts, what a dead holder left does not.
A worker of a later task watches the lease: a pipe on this machine that ends when the keeper does.
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
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from ..module_utils._errors import ArgumentError, FleetError
from . import _lock_keeper as keeper
from ._journal import now
from ._lock_holder import FLEET_LOCK, Holder, local_holders, parse_holder
from ._lock_url import check_lock_url, keeper_url, without_secrets

_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)
_INHERITED = (
    *("HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "VIRTUAL_ENV"),
    *("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"),
)
_START_TIMEOUT = 90.0
_STOP_TIMEOUT = 10.0
_NAME_TIMEOUT = 2.0


class Records(Protocol):
    """Where it stands who holds a lock, for all who share the store."""

    def read(self, name: str) -> bytes | None: ...

    def write(self, name: str, text: str) -> str: ...

    def remove(self, name: str) -> bool: ...

    def names(self, folder: str) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Lock:
    """Which lock, and where. ``root`` is the fleet's folder on this machine, where the pipe is; without ``url`` the
    lock is a file there too. ``records`` is the store where that is another place."""

    root: Path
    fleet: str
    name: str = FLEET_LOCK
    url: str | None = None
    records: Records | None = None

    @property
    def what(self) -> str:
        """In a sentence."""
        return f"fleet {self.fleet}" if self.name == FLEET_LOCK else f"{self.name.replace('-', ' ', 1)} of {self.fleet}"

    @property
    def where(self) -> str:
        return without_secrets(self.url) if self.url else str(_folder(self.root))

    @property
    def told(self) -> dict[str, str]:
        """What the keeper needs to know of it."""
        url, key = keeper_url(self.url, self.fleet, self.name)
        return {"folder": str(_folder(self.root)), "url": url, "key": key}


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


def acquire(lock: Lock, run: str, main_pid: int, plan: str = "") -> Lease:
    """Take the lock for as long as the process ``main_pid`` (the ansible-playbook) lives.

    Raises ArgumentError naming the holder where somebody else has it.
    """
    if not _RUN.fullmatch(run):
        raise ArgumentError(f"{run!r} cannot be the name of a run; use letters, digits, dots, dashes and underscores.")
    check_lock_url(lock.url)
    begun = keeper.started(main_pid)
    if begun is None:
        raise ArgumentError(f"There is no process {main_pid} that could hold the lock of the fleet {lock.fleet}.")
    wanted = Holder(lock.fleet, run, _user(), socket.gethostname(), now(), main_pid, begun, lock=lock.name, plan=plan)
    prepare(lock)
    deadline = time.monotonic() + _NAME_TIMEOUT
    while not _start_keeper(lock, wanted):
        other = holder(lock)
        if other is not None or time.monotonic() > deadline:
            raise _refusal(lock, other)
        # he is just coming or just going: the lock is the truth, his name is written a moment later
        time.sleep(0.05)
    try:
        _record(lock, run)
    except BaseException:
        release(lock.root, run)
        raise
    return watch(lock.root, run)


def prepare(lock: Lock) -> None:
    """Make the folder for pipe and lock file."""
    folders = [_folder(lock.root)]
    if lock.url and lock.url.startswith("file:"):
        folders.append(Path(keeper_url(lock.url, lock.fleet, lock.name)[0].removeprefix("file://")))
    for folder in folders:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise FleetError(f"{folder}: cannot make the folder of the lock ({error.strerror}).") from None


def _refusal(lock: Lock, other: Holder | None) -> ArgumentError:
    dead = _said(lock) if other is None and lock.url else None
    if dead is not None:
        return ArgumentError(
            f"The {lock.what} was being changed by {dead}, who is gone, and the lock's server gives the lock free "
            "within seconds; try again then."
        )
    return ArgumentError(
        f"The {lock.what} is being changed by {other or 'somebody who has not said his name'}; "
        "wait until that is done, or end it."
    )


def _start_keeper(lock: Lock, wanted: Holder) -> bool:
    command = [sys.executable, "-P", keeper.__file__]
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    with subprocess.Popen(
        command,
        cwd="/",
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        told = json.dumps({**lock.told, "holder": asdict(wanted)}).encode()
        try:
            said = process.communicate(told, timeout=_START_TIMEOUT)[0].decode("utf-8", "replace")
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            said = f"it did not answer within {_START_TIMEOUT:.0f} s"
    last = (said.strip().splitlines() or ["it said nothing"])[-1]
    with suppress(ValueError):
        answer = json.loads(last)
        if "held" in answer:
            return bool(answer["held"])
        last = " ".join(str(answer.get("wrong", "")).split())
    raise unusable(lock, last)


def unusable(lock: Lock, why: str) -> FleetError:
    why = without_secrets(lock.url, why) if lock.url else why
    return FleetError(f"The lock of the {lock.what} in {lock.where} cannot be used: {why.rstrip('.')}.")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _record(lock: Lock, run: str) -> None:
    if lock.records is not None:
        found = _of_run(lock.root, run)
        if found is not None:
            lock.records.write(f"lock/{keeper.holder_name(lock.name)}", json.dumps(asdict(found)))


def _said(lock: Lock) -> Holder | None:
    """Who last said that he holds the lock."""
    name = keeper.holder_name(lock.name)
    if lock.records is not None:
        return parse_holder(lock.records.read(f"lock/{name}"))
    with suppress(OSError):
        return parse_holder((_folder(lock.root) / name).read_bytes())
    return None


def holder(lock: Lock) -> Holder | None:
    """Who holds the lock, as far as he said so and is alive; None where nobody does."""
    found = _said(lock)
    return None if found is None or found.is_gone else found


def _of_run(root: Path, run: str) -> Holder | None:
    """What the living keeper of that run, on this machine, said of itself."""
    return next((one for one in local_holders(root) if one.run == run and not one.is_gone), None)


def watch(root: Path, run: str) -> Lease:
    """The lease of a run that holds its lock already. Raises ArgumentError where it does not (any more)."""
    found = _of_run(root, run)
    if found is None:
        raise _not_held(root.name, run)
    lease = Lease(root, found)
    if not lease.is_held():
        lease.close()
        raise _not_held(found.fleet, run)
    return lease


def release(root: Path, run: str, records: Records | None = None) -> bool:
    """Give the lock of that run back, and return when it is free. False where the run does not hold it."""
    found = _of_run(root, run)
    if found is None:
        return False
    if records is not None:
        with suppress(FleetError):
            records.remove(f"lock/{keeper.holder_name(found.lock)}")
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
