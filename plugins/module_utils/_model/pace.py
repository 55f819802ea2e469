# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: how long hosts take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """Seconds: what half of the hosts needed at most, what nine out of ten did, what the slowest did."""

    median: float
    most: float
    slowest: float


@dataclass(frozen=True)
class Pace:
    """``stage`` is from a host's turn to its target being staged, ``boot`` from there until it passes its gates.
    ``hosts`` are those it was learned from; 0: nobody knows, and these are guesses."""

    stage: Spread = Spread(180.0, 180.0, 180.0)
    boot: Spread = Spread(180.0, 180.0, 180.0)
    hosts: int = 0
