"""Runs one command and says what it cost, with everything it leaves behind: python reaper.py REPORT COMMAND…

OpenSSH's masters (ControlPersist) and other daemons of the command are its cost too. This process adopts them
(PR_SET_CHILD_SUBREAPER), ends them when the command has ended, and so counts their CPU time with the rest.
The wall time is the command's own.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
PATIENCE = 2.0


def adopted() -> list[int]:
    """Processes that the command left behind."""
    me = os.getpid()
    return [int(word) for word in Path(f"/proc/{me}/task/{me}/children").read_text().split()]


def end_adopted() -> int:
    """Ends what was left behind, and waits for it; how many processes that were."""
    ended: set[int] = set()
    deadline = time.monotonic() + PATIENCE
    while True:
        number = signal.SIGTERM if time.monotonic() < deadline else signal.SIGKILL
        for pid in adopted():
            if pid not in ended or number == signal.SIGKILL:
                os.kill(pid, number)
            ended.add(pid)
        try:
            pid = os.waitpid(-1, os.WNOHANG)[0]
        except ChildProcessError:
            return len(ended)
        if pid == 0:
            time.sleep(0.01)


def main(report: Path, command: list[str]) -> int:
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "This process cannot adopt what the command leaves behind")
    began = time.monotonic()
    code = subprocess.call(command, stdin=subprocess.DEVNULL)
    wall = time.monotonic() - began
    left = end_adopted()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu, memory = used.ru_utime + used.ru_stime, used.ru_maxrss * 1024  # Linux counts kilobytes
    found = {"code": code, "wall": wall, "cpu": cpu, "memory": memory, "left": left}
    report.write_text(json.dumps(found), encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
