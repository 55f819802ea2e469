"""`apply-live`: what is pending, put over the running /usr by ostree's own transient overlay; a reboot drops it."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from . import commits, packages, sysroot
from .errors import ToolError
from .settings import RUN

Say = Callable[[str], None]
STATE = RUN / "live.json"
SCRIPT = """mount -o remount,rw /usr && { [ ! -d "$1/usr" ] || cp -a "$1/usr/." /usr/; } && shift && rm -rf -- "$@" """


def state(checksum: str, serial: int) -> dict[str, str]:
    """Which commit lies over a running deployment; empty where none does."""
    try:
        content: dict[str, str] = json.loads(STATE.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return content if content.pop("deployment") == f"{checksum}.{serial}" else {}


def apply(options: dict[str, Any], say: Say) -> dict[str, Any]:
    """Bring the running /usr to the pending commit, to the one named, or back to the booted one."""
    entries = sysroot.deployments()
    booted = next(entry for entry in entries if entry.booted)
    pending = sysroot.before_booted(entries)
    target = booted.checksum if options.get("reset") else options.get("target")
    if target is None:
        if not pending:
            raise ToolError("No target commit specified and no pending deployment")
        target = pending[0].checksum
    now = state(booted.checksum, booted.serial).get("commit") or booted.checksum
    if not options.get("reset") and not options.get("allow_replacement"):
        check_additions(now, target)
    if booted.unlocked == "none":
        sysroot.run(["systemd-run", "--quiet", "--wait", "--collect", "ostree", "admin", "unlock", "--transient"])
    write(now, target)
    content = {"deployment": f"{booted.checksum}.{booted.serial}", "inprogress": "", "commit": target}
    STATE.write_text(json.dumps(content), encoding="utf-8")
    for line in packages.as_lines(packages.differences(commits.packages(now), commits.packages(target))):
        say(line)
    say("Successfully updated running filesystem tree.")
    return {"changed": now != target}


def check_additions(now: str, target: str) -> None:
    """Without leave, packages are only added to what runs."""
    changes = packages.differences(commits.packages(now), commits.packages(target))
    removed = sum(change.kind == packages.REMOVED for change in changes)
    changed = sum(change.kind in (packages.UPGRADED, packages.DOWNGRADED) for change in changes)
    for count, word in ((removed, "removed"), (changed, "changed")):
        if count:
            raise ToolError(f"packages would be {word}: {count}, enable replacement to override")


def write(now: str, target: str) -> None:
    """Change what differs, in a mount namespace where the overlay may be written."""
    lines = [line.split(None, 1) for line in sysroot.ostree("diff", now, target).splitlines()]
    changes = [(kind, path) for kind, path in lines if path.startswith("/usr/") and not path.startswith("/usr/etc/")]
    with tempfile.TemporaryDirectory(prefix="ostree-double-", dir="/var/tmp") as folder:
        for kind, path in changes:
            if kind != "D":
                place = Path(folder + path).parent
                place.mkdir(parents=True, exist_ok=True)
                sysroot.ostree("checkout", "--force-copy", "--union", f"--subpath={path}", target, str(place))
        gone = [path for kind, path in changes if kind == "D"]
        script = (
            'mount -o remount,rw /usr && { [ ! -d "$1/usr" ] || cp -a "$1/usr/." /usr/; } && shift && rm -rf -- "$@"'
        )
        argv: Sequence[str] = ["unshare", "--mount", "sh", "-c", script, "sh", folder, *gone]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise ToolError(f"Updating /usr: {done.stderr.strip()}")
