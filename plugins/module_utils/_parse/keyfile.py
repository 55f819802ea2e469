# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the remotes in ostree's configuration, a GLib key file."""

from __future__ import annotations

import re

from .._model.host import Remote

_GROUP = re.compile(r'\[remote "(.+)"\]')
_OWN = ("url", "gpg-verify")


def parse_remotes(text: str) -> tuple[Remote, ...]:
    """The remotes in the order of the file; a later group of one name adds to the earlier."""
    groups: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    for raw in text.splitlines():
        line = raw.strip()
        if line.startswith("["):
            match = _GROUP.fullmatch(line)
            current = groups.setdefault(match.group(1), {}) if match else {}
        elif "=" in line and not line.startswith("#"):
            key, value = line.split("=", 1)
            current[key.strip()] = _unescaped(value.strip())
    return tuple(
        Remote(
            name=name,
            url=values.get("url", ""),
            gpg_verify=values.get("gpg-verify", "true").lower() in ("true", "1"),
            options={key: value for key, value in values.items() if key not in _OWN},
        )
        for name, values in groups.items()
    )


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda m: {"s": " ", "n": "\n", "t": "\t", "r": "\r"}.get(m.group(1), m.group(1)), value)
