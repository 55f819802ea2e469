"""The client's part of a transaction: asked of the daemon, and what is said of its outcome."""

from __future__ import annotations

from typing import Any

from . import commits, packages, settings, sysroot, transaction
from .errors import UNCHANGED, ToolError

REBOOT_HINT = 'Changes queued for next boot. Run "systemctl reboot" to start a reboot'
Values = dict[str, Any]


def perform(method: str, argv: list[str], wishes: Values) -> Values:
    request = {
        "method": method, "sender": ":1.42", "title": transaction.title(argv), "argv": argv, "options": wishes,
    }  # fmt: skip
    return transaction.perform(request)


def change(method: str, values: Values, argv: list[str], wishes: Values, **more: Any) -> int:
    """A verb that may make a new deployment."""
    wishes = {
        "reboot": values["reboot"],
        "lock_finalization": values.get("lock_finalization", False),
        "cache_only": values.get("cache_only", False),
        "download_only": values.get("download_only", False),
        "dry_run": values.get("dry_run", False),
        "apply_live": values.get("apply_live", False),
        **wishes,
    }
    before = sysroot.booted().checksum
    result = perform(method, argv, wishes)
    return finish(before, result, wishes, **more)


def finish(before: str, result: Values, wishes: Values, exit_77: bool = False) -> int:
    """What the client says after its transaction: the difference, and that a reboot is due."""
    if wishes.get("dry_run"):
        print("Exiting because of '--dry-run' option")
        return 0
    if wishes.get("reboot"):
        return 0
    if not result["new_default"]:
        return UNCHANGED if exit_77 else 0
    if wishes["apply_live"]:
        return 0
    after = sysroot.deployments()[0].checksum
    for line in packages.as_lines(packages.differences(commits.packages(before), commits.packages(after))):
        print(line)
    print(REBOOT_HINT)
    return 0


def layering(values: Values) -> Values:
    return {"install": values["install"], "uninstall": values["uninstall"]}


def refuse_driver(values: Values) -> None:
    """Only while the driver's unit runs, or has failed: a stopped one drives nothing."""
    driver = settings.load()["driver"]
    if not driver or values["bypass_driver"]:
        return
    if sysroot.unit_state(driver["unit"]) in ("active", "activating", "reloading", "failed"):
        raise ToolError(
            f"Updates and deployments are driven by {driver['name']} ({driver['unit']})\n"
            f"See {driver['name']}'s documentation\n"
            f"Use --bypass-driver to bypass {driver['name']} and perform the operation anyways"
        )
