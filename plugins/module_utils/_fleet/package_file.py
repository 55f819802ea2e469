# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what a plan knows of packages, as a line of its file and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._host.package_words import render_packages
from .._model.fleet import PlannedPackages, Target
from .._model.packages import (
    ADDED,
    DOWNGRADED,
    KINDS,
    REMOVED,
    SOURCES,
    UPGRADED,
    Advisory,
    FileChanges,
    PackageChange,
    PackageDiff,
)
from .document import Place


def render_pair(pair: PlannedPackages, names: Mapping[Target, str]) -> dict[str, Any]:
    line = {"from": pair.from_id, "from_version": pair.from_version, "to": names[pair.target]}
    return {key: value for key, value in line.items() if value is not None} | render_packages(pair.diff)


def parse_pair(data: Mapping[str, Any], targets: Mapping[str, Target], place: Place) -> PlannedPackages:
    """Read what render_pair wrote. Raises ParseError."""
    to = place.text(data, "to")
    if to not in targets:
        place.wrong(f"packages go to {to}, which is no target of the plan")
    version = place.maybe_text(data, "from_version")
    return PlannedPackages(place.text(data, "from"), version, targets[to], _diff(data, place))


def _diff(data: Mapping[str, Any], place: Place) -> PackageDiff:
    files = data.get("files")
    source = place.text(data, "source")
    if source not in SOURCES:
        place.wrong(f"source of packages is {source}, not one of {', '.join(SOURCES)}")
    return PackageDiff(
        source,
        tuple([_change(one, place) for one in place.items(data, "changes")]),
        place.whole(data, ADDED),
        place.whole(data, REMOVED),
        place.whole(data, UPGRADED),
        place.whole(data, DOWNGRADED),
        tuple([_advisory(one, place) for one in place.items(data, "advisories")]),
        None if files is None else _files(place.mapping(files, "files"), place),
        place.flag(data, "more"),
        place.maybe_text(data, "reason"),
    )


def _change(value: Any, place: Place) -> PackageChange:
    data = place.mapping(value, "a package")
    kind = place.text(data, "kind")
    if kind not in KINDS:
        place.wrong(f"kind of a package is {kind}, not one of {', '.join(KINDS)}")
    arch = place.maybe_text(data, "arch") or ""
    return PackageChange(
        place.text(data, "name"), kind, arch, place.maybe_text(data, "old"), place.maybe_text(data, "new")
    )


def _advisory(value: Any, place: Place) -> Advisory:
    data = place.mapping(value, "an advisory")
    return Advisory(
        place.text(data, "id"),
        place.text(data, "kind"),
        place.text(data, "severity"),
        place.texts(data, "packages"),
        place.texts(data, "cves"),
    )


def _files(data: Mapping[str, Any], place: Place) -> FileChanges:
    added, removed, modified = (place.whole(data, kind) for kind in ("added", "removed", "modified"))
    return FileChanges(added, removed, modified, place.texts(data, "names"))
