# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: when hosts may be taken away."""

from __future__ import annotations

from dataclasses import dataclass

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
UTC_NAME = "UTC"


@dataclass(frozen=True)
class Window:
    """Times of a day on the clocks on the wall, in minutes after midnight. ``ends`` at or before ``begins`` is on
    the next day. ``days`` are those on which it begins; none: every day."""

    begins: int
    ends: int
    days: tuple[str, ...] = ()
