"""A process tree under systemd-nspawn, with the quirks that running many of them side by side needs."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from .run import run, search_path

REBOOT = 133  # nspawn's exit status for "the guest asked for a reboot"


def prepare() -> None:
    """Once in the supervisor's own mount namespace: nspawn wants this folder on a tmpfs."""
    folder = Path("/run/systemd/nspawn")
    folder.mkdir(parents=True, exist_ok=True)
    run(["mount", "-t", "tmpfs", "-o", "mode=755,size=1m", "tmpfs", folder])


def spawn(
    tree: Path, name: str, namespace: str, options: Sequence[str], command: Sequence[str], log: Path
) -> subprocess.Popen[bytes]:
    """Start nspawn on a tree; its console goes to the end of a log file."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [
                "systemd-nspawn", "--quiet", f"--directory={tree}", f"--machine={name}", f"--hostname={name}",
                "--register=no", "--keep-unit", f"--network-namespace-path=/run/netns/{namespace}",
                "--link-journal=no", "--resolv-conf=off", "--timezone=off", "--console=pipe", *options, "--", *command,
            ],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env={"PATH": search_path(), "LC_ALL": "C", "SYSTEMD_LOG_LEVEL": "warning"},
        )  # fmt: skip


def children(pid: int) -> list[int]:
    """Processes that a process started; empty when it is gone."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def kill_guest(process: subprocess.Popen[bytes]) -> None:
    """End a guest as a power cut does: its first process, and with it all others, at once; nspawn follows."""
    found = children(process.pid)
    for pid in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    if not found:
        process.send_signal(signal.SIGKILL)
