"""What the daemon's process does, by D-Bus method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import commits, deploying, kargs, live, packages, settings, status, sysroot, transaction
from .errors import ToolError
from .origin import CHECKSUM, split_refspec

Say = Callable[[str], None]


def execute(request: dict[str, Any], say: Say) -> dict[str, Any]:
    """Do one transaction; what its clients want to know of it."""
    transaction.wait_while_held()
    ordered = settings.load()
    deploying.die_at("start")
    if ordered["disk_full"]:
        raise ToolError("Writing content object: min-free-space-size 64MB would be exceeded, at least 2.1 MB requested")
    before = default()
    result = WORK[request["method"]](request["options"], say)
    return {"changed": False, **result, "new_default": default() != before}


def default() -> tuple[str, int, str]:
    """What boots next, so that a new deployment is seen even where it is of the same commit."""
    first = sysroot.deployments()[0]
    return first.checksum, first.serial, repr(first.origin) + first.options


def check(options: dict[str, Any], say: Say) -> dict[str, Any]:
    """AutomaticUpdateTrigger in mode check: commit metadata of the followed ref, and what is new in it.

    Of an image nothing is found out: neither does the real one since its hosts follow images.
    """
    start = sysroot.booted()
    origin = start.origin
    status.write_cached_update(None)
    if origin.image or CHECKSUM.fullmatch(origin.refspec):
        return {"update": None}
    remote, ref = split_refspec(origin.refspec)
    if remote:
        deploying.pull(remote, ref)  # the whole of it, since package lists of the lab lie in the tree
    newest = commits.resolve(origin.refspec)
    base = commits.base(start.checksum)
    if newest is None or newest == base or commits.load(newest).timestamp < commits.load(base).timestamp:
        return {"update": None}
    commit = commits.load(newest)
    changes = packages.differences(commits.packages(base), commits.packages(newest))
    found = {
        "osname": start.osname,
        "checksum": newest,
        "version": commit.version,
        "timestamp": commit.timestamp,
        "origin": origin.refspec,
        "gpg-enabled": bool(remote),
        "ref-has-new-commit": True,
        "rpm-diff": rpm_diff(changes),
    }
    status.write_cached_update(found)
    return {"update": found, "summary": packages.summary(changes), "lines": packages.as_lines(changes)}


def rpm_diff(changes: list[packages.Change]) -> dict[str, Any]:
    found: dict[str, list[Any]] = {"upgraded": [], "downgraded": [], "removed": [], "added": []}
    for name, kind, before, after in changes:
        if before and after:
            key = "upgraded" if kind == packages.UPGRADED else "downgraded"
            found[key].append([1, name, [before, "x86_64"], [after, "x86_64"]])
        else:
            found["removed" if before else "added"].append([1, name, before or after, "x86_64"])
    return found


def rollback(options: dict[str, Any], say: Say) -> dict[str, Any]:
    entries = sysroot.deployments()
    pending, older = sysroot.before_booted(entries), sysroot.after_booted(entries)
    if not pending and not older:
        raise ToolError("No rollback deployment found")
    if any(entry.staged for entry in pending):
        raise ToolError("Staged deployment (remove with cleanup -p)")
    chosen = older[0] if older else next(entry for entry in entries if entry.booted)
    say(f"Moving '{chosen.checksum}.{chosen.serial}' to be first deployment")
    sysroot.make_default(chosen)
    if options.get("reboot"):
        sysroot.reboot()
    return {"changed": True}


def cleanup(options: dict[str, Any], say: Say) -> dict[str, Any]:
    entries = sysroot.deployments()
    chosen = []
    if options.get("pending"):
        chosen += [entry for entry in sysroot.before_booted(entries) if not entry.origin.pinned]
    if options.get("rollback"):
        chosen += [entry for entry in sysroot.after_booted(entries)[:1] if not entry.origin.pinned]
    if (options.get("pending") or options.get("rollback")) and not chosen:
        say("Deployments unchanged.")
    sysroot.remove(chosen)
    return {"changed": bool(chosen)}


def finalize(options: dict[str, Any], say: Say) -> dict[str, Any]:
    first = sysroot.deployments()[0]
    if not first.staged:
        raise ToolError("No pending staged deployment found")
    base = commits.base(first.checksum)
    digest = commits.load(base).metadata.get("ostree.manifest-digest")
    expected = options.get("checksum")
    if expected and expected.startswith("sha256:"):
        if expected != digest:
            raise ToolError(f"Expected staged container image digest {expected}, but found {digest}")
    elif expected and expected != base:
        raise ToolError(f"Expected staged base checksum {expected}, but found {base}")
    if not sysroot.unlock() and not options.get("allow_unlocked"):
        raise ToolError("Staged deployment already unlocked")
    sysroot.reboot()
    return {"changed": True}


def nothing(options: dict[str, Any], say: Say) -> dict[str, Any]:
    return {}


WORK: dict[str, Callable[[dict[str, Any], Say], dict[str, Any]]] = {
    "Upgrade": deploying.deploy,
    "Deploy": deploying.deploy,
    "Rebase": deploying.deploy,
    "PkgChange": deploying.deploy,
    "UpdateDeployment": deploying.deploy,
    "AutomaticUpdateTrigger": check,
    "Rollback": rollback,
    "Cleanup": cleanup,
    "KernelArgs": kargs.change,
    "FinalizeDeployment": finalize,
    "LiveFs": live.apply,
    "RefreshMd": nothing,
}
