# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what a host says of its system extensions."""

from __future__ import annotations

from collections.abc import Mapping

from .._errors import ParseError
from .._model.host import Extension

# Whether the host has systemd-sysext.
CAPABILITY = "sysext"
_WORDS = {"yes": True, "no": False}


def parse_extensions(host: str, text: str) -> tuple[Extension, ...]:
    """A line each: whether it is merged, its checksum, and its path, or its name alone where it has none."""
    found = []
    for line in text.splitlines():
        words = line.split(" ", 2)
        if len(words) != 3 or words[0] not in _WORDS:
            raise ParseError(f"{host}: a line about system extensions cannot be read: {line!r}")
        merged, checksum, where = words
        name = where.rpartition("/")[2]
        found.append(
            Extension(
                name[: -len(".raw")] if name.endswith(".raw") else name,
                where if "/" in where else None,
                None if checksum == "-" else checksum,
                _WORDS[merged],
            )
        )
    return tuple(found)


def parse_found(host: str, text: str) -> Mapping[str, str]:
    """The look at one extension: lines of a key and a value."""
    found = {}
    for line in text.splitlines():
        key, space, value = line.partition(" ")
        if not space:
            raise ParseError(f"{host}: a line about a system extension cannot be read: {line!r}")
        found[key] = value
    return found
