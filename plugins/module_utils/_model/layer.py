# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a system extension as a plan knows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Layer:
    """An extension that a host shall have, or has. ``checksum`` is ``sha256:…``, or None where there shall be none,
    or is none. ``url`` is where it can be fetched; ``units`` are those it brings."""

    name: str
    checksum: str | None = None
    url: str | None = None
    units: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        if self.checksum is None:
            return f"no {self.name}"
        return f"{self.name} {self.checksum.rpartition(':')[2][:12]}"
