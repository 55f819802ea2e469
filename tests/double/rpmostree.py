"""The rpm-ostree command: parses a command line by matrix.py and runs its verb."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from . import database, options, settings, verbs_deploy, verbs_host, verbs_packages
from .client import Values
from .errors import ToolError, UsageError
from .matrix import ALIASES, GLOBAL, GROUPS, VERBS, Verb

VERSION = "2026.2"
BOOTED = Path("/run/ostree-booted")


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
    lacking = settings.load()["without"]
    table = [option for option in (*verb.options, *GLOBAL) if option.name not in lacking]
    values, words = options.parse(table, rest)
    if values["help"]:
        print(f"Usage:\n  rpm-ostree {name} [OPTION…] {verb.usage}\n\nApplication Options:")
        print("".join(f"  --{option.name}{'=VALUE' if option.kind != 'flag' else ''}\n" for option in table), end="")
        return 0
    check_words(name, verb, words)
    if not BOOTED.exists() and not name.startswith("db"):
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


RUN: dict[str, Callable[[Values, list[str], list[str]], int]] = {
    "status": verbs_host.do_status,
    "upgrade": verbs_deploy.do_upgrade,
    "deploy": verbs_deploy.do_deploy,
    "rebase": verbs_deploy.do_rebase,
    "rollback": verbs_deploy.do_rollback,
    "install": verbs_packages.do_install,
    "uninstall": verbs_packages.do_uninstall,
    "override remove": verbs_packages.do_override_remove,
    "override replace": verbs_packages.do_override_replace,
    "override reset": verbs_packages.do_override_reset,
    "reset": verbs_packages.do_reset,
    "kargs": verbs_host.do_kargs,
    "cleanup": verbs_host.do_cleanup,
    "cancel": verbs_host.do_cancel,
    "reload": verbs_host.do_nothing,
    "refresh-md": verbs_host.do_refresh,
    "finalize-deployment": verbs_host.do_finalize,
    "apply-live": verbs_packages.do_apply_live,
    "db diff": database.do_diff,
    "db list": database.do_list,
}
