# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what an audit expects: the words of a task, and what a plan says of each host."""

from __future__ import annotations

from dataclasses import replace

from .._model.fleet import SKIP, FleetPlan
from .._model.host_posture import Expected


def expected_of(base: Expected, plan: FleetPlan | None, host: str) -> Expected:
    """What is expected of one host: the words given for all, and what the plan has it boot."""
    if plan is None:
        return base
    if plan.layers:
        return replace(base, unplanned="the plan is about extensions, not about what is booted")
    planned = plan.by_name.get(host)
    if planned is None:
        return replace(base, unplanned="the plan does not know it")
    if planned.target is None or planned.action == SKIP:
        return replace(base, unplanned=f"the plan skips it: {planned.reason}")
    return replace(base, booted=planned.target.checksum, label=planned.target.label)
