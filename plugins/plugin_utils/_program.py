# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a program that is followed line by line, and asked to stop rather than killed.

What it prints goes to files without a name and not to pipes: should this process die, the program writes on, and can
still end in its own way; at a closed pipe Terraform would die in the middle of its work, its state unsaved.
"""

from __future__ import annotations

import codecs
import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from ._transport.watch import Watch

TIME_LIMIT = "the time limit"
_LOOK = 0.1  # seconds between two looks at what it printed
# asked to stop it finishes what it is at; asked again it stops at once, and what it is at may be lost
_PATIENCE = (300.0, 30.0)


@dataclass(frozen=True)
class Ended:
    """How a program ended. ``stopped`` is why it was asked to stop, empty where it was not."""

    code: int
    out: str
    err: str
    stopped: str = ""


def follow(
    argv: Sequence[str],
    folder: str,
    environment: Mapping[str, str],
    on_line: Callable[[str], None] | None = None,
    watch: Watch | None = None,
    timeout: float | None = None,
    patience: Sequence[float] = _PATIENCE,
) -> Ended:
    """Runs a program to its end. ``on_line`` gets each line of its output as it comes; ``timeout`` is in seconds.

    When the time is up, or ``watch`` says so, it gets a SIGINT and is waited for. Raises OSError where it cannot start.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        # a session of its own: a terminal's Ctrl-C reaches it through us, once
        process = subprocess.Popen(
            list(argv),
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        run = _Run(process, _Tail(out, on_line), timeout, patience)
        if watch is None:
            run.wait(None)
        else:
            with watch.telling(lambda: run.interrupt(watch.reason)):
                run.wait(watch)
        return Ended(process.returncode, _text(out), _text(err), run.stopped)


class _Tail:
    """Hands on whole lines of a file that grows, each once."""

    def __init__(self, file: IO[bytes], on_line: Callable[[str], None] | None) -> None:
        self._descriptor = file.fileno()
        self._on_line = on_line
        self._place = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    def look(self) -> None:
        if self._on_line is None:
            return
        while chunk := os.pread(self._descriptor, 1 << 16, self._place):
            self._place += len(chunk)
            *lines, self._rest = (self._rest + self._decoder.decode(chunk)).split("\n")
            for line in lines:
                self._on_line(line)


class _Run:
    def __init__(
        self, process: subprocess.Popen[bytes], tail: _Tail, timeout: float | None, patience: Sequence[float]
    ) -> None:
        self._process = process
        self._tail = tail
        self._patience = list(patience)
        self._until = time.monotonic() + timeout if timeout else None
        self.stopped = ""

    def interrupt(self, reason: str) -> None:
        """Asks the program to stop. Safe in any thread and in a signal handler."""
        if not self.stopped:
            self.stopped = reason
            self._until = time.monotonic() + self._patience.pop(0)
            self._process.send_signal(signal.SIGINT)

    def wait(self, watch: Watch | None) -> None:
        try:
            while not self._ended():
                self._tail.look()
                if self._until is not None and time.monotonic() >= self._until:
                    self._late()
            self._tail.look()
        except BaseException:
            # whatever went wrong here, it is not left running unseen
            self.interrupt("an error of ours")
            self._process.wait()
            raise

    def _late(self) -> None:
        if not self.stopped:
            self.interrupt(TIME_LIMIT)
        elif self._patience:
            self._until = time.monotonic() + self._patience.pop(0)
            self._process.send_signal(signal.SIGINT)
        else:
            self._until = None
            self._process.kill()

    def _ended(self) -> bool:
        """Whether it has ended; waits for that a moment."""
        if hasattr(os, "pidfd_open") and self._process.poll() is None:
            descriptor = os.pidfd_open(self._process.pid)
            try:
                select.select([descriptor], [], [], _LOOK)
            finally:
                os.close(descriptor)
            return self._process.poll() is not None
        try:
            self._process.wait(_LOOK)
        except subprocess.TimeoutExpired:
            return False
        return True


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")
