# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the difference of two systems as plain values for results and files, and as lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from .._model.packages import ADDED, FILES, KINDS, REMOVED, UNKNOWN, Advisory, FileChanges, PackageChange, PackageDiff


def render_packages(diff: PackageDiff) -> dict[str, Any]:
    """What does not hold, or is empty, is left out."""
    if diff.source == UNKNOWN:
        return {"source": diff.source, "reason": diff.reason}
    line: dict[str, Any] = {"source": diff.source, **{kind: getattr(diff, kind) for kind in KINDS}}
    if diff.more:
        line["more"] = True
    if diff.changes:
        line["changes"] = [_given(asdict(change)) for change in diff.changes]
    if diff.advisories:
        line["advisories"] = [_given(asdict(advisory)) for advisory in diff.advisories]
    if diff.files is not None:
        line["files"] = {**asdict(diff.files), "names": list(diff.files.names)}
    return line


def _given(line: dict[str, Any]) -> dict[str, Any]:
    plain = {key: list(value) if isinstance(value, tuple) else value for key, value in line.items()}
    return {key: value for key, value in plain.items() if value not in (None, [])}


def package_summary(diff: PackageDiff) -> str:
    """The difference in a few words."""
    if diff.source == UNKNOWN:
        return diff.reason or UNKNOWN
    parts = []
    if diff.source != FILES:
        counts = [f"{getattr(diff, kind)} {kind}" for kind in KINDS if getattr(diff, kind)]
        parts.append(("at least " if diff.more else "") + ", ".join(counts) if counts else "no package differs")
    if diff.advisories:
        parts.append("1 advisory" if len(diff.advisories) == 1 else f"{len(diff.advisories)} advisories")
    if diff.files is not None:
        parts.append(file_summary(diff.files))
    return "; ".join(parts)


def file_summary(files: FileChanges) -> str:
    kinds = ("added", "removed", "modified")
    counts = [f"{getattr(files, kind)} {kind}" for kind in kinds if getattr(files, kind)]
    return "files: " + (", ".join(counts) or "none differs")


def package_lines(diff: PackageDiff, most: int) -> list[str]:
    """The packages one by one, at most so many; the names of files where no package is named."""
    lines = [change_line(change) for change in diff.changes[:most]]
    if lines and (diff.total > len(lines) or diff.more):
        lines.append("  and {} more".format("many" if diff.more else diff.total - len(lines)))
    lines += [advisory_line(advisory) for advisory in diff.advisories[:most]]
    return lines or list(_files(diff, most))


def printable_lines(lines: list[str]) -> str:
    """What hosts said, without anything a terminal would act on."""
    return "".join(["".join([one if one.isprintable() else "?" for one in line]) + "\n" for line in lines])


def change_line(change: PackageChange) -> str:
    if change.kind == ADDED:
        return f"+ {change.name} {change.new}"
    if change.kind == REMOVED:
        return f"- {change.name} {change.old}"
    down = "" if change.kind == "upgraded" else " (downgraded)"
    return f"~ {change.name} {change.old} -> {change.new}{down}"


def advisory_line(advisory: Advisory) -> str:
    cves = f": {', '.join(advisory.cves)}" if advisory.cves else ""
    return f"! {advisory.id} ({advisory.kind}, {advisory.severity}){cves}"


def _files(diff: PackageDiff, most: int) -> Iterator[str]:
    if diff.files is None:
        return
    yield from diff.files.names[:most]
    total = diff.files.added + diff.files.removed + diff.files.modified
    left = total - len(diff.files.names[:most])
    if left > 0:
        yield f"  and {left} more files"
