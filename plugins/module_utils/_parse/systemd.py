# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what systemctl prints."""

from __future__ import annotations

_STATES = ("initializing", "starting", "running", "degraded", "maintenance", "stopping", "offline")


def parse_system(text: str) -> str:
    """systemd's word for the state of the whole system, ``unknown`` where it says none."""
    word = text.strip().splitlines()[-1].strip() if text.strip() else ""
    return word if word in _STATES else "unknown"


def parse_failed(text: str, ours: str) -> tuple[str, ...]:
    """Names of failed units; those that begin with ``ours`` are our own work and no sign of ill health."""
    names = []
    for line in text.splitlines():
        words = line.replace("●", " ").split()
        if words and not words[0].startswith(ours):
            names.append(words[0])
    return tuple(names)


def parse_active(text: str, units: tuple[str, ...]) -> str | None:
    """The first of ``units`` that ``systemctl is-active UNITS`` calls active."""
    for unit, word in zip(units, text.splitlines()):
        if word.strip() == "active":
            return unit
    return None
