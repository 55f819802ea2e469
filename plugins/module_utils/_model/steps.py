# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what is to be done on one host, as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One thing to do. ``verb`` is a word of the field (stage, finalize, reboot, pin, …), ``argv`` is run
    as it stands, without a shell, in a transient unit that outlives the connection."""

    verb: str
    summary: str
    argv: tuple[str, ...] = ()


@dataclass(frozen=True)
class HostPlan:
    """The decision for one host. No steps: nothing to do; ``reason`` says why either way."""

    steps: tuple[Step, ...]
    reason: str
    target: str | None = None

    @property
    def changed(self) -> bool:
        return bool(self.steps)
