"""Verbs that look, and those of the host itself: status, kargs, cleanup, cancel, finalize-deployment."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from . import settings, status, sysroot, transaction
from .client import Values, change, perform
from .errors import ToolError, UsageError


def do_status(values: Values, words: list[str], argv: list[str]) -> int:
    document = status.collect()
    if settings.load()["status_prints"] is not None:
        sys.stdout.write(settings.load()["status_prints"])
        return 0
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
