"""Transactions of the daemon: each a process of its own, which its client watches and may lose.

A transaction is a folder under /run/ostree-double/transactions: request, output, result, and a lock that its process
holds as long as it lives. `active` names the last one.
"""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from . import settings
from .errors import ToolError
from .settings import RUN

FOLDER = RUN / "transactions"
ACTIVE = RUN / "active"
OSTREE_LOCK = Path("/ostree/lock")
CRASHED = "Bus owner changed, aborting. This likely means the daemon crashed; check logs with `journalctl -xe`."
PATIENCE = 25.0  # D-Bus waits as long for a service


@dataclass(frozen=True)
class Transaction:
    """One that runs, or ran."""

    folder: Path

    @property
    def request(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.folder / "request.json").read_text(encoding="utf-8"))
        return content

    @property
    def result(self) -> dict[str, Any] | None:
        try:
            content: dict[str, Any] = json.loads((self.folder / "result.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return content

    @property
    def pid(self) -> int | None:
        try:
            return int((self.folder / "pid").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None

    @property
    def alive(self) -> bool:
        with open(self.folder / "lock", "a", encoding="utf-8") as handle:
            return not take(handle)


def take(handle: IO[str], wait: bool = False) -> bool:
    """Lock an open file; False where somebody else has it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


@contextmanager
def locked(path: Path, wait: bool, otherwise: str = "") -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="utf-8") as handle:
        if not take(handle, wait):
            raise ToolError(otherwise)
        yield


def active() -> Transaction | None:
    """The transaction that runs now."""
    try:
        found = Transaction(FOLDER / ACTIVE.read_text(encoding="utf-8").strip())
    except FileNotFoundError:
        return None
    return found if found.folder.is_dir() and found.alive else None


# -- the client's side


def perform(request: dict[str, Any]) -> dict[str, Any]:
    """Have a transaction done, or attach to the same one that runs already; what it came to."""
    if settings.load()["no_daemon"]:
        raise ToolError("Error calling StartServiceByName for org.projectatomic.rpmostree1: Timeout was reached")
    with locked(RUN / "start.lock", wait=True):
        running = active()
        if running is None:
            running = start(request)
        elif running.request != request:
            raise ToolError(
                f"Transaction in progress: {running.request['title']}\n"
                " You can cancel the current transaction with `rpm-ostree cancel`"
            )
    signal.signal(signal.SIGINT, lambda *_: interrupted(running))
    return follow(running)


def interrupted(running: Transaction) -> None:
    sys.stderr.write("Caught SIGINT, cancelling transaction\n")
    cancel(running)


def start(request: dict[str, Any]) -> Transaction:
    """Start the process that does it, apart from its client: what ends the client does not end it."""
    new = Transaction(FOLDER / os.urandom(16).hex())
    new.folder.mkdir(parents=True)
    (new.folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
    (new.folder / "output").touch()
    ACTIVE.write_text(new.folder.name, encoding="utf-8")
    subprocess.run(
        [
            "systemd-run", "--quiet", "--collect", f"--unit=rpm-ostreed-{new.folder.name[:8]}",
            f"--setenv=PYTHONPATH={os.environ.get('PYTHONPATH', '')}",
            sys.executable, "-SP", "-m", __package__, "transaction", str(new.folder),
        ],
        check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    end = time.monotonic() + PATIENCE
    while new.pid is None:
        if time.monotonic() > end:
            raise ToolError("Timeout was reached")
        time.sleep(0.005)
    return new


def follow(running: Transaction) -> dict[str, Any]:
    """Show what a transaction says until it ends; ToolError for what went wrong in it."""
    with open(running.folder / "output", encoding="utf-8") as output:
        while True:
            over = running.result is not None or not running.alive
            sys.stdout.write(output.read())
            sys.stdout.flush()
            if over:
                break
            time.sleep(0.02)
    result = running.result
    if result is None:
        raise ToolError(CRASHED)
    if result["error"] is not None:
        raise ToolError(result["error"])
    return result


def cancel(running: Transaction) -> None:
    pid = running.pid
    if pid is not None and running.alive:
        os.kill(pid, signal.SIGTERM)


def await_end(running: Transaction) -> None:
    """Until its process is gone."""
    with open(running.folder / "lock", "a", encoding="utf-8") as handle:
        take(handle, wait=True)


# -- the transaction's side


class Said:
    """What a transaction says, line by line, to all its clients."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "output"

    def __call__(self, line: str) -> None:
        with self.path.open("a", encoding="utf-8") as output:
            output.write(f"{line}\n")


def cancelled(*_: object) -> None:
    raise ToolError("Operation was cancelled")


def wait_while_held() -> None:
    """A test may hold transactions back, to see what others do meanwhile."""
    while settings.HOLD.exists():
        time.sleep(0.02)


def work(folder: Path) -> None:
    """Do a transaction: called in its own process."""
    from . import daemon

    signal.signal(signal.SIGTERM, cancelled)
    running = Transaction(folder)
    result: dict[str, Any] = {"error": None}
    with open(folder / "lock", "a", encoding="utf-8") as handle:
        take(handle, wait=True)
        (folder / ".pid").write_text(str(os.getpid()), encoding="utf-8")
        (folder / ".pid").rename(folder / "pid")
        try:
            check_ostree_lock()
            with locked(RUN / "sysroot.lock", wait=False, otherwise="System transaction in progress"):
                result.update(daemon.execute(running.request, Said(folder)))
        except ToolError as error:
            result["error"] = str(error)
        (folder / ".result").write_text(json.dumps(result), encoding="utf-8")
        (folder / ".result").rename(folder / "result.json")


def check_ostree_lock() -> None:
    """Another program of ostree's may be at work."""
    with open(OSTREE_LOCK, "a", encoding="utf-8") as handle:
        if not take(handle):
            raise ToolError("System transaction in progress")


def title(argv: list[str]) -> str:
    """What the daemon calls a transaction: the client's command line."""
    return shlex.join(argv)
