# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: which hosts are kept from updating themselves while a fleet is changed, and for how long."""

from __future__ import annotations

from collections.abc import Mapping

from .._model.fleet import FleetPlan, Snapshot
from .._model.host import HostState
from .._model.journal import Progress


def owner(plan: FleetPlan) -> str:
    """In whose name a rollout holds hosts; a later rollout of the fleet takes its holds over."""
    return f"fleet {plan.fleet}"


def needs_hold(state: HostState, plan: FleetPlan, plan_id: str) -> bool:
    """Whether the host would work against us. What somebody else holds is held."""
    if state.hold is not None:
        return state.hold.owner == owner(plan) and (state.hold.plan != plan_id or bool(state.hold.missing))
    return state.update_driver is not None


def to_release(plan: FleetPlan, progress: Progress, seen: Snapshot) -> Mapping[str, HostState]:
    """The hosts that this fleet's rollouts hold and that run what the plan wanted. After a way back none: released,
    they would go forward to what they were just taken back from; and a plan about extensions is no newer system."""
    if plan.undo or plan.layers:
        return {}
    return {
        host.name: host.state
        for host in seen.hosts
        if host.state is not None
        and host.state.hold is not None
        and host.state.hold.owner == owner(plan)
        and progress.stage(host.name) == "verified"
    }
