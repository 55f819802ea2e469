# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what rpm said of the packages in a host's deployments, and the names of packages."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from .._errors import ParseError

# name-[epoch:]version-release.architecture
_NEVRA = re.compile(r"(?P<name>[^/\s]+)-(?:\d+:)?(?P<version>[^-/\s]+)-(?P<release>[^-/\s]+)\.(?P<arch>\w+)")
_SHA256 = re.compile(r"[0-9a-f]{64}:")


def parse_provided(host: str, text: str, words: Collection[str]) -> Mapping[str, frozenset[str]]:
    """Of ``words``, those that each deployment (``checksum.serial``) holds: by a package's name, with or without
    version and architecture, by what a package provides, or as a path. Raises ParseError."""
    found: dict[str, set[str]] = {}
    current: set[str] | None = None
    for line in text.splitlines():
        mark, _blank, rest = line.partition(" ")
        if mark == "#":
            current = found.setdefault(rest, set())
        elif mark not in ("@", "+", "="):
            # rpm's words on what it did not find
            continue
        elif current is None:
            raise ParseError(f"{host}: rpm's answer names a package of no deployment: {line[:80]!r}")
        elif mark == "@":
            current.update(_labels(host, rest))
        else:
            current.add(rest)
    return {name: frozenset(held.intersection(words)) for name, held in found.items()}


def _labels(host: str, text: str) -> tuple[str, ...]:
    """All that a package may be called."""
    parts = text.split()
    if len(parts) != 3:
        raise ParseError(f"{host}: rpm's answer names a package that cannot be read: {text[:80]!r}")
    name, evr, arch = parts
    release = evr.rpartition(":")[2]
    plain = (name, f"{name}-{release.rpartition('-')[0]}", f"{name}-{release}", f"{name}-{evr}")
    return (*plain, *(f"{label}.{arch}" for label in plain))


def parse_files(host: str, text: str, files: Sequence[str]) -> Mapping[str, str | None]:
    """The package that each file is, or None where it is none or not there. Raises ParseError."""
    lines = [line[2:] for line in text.splitlines() if line.startswith("= ")]
    if len(lines) != len(files):
        raise ParseError(f"{host}: rpm told of {len(lines)} files where {len(files)} were asked for")
    return {path: nevra or None for path, nevra in zip(files, lines)}


def plain_nevra(text: str) -> str:
    """A package without the hash that rpm-ostree may put before it, and without an epoch: as its file is called."""
    text = _SHA256.sub("", text, count=1) if _SHA256.match(text) else text
    return re.sub(r"-\d+:", "-", text, count=1)


def package_name(nevra: str) -> str | None:
    """``name`` of ``name-version-release.arch``; None for what is none."""
    found = _NEVRA.fullmatch(nevra)
    return found.group("name") if found else None
