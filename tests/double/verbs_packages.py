"""Verbs of packages: install, uninstall, override, reset, apply-live."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from .client import Values, change, layering, perform
from .errors import ToolError, UsageError


def do_install(values: Values, words: list[str], argv: list[str]) -> int:
    refuse_builds(values)
    if values["apply_live"] and not values["assumeyes"] and not values["dry_run"]:
        said = "notice: auto-inferring -y/--assumeyes when not run interactively; this will change in the future\n"
        sys.stderr.write(said)
    wishes = {
        "install": words, "uninstall": values["uninstall"], "no_pull_base": True, "idempotent": values["idempotent"],
        "allow_inactive": values["allow_inactive"], "force_replacefiles": values["force_replacefiles"],
    }  # fmt: skip
    return change("PkgChange", values, argv, wishes, exit_77=values["unchanged_exit_77"])


def refuse_builds(values: Values) -> None:
    for name in ("enablerepo", "disablerepo"):
        if values[name]:
            raise ToolError(f"--{name} currently only works in a container build")


def do_uninstall(values: Values, words: list[str], argv: list[str]) -> int:
    if not words and not values["all"]:
        raise UsageError("At least one PACKAGE must be specified")
    wishes = {
        "install": values["install"], "uninstall": words, "no_pull_base": True, "idempotent": values["idempotent"],
        "allow_inactive": values["allow_inactive"], "no_layering": values["all"],
    }  # fmt: skip
    return change("PkgChange", values, argv, wishes, exit_77=values["unchanged_exit_77"])


def do_override_remove(values: Values, words: list[str], argv: list[str]) -> int:
    return override(values, argv, remove=words, replace=values["replace"])


def do_override_replace(values: Values, words: list[str], argv: list[str]) -> int:
    if (values["freeze"] or values["from"]) and not values["experimental"]:
        raise ToolError("Must specify --experimental to use --freeze or --from")
    if values["freeze"] or values["from"]:
        raise ToolError("the double knows no override replace --from or --freeze")
    return override(values, argv, remove=values["remove"], replace=words)


def do_override_reset(values: Values, words: list[str], argv: list[str]) -> int:
    if not words and not values["all"]:
        raise UsageError("At least one PACKAGE must be specified")
    if words and values["all"]:
        raise UsageError("Cannot specify PACKAGEs with --all")
    return override(values, argv, reset=words, every=values["all"])


def override(
    values: Values,
    argv: list[str],
    remove: Sequence[str] = (),
    replace: Sequence[str] = (),
    reset: Sequence[str] = (),
    every: bool = False,
) -> int:
    wishes = {
        "no_pull_base": True, "no_overrides": every, "override_remove": list(remove),
        "override_replace": list(replace), "override_reset": list(reset),
    } | layering(values)  # fmt: skip
    code = change("UpdateDeployment", values, argv, wishes)
    if (remove or replace) and not values["reboot"] and not values["dry_run"]:
        print('Use "rpm-ostree override reset" to undo overrides')
    return code


def do_reset(values: Values, words: list[str], argv: list[str]) -> int:
    every = not (values["overlays"] or values["overrides"] or values["initramfs"])
    wishes = {
        "no_pull_base": True, "no_layering": every or values["overlays"], "no_overrides": every or values["overrides"],
    } | layering(values)  # fmt: skip
    return change("UpdateDeployment", values, argv, wishes)


def do_apply_live(values: Values, words: list[str], argv: list[str]) -> int:
    if values["target"] and values["reset"]:
        raise ToolError("Cannot specify both --target and --reset")
    perform("LiveFs", argv, {key: values[key] for key in ("target", "reset", "allow_replacement")})
    return 0
