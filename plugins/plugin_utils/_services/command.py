# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a drain that is a command, run on the controller or on the host."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar

from ...module_utils._command.quote import command
from ...module_utils._errors import FleetError, HostError, UnreachableError
from ...module_utils._model.talk import Ask, Talk
from .model import HOST, Patience, Served

ON_HOST = "host"
_POLL = 0.1
_TIMED_OUT = 124
_KILLED = 137
# seconds for the way to the host and back
_WAY = 15.0


class CommandDrain:
    """On the controller. What a command prints may hold secrets, so it is shown nowhere."""

    scope: ClassVar[str] = HOST

    def drain(self, host: Served, patience: Patience) -> None:
        run_command(argv_of(host.words, "drain"), patience)

    def undrain(self, host: Served, patience: Patience) -> None:
        run_command(argv_of(host.words, "undrain"), patience)

    def needs(self, do: str, host: Served, patience: Patience) -> bool | None:
        return None if argv_of(host.words, do) else False


def argv_of(words: Mapping[str, Any], do: str) -> tuple[str, ...]:
    return tuple([str(word) for word in words[do]])


def run_command(argv: Sequence[str], patience: Patience, must: bool = True) -> None:
    """A command and its end. ``must``: it is to end with 0. Raises FleetError."""
    if not argv:
        return
    name = os.path.basename(argv[0])
    if shutil.which(argv[0]) is None:
        raise FleetError(f"there is no command {name} on the controller; install it, or give its whole path.")
    # a group of its own: what it starts ends with it
    process = subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, process_group=0
    )
    try:
        until = patience.clock.now() + patience.timeout
        while process.poll() is None:
            if patience.clock.now() >= until:
                raise FleetError(f"the command {name} was not done within {patience.timeout:.0f} s.")
            patience.clock.sleep(_POLL)
    finally:
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if must and process.returncode:
        raise FleetError(f"the command {name} ended with {process.returncode}; run it by hand to see what it says.")


def command_talk(host: Served, do: str, timeout: float) -> Talk[None]:
    """On the host, as root. It ends over there when its time is over, whatever becomes of the connection."""
    argv = argv_of(host.words, do)
    if not argv:
        return
    name = os.path.basename(argv[0])
    script = f"exec timeout -k 5 {max(1, round(timeout))} {command(argv)} </dev/null >/dev/null 2>&1\n"
    reply = yield Ask(script, timeout=timeout + _WAY, note=f"{do} by {name}")
    if reply.lost:
        raise UnreachableError(host.name, f"was lost while it ran {name} ({reply.err})")
    if reply.rc in (_TIMED_OUT, _KILLED):
        raise HostError(host.name, f"the command {name} was not done within {timeout:.0f} s")
    if reply.rc:
        raise HostError(host.name, f"the command {name} ended with {reply.rc}")
