# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what is found on a host, against what is expected of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Callable

from .._model.host_posture import Expected, HostPosture
from .._model.posture import CHECKS, NOT_APPLICABLE, UNKNOWN, Finding
from .posture_image import IMAGE
from .posture_sshd import SSHD
from .posture_system import SYSTEM
from .posture_verdict import Verdict

Judge = Callable[[HostPosture, Expected], Sequence[Verdict]]
JUDGES: Mapping[str, Judge] = {**IMAGE, **SYSTEM, **SSHD}


def judge(posture: HostPosture, expected: Expected) -> tuple[Finding, ...]:
    """What every check of CHECKS finds on the host, in that order: at least one Finding for each, never none."""
    return tuple(
        [
            Finding(posture.host, check.name, one.outcome, one.subject, one.message, one.remedy, dict(one.evidence))
            for check in CHECKS
            for one in _asked(check.name, posture, expected)
        ]
    )


def _asked(check: str, posture: HostPosture, expected: Expected) -> Sequence[Verdict]:
    if check in expected.skip:
        return (Verdict(NOT_APPLICABLE, "Not asked: the profile skips this check."),)
    if posture.error is not None:
        return (Verdict(UNKNOWN, f"Not known: {posture.error}."),)
    return JUDGES[check](posture, expected)
