"""Differences between two package lists: as `db diff --format=json` has them, and as verbs print them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .layering import ARCH, compare

ADDED, REMOVED, UPGRADED, DOWNGRADED = 0, 1, 2, 3


class Change(NamedTuple):
    """One package that differs."""

    name: str
    kind: int
    before: str
    after: str


def differences(old: Mapping[str, str], new: Mapping[str, str]) -> list[Change]:
    """Name, kind, old and new version of what differs, by name."""
    found = []
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name, ""), new.get(name, "")
        if before == after:
            continue
        if not before or not after:
            found.append(Change(name, REMOVED if before else ADDED, before, after))
        else:
            found.append(Change(name, UPGRADED if compare(after, before) > 0 else DOWNGRADED, before, after))
    return found


def as_json(changes: Sequence[Change]) -> list[list[object]]:
    result: list[list[object]] = []
    for name, kind, before, after in changes:
        details = {}
        if before:
            details["PreviousPackage"] = [name, before, ARCH]
        if after:
            details["NewPackage"] = [name, after, ARCH]
        result.append([name, kind, details])
    return result


def as_lines(changes: Sequence[Change]) -> list[str]:
    """The multiline form that verbs print behind a new deployment."""
    lines = []
    for kind, heading in ((UPGRADED, "Upgraded"), (DOWNGRADED, "Downgraded"), (REMOVED, "Removed"), (ADDED, "Added")):
        chosen = [change for change in changes if change.kind == kind]
        if chosen:
            lines.append(f"{heading}:")
        for name, _kind, before, after in chosen:
            lines.append(f"  {name} {before} -> {after}" if before and after else f"  {name}-{before or after}.{ARCH}")
    return lines


def summary(changes: Sequence[Change]) -> str:
    words = ((UPGRADED, "upgraded"), (DOWNGRADED, "downgraded"), (REMOVED, "removed"), (ADDED, "added"))
    counts = ((sum(change.kind == kind for change in changes), word) for kind, word in words)
    return ", ".join(f"{count} {word}" for count, word in counts if count)
