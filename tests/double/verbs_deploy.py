"""Verbs that move a host to another base: upgrade, deploy, rebase, rollback."""

from __future__ import annotations

from datetime import UTC, datetime

from .client import Values, change, layering, perform, refuse_driver
from .errors import UNCHANGED, ToolError, UsageError


def do_upgrade(values: Values, words: list[str], argv: list[str]) -> int:
    for flag in ("preview", "check"):
        if values["reboot"] and values[flag]:
            raise ToolError(f"Cannot specify both --reboot and --{flag}")
    if values["preview"] and (values["install"] or values["uninstall"]):
        raise ToolError("Cannot specify both --preview and --install/--uninstall")
    refuse_driver(values)
    if values["check"] or values["preview"]:
        result = perform("AutomaticUpdateTrigger", argv, {})
        return print_update(result, values["preview"])
    wishes = {"allow_downgrade": values["allow_downgrade"]} | layering(values)
    method = "UpdateDeployment" if values["install"] or values["uninstall"] else "Upgrade"
    return change(method, values, argv, wishes, exit_77=values["unchanged_exit_77"])


def print_update(result: Values, verbose: bool) -> int:
    update = result["update"]
    if update is None:
        print("No updates available.")
        return UNCHANGED
    stamp = datetime.fromtimestamp(update["timestamp"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    print(f"AvailableUpdate:\n        Version: {update['version']} ({stamp})\n         Commit: {update['checksum']}")
    lines = result["lines"] if verbose else [f"           Diff: {result['summary']}"]
    print("\n".join(lines))
    return 0


def do_deploy(values: Values, words: list[str], argv: list[str]) -> int:
    if not words and values["register_driver"] is None:
        raise UsageError("REVISION must be specified", "Usage:\n  rpm-ostree deploy [OPTION…] REVISION\n\n")
    refuse_driver(values)
    if values["register_driver"] is not None:
        raise ToolError("could not find caller systemd unit")
    wishes = {
        "revision": words[0],
        "allow_downgrade": not values["disallow_downgrade"],
        "skip_branch_check": values["skip_branch_check"],
        "preview": values["preview"],
    } | layering(values)
    if values["preview"]:
        raise ToolError("the double knows no deploy --preview")
    return change("Deploy", values, argv, wishes, exit_77=values["unchanged_exit_77"])


def do_rebase(values: Values, words: list[str], argv: list[str]) -> int:
    refuse_driver(values)
    if not words and not (values["branch"] or values["remote"]):
        raise UsageError("Must specify refspec, or -b branch or -r remote")
    refspec = words[0] if words else values["branch"] or ""
    if not words and values["remote"]:
        refspec = f"{values['remote']}:{values['branch'] or ''}"
    if values["custom_origin_url"] and not values["custom_origin_description"]:
        raise ToolError("--custom-origin-description must be supplied with --custom-origin-url")
    wishes = {
        "refspec": refspec,
        "revision": words[1] if len(words) > 1 else None,
        "allow_downgrade": not values["disallow_downgrade"],
        "skip_purge": values["skip_purge"],
        "custom": [values["custom_origin_url"], values["custom_origin_description"]],
    } | layering(values)
    return change("Rebase", values, argv, wishes)


def do_rollback(values: Values, words: list[str], argv: list[str]) -> int:
    return change("Rollback", values, argv, {})
