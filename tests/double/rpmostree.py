"""The rpm-ostree command: parses, asks the daemon, and says what came of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from . import commits, database, options, packages, settings, status, sysroot, transaction
from .errors import UNCHANGED, ToolError, UsageError
from .matrix import ALIASES, GLOBAL, GROUPS, VERBS, Verb

VERSION = "2026.2"
REBOOT_HINT = 'Changes queued for next boot. Run "systemctl reboot" to start a reboot'
Values = dict[str, Any]


def run(argv: list[str]) -> int:
    """One command line; its exit code."""
    name, rest = split(argv)
    if name is None:
        if "--version" in argv:
            print(f"rpm-ostree:\n Version: '{VERSION}'\n Features:\n  - rust\n  - container\n  - fedora-integration")
            return 0
        raise UsageError("No command specified", help_text())
    if name not in VERBS:
        if name in GROUPS:
            raise UsageError(f'No "{name}" subcommand specified')
        raise UsageError(f"Unknown command '{name}'", help_text())
    verb = VERBS[name]
    table = [option for option in (*verb.options, *GLOBAL) if not settings.lacks(option.name)]
    values, words = options.parse(table, rest)
    check_words(name, verb, words)
    if not Path("/run/ostree-booted").exists() and not name.startswith("db"):
        raise ToolError("This system was not booted via libostree; cannot operate")
    return RUN[name](values, words, argv)


def split(argv: list[str]) -> tuple[str | None, list[str]]:
    """The verb, of two words where it is one of a group, and what else there is."""
    words = list(argv)
    place = next((n for n, word in enumerate(words) if not word.startswith("-")), None)
    if place is None:
        return None, words
    name = words.pop(place)
    if name in GROUPS:
        place = next((n for n, word in enumerate(words) if not word.startswith("-")), None)
        if place is not None:
            second = words.pop(place)
            name = f"{name} {second}"
    return ALIASES.get(name, name), words


def help_text() -> str:
    return "Usage:\n  rpm-ostree [OPTION…] COMMAND\n\nBuiltin Commands:\n" + "".join(f"  {name}\n" for name in VERBS)


def check_words(name: str, verb: Verb, words: list[str]) -> None:
    least, most = verb.words
    usage = f"Usage:\n  rpm-ostree {name} [OPTION…] {verb.usage}\n\n"
    if len(words) < least:
        raise UsageError(verb.missing, usage)
    if most is not None and len(words) > most:
        raise UsageError("Too many arguments", usage)


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


def perform(method: str, argv: list[str], wishes: Values) -> Values:
    request = {
        "method": method, "sender": ":1.42", "title": transaction.title(argv), "argv": argv, "options": wishes,
    }  # fmt: skip
    return transaction.perform(request)


def finish(before: str, result: Values, wishes: Values, exit_77: bool = False) -> int:
    """What the client says after its transaction: the difference, and that a reboot is due."""
    if wishes.get("dry_run"):
        print("Exiting because of '--dry-run' option")
        return 0
    if wishes.get("reboot"):
        return 0
    if not result["new_default"]:
        return UNCHANGED if exit_77 else 0
    after = sysroot.deployments()[0].checksum
    for line in packages.as_lines(packages.differences(commits.packages(before), commits.packages(after))):
        print(line)
    print(REBOOT_HINT)
    return 0


def change(method: str, values: Values, argv: list[str], wishes: Values, **more: Any) -> int:
    """A verb that may make a new deployment."""
    wishes = {
        "reboot": values["reboot"],
        "lock_finalization": values.get("lock_finalization", False),
        "cache_only": values.get("cache_only", False),
        "download_only": values.get("download_only", False),
        "dry_run": values.get("dry_run", False),
        **wishes,
    }
    before = sysroot.booted().checksum
    result = perform(method, argv, wishes)
    return finish(before, result, wishes, **more)


# -- verbs


def do_status(values: Values, words: list[str], argv: list[str]) -> int:
    document = status.collect()
    code = status.pending_exit(document) if values["pending_exit_77"] else 0
    if values["booted"]:
        document["deployments"] = [entry for entry in document["deployments"] if entry["booted"]]
    if values["jsonpath"]:
        raise ToolError("While compiling jsonpath: the double knows no JSONPath")
    if values["json"]:
        json.dump(document, sys.stdout, indent=2)
        print()
    else:
        print(status.text(document), end="")
    return code


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


def layering(values: Values) -> Values:
    return {"install": values["install"], "uninstall": values["uninstall"]}


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


def do_install(values: Values, words: list[str], argv: list[str]) -> int:
    wishes = {
        "install": words, "uninstall": values["uninstall"], "no_pull_base": True, "idempotent": values["idempotent"],
        "allow_inactive": values["allow_inactive"],
    }  # fmt: skip
    code = change("PkgChange", values, argv, wishes, exit_77=values["unchanged_exit_77"])
    return do_live(values, code)


def do_uninstall(values: Values, words: list[str], argv: list[str]) -> int:
    if not words and not values["all"]:
        raise UsageError("At least one PACKAGE must be specified")
    wishes = {
        "install": values["install"], "uninstall": words, "no_pull_base": True, "idempotent": values["idempotent"],
        "allow_inactive": values["allow_inactive"], "no_layering": values["all"],
    }  # fmt: skip
    code = change("PkgChange", values, argv, wishes, exit_77=values["unchanged_exit_77"])
    return do_live(values, code)


def do_live(values: Values, code: int) -> int:
    if values["apply_live"] and code == 0:
        raise ToolError("the double knows no apply-live yet")
    return code


def do_override(values: Values, words: list[str], argv: list[str]) -> int:
    name, _ = split(argv)
    if name == "override reset":
        if not words and not values["all"]:
            raise UsageError("At least one PACKAGE must be specified")
        if words and values["all"]:
            raise UsageError("Cannot specify PACKAGEs with --all")
    if (values.get("freeze") or values.get("from")) and not values.get("experimental"):
        raise ToolError("Must specify --experimental to use --freeze or --from")
    if values.get("from") or values.get("freeze"):
        raise ToolError("the double knows no override replace --from or --freeze")
    wishes = {
        "no_pull_base": True,
        "no_overrides": values.get("all", False),
        "override_remove": words if name == "override remove" else values.get("remove", []),
        "override_replace": words if name == "override replace" else values.get("replace", []),
        "override_reset": words if name == "override reset" else [],
    } | layering(values)
    code = change("UpdateDeployment", values, argv, wishes)
    if (wishes["override_remove"] or wishes["override_replace"]) and not values["reboot"] and not values["dry_run"]:
        print('Use "rpm-ostree override reset" to undo overrides')
    return code


def do_reset(values: Values, words: list[str], argv: list[str]) -> int:
    every = not (values["overlays"] or values["overrides"] or values["initramfs"])
    wishes = {
        "no_pull_base": True, "no_layering": every or values["overlays"], "no_overrides": every or values["overrides"],
    } | layering(values)  # fmt: skip
    return change("UpdateDeployment", values, argv, wishes)


def do_kargs(values: Values, words: list[str], argv: list[str]) -> int:
    keys = ("append", "delete", "replace", "append_if_missing", "delete_if_present")
    if values["editor"]:
        raise ToolError("the double knows no kargs --editor")
    if values["delete"] and values["replace"]:
        raise ToolError("Cannot specify both --delete and --replace")
    if values["import_proc_cmdline"] and values["deploy_index"]:
        raise ToolError("Cannot specify both --import-from-proc-cmdline and --deploy-index")
    shown = not any(values[key] for key in keys)
    if values["reboot"] and shown:
        raise ToolError("Cannot reboot when kernel arguments not changed")
    existing = kernel_arguments(values)
    if shown:
        print(existing)
        return 0
    wishes = {"existing": existing, **{key: values[key] for key in keys}}
    return change("KernelArgs", values, argv, wishes, exit_77=values["unchanged_exit_77"])


def kernel_arguments(values: Values) -> str:
    entries = sysroot.deployments()
    index = values["deploy_index"]
    if values["import_proc_cmdline"]:
        return Path("/proc/cmdline").read_text(encoding="utf-8").strip()
    if index is None:
        return sysroot.merge().options
    if not index.isdigit():
        raise ToolError(f"Invalid deployment index {index}, must be a number and >= 0")
    if int(index) >= len(entries):
        raise ToolError(f"Out of range deployment index {index}, expected < {len(entries)}")
    return entries[int(index)].options


def do_cleanup(values: Values, words: list[str], argv: list[str]) -> int:
    wishes = {key: values[key] for key in ("base", "pending", "rollback", "repomd")}
    if not any(wishes.values()):
        raise ToolError("At least one cleanup option must be specified")
    perform("Cleanup", argv, wishes)
    return 0


def do_cancel(values: Values, words: list[str], argv: list[str]) -> int:
    running = transaction.active()
    if running is None:
        print("No active transaction.")
        return 0
    print(f"Cancelling transaction: {running.request['title']}")
    transaction.cancel(running)
    transaction.await_end(running)
    print("Cancelled.")
    return 0


def do_finalize(values: Values, words: list[str], argv: list[str]) -> int:
    allowed = values["allow_missing_checksum"]
    if not words and not allowed:
        raise UsageError("Must provide expected CHECKSUM or --allow-missing-checksum")
    if words and allowed:
        raise UsageError("Cannot specify both CHECKSUM and --allow-missing-checksum")
    wishes = {"checksum": words[0] if words else None, "allow_unlocked": values["allow_unlocked"]}
    perform("FinalizeDeployment", argv, wishes)
    return 0


def do_nothing(values: Values, words: list[str], argv: list[str]) -> int:
    return 0


def do_refresh(values: Values, words: list[str], argv: list[str]) -> int:
    perform("RefreshMd", argv, {})
    return 0


def do_apply_live(values: Values, words: list[str], argv: list[str]) -> int:
    raise ToolError("the double knows no apply-live yet")


RUN: dict[str, Callable[[Values, list[str], list[str]], int]] = {
    "status": do_status,
    "upgrade": do_upgrade,
    "deploy": do_deploy,
    "rebase": do_rebase,
    "rollback": do_rollback,
    "install": do_install,
    "uninstall": do_uninstall,
    "override remove": do_override,
    "override replace": do_override,
    "override reset": do_override,
    "reset": do_reset,
    "kargs": do_kargs,
    "cleanup": do_cleanup,
    "cancel": do_cancel,
    "reload": do_nothing,
    "refresh-md": do_refresh,
    "finalize-deployment": do_finalize,
    "apply-live": do_apply_live,
    "db diff": database.do_diff,
    "db list": database.do_list,
}
