"""One control group a supervisor, made by hand where no systemd does it."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
PREFIX = "atomic-fleet-"


def hierarchies() -> list[Path]:
    """Where a guest's systemd looks for its group: the unified tree, or with cgroup v1 the named one as well."""
    if (ROOT / "cgroup.procs").exists():
        return [ROOT]
    return [path for path in (ROOT / "systemd", ROOT / "unified") if (path / "cgroup.procs").exists()]


def groups(unit: str) -> list[Path]:
    return [tree / f"{PREFIX}{unit}" for tree in hierarchies()]


def enter(unit: str) -> None:
    """Put this process into the unit's own group in every hierarchy."""
    for group in groups(unit):
        group.mkdir(exist_ok=True)
        (group / "cgroup.procs").write_text(str(os.getpid()))


def members(group: Path) -> list[int]:
    found: list[int] = []
    for path in [group, *group.rglob("*")] if group.is_dir() else []:
        if path.name == group.name or path.is_dir():
            with contextlib.suppress(OSError):
                found += [int(word) for word in (path / "cgroup.procs").read_text().split()]
    return [pid for pid in found if pid != os.getpid()]


def clear(unit: str, *, limit: float = 10.0) -> None:
    """End every process in the unit's group and remove the group; seconds until it gives up."""
    end = time.monotonic() + limit
    for group in groups(unit):
        while pids := members(group):
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if time.monotonic() > end:
                break
            time.sleep(0.02)
        remove(group)


def remove(group: Path) -> None:
    if not group.is_dir():
        return
    for path in sorted((p for p in group.rglob("*") if p.is_dir()), key=lambda p: -len(p.parts)):
        with contextlib.suppress(OSError):
            path.rmdir()
    with contextlib.suppress(OSError):
        group.rmdir()
