# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what the inventory knows of hosts, looked up once.

Ansible puts a host's variables together anew whenever they are asked for. In a fleet that is dearer than asking
the host itself, so a few that are wanted again are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_OURS = "atomic_fleet_"


class Known:
    """Single variables of hosts, as text, without rendering all others. ``every`` is Ansible's hostvars."""

    def __init__(self, every: Any) -> None:
        self._every = every
        self._kept: dict[str, dict[str, Any]] = {}

    def one(self, host: str, name: str) -> str | None:
        """The variable's value; None where the host lacks it."""
        value = self.value(host, name)
        return None if value is None else str(value)

    def value(self, host: str, name: str) -> Any:
        """The same, as it is: a mapping, for one."""
        kept = self._kept.get(host)
        if kept is None or (name not in kept and not name.startswith(_OURS)):
            raw = self._every.raw_get(host)
            kept = self._kept.setdefault(host, {})
            kept.update({key: value for key, value in raw.items() if key.startswith(_OURS)})
            kept[name] = raw.get(name)
        value = kept.get(name)
        if value is None:
            return None
        text = str(value)
        return self._every[host][name] if "{{" in text or "{%" in text else value

    def some(self, host: str, names: Mapping[str, str]) -> dict[str, str]:
        """The values of the named variables, by the keys of ``names``; those the host lacks are left out."""
        found = {key: self.one(host, name) for key, name in names.items()}
        return {key: value for key, value in found.items() if value is not None}
