# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what is found on a host, against what is expected of it."""

from __future__ import annotations

from .._model.host_posture import Expected, HostPosture
from .._model.posture import CHECKS, UNKNOWN, Finding


def judge(posture: HostPosture, expected: Expected) -> tuple[Finding, ...]:
    """What every check of CHECKS finds on the host, in that order: at least one Finding for each, never none."""
    why = posture.error or "it was not looked at"
    return tuple([Finding(posture.host, check.name, UNKNOWN, message=f"Not known: {why}.") for check in CHECKS])
