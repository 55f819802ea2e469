# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: how two systems differ, in packages where a database names them, else in files."""

from __future__ import annotations

from dataclasses import dataclass

ADDED, REMOVED, UPGRADED, DOWNGRADED = "added", "removed", "upgraded", "downgraded"
KINDS = (ADDED, REMOVED, UPGRADED, DOWNGRADED)
# What named the packages; FILES where no database did, UNKNOWN where the two could not be compared.
RPM_OSTREE, DPKG, FILES, UNKNOWN = "rpm-ostree", "dpkg", "files", "unknown"
SOURCES = (RPM_OSTREE, DPKG, FILES, UNKNOWN)
# How many of each a document keeps.
KEPT_CHANGES, KEPT_ADVISORIES, KEPT_NAMES = 200, 50, 20


@dataclass(frozen=True)
class PackageChange:
    """One package. ``old`` and ``new`` are versions as the packages' own tool has them; None where it is not there."""

    name: str
    kind: str
    arch: str
    old: str | None = None
    new: str | None = None


@dataclass(frozen=True)
class Advisory:
    """An advisory that the newer system brings. ``severity`` is none, low, moderate, important or critical."""

    id: str
    kind: str
    severity: str
    packages: tuple[str, ...] = ()
    cves: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileChanges:
    """Files below /usr, counted, and the first of them with a sign before each (+, -, ~)."""

    added: int = 0
    removed: int = 0
    modified: int = 0
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class PackageDiff:
    """What changes from one system to another. The first changes are named, all are counted; ``more`` says that
    there are others beyond the count. ``reason`` is why nothing is known, where nothing is."""

    source: str
    changes: tuple[PackageChange, ...] = ()
    added: int = 0
    removed: int = 0
    upgraded: int = 0
    downgraded: int = 0
    advisories: tuple[Advisory, ...] = ()
    files: FileChanges | None = None
    more: bool = False
    reason: str | None = None

    @property
    def total(self) -> int:
        return self.added + self.removed + self.upgraded + self.downgraded


NOT_STAGED = PackageDiff(UNKNOWN, reason="unknown until staged")
