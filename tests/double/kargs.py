"""Kernel arguments: what `rpm-ostree kargs` makes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from . import sysroot
from .errors import ToolError

Say = Callable[[str], None]


def change(options: dict[str, Any], say: Say) -> dict[str, Any]:
    """Stage what would boot next anew, with other kernel arguments."""
    start = sysroot.merge()
    before = options["existing"].split()
    after = edited(before, options)
    if after == before and not touched(options):
        say("No changes.")
        return {"changed": False}
    own = [word for word in after if not word.startswith("ostree=")]
    say("Staging deployment... done")
    sysroot.stage(start.checksum, start.origin, start.osname, own, bool(options.get("lock_finalization")))
    if options.get("reboot"):
        sysroot.reboot()
    return {"changed": True}


def touched(options: dict[str, Any]) -> bool:
    """The forms without a condition count as a change whatever they find."""
    return any(options[key] for key in ("append", "delete", "replace"))


def edited(before: Sequence[str], options: dict[str, Any]) -> list[str]:
    words = list(before)
    for wish in options["delete"]:
        words.remove(one(words, wish))
    for wish in options["replace"]:
        key, _equals, value = wish.partition("=")
        old, equals, new = value.partition("=")
        found = one(words, f"{key}={old}" if equals else key)
        words[words.index(found)] = f"{key}={new if equals else value}"
    words += options["append"]
    words += [wish for wish in options["append_if_missing"] if wish not in before]
    for wish in options["delete_if_present"]:
        if wish in before:
            words.remove(wish)
    return words


def one(words: Sequence[str], wish: str) -> str:
    """The argument that a key, or a key and value, names."""
    key, equals, value = wish.partition("=")
    found = [word for word in words if word.partition("=")[0] == key]
    if not found:
        raise ToolError(f"No key '{key}' found")
    if not equals:
        if len(found) > 1:
            raise ToolError(f"Multiple values for key '{key}' found")
        return found[0]
    if wish not in found:
        raise ToolError(f"No karg '{key}={value}' found")
    return wish
