# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what a wave does on each of its hosts, by what the plan is about: what is booted, or
extensions that are layered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..module_utils._errors import FleetError
from ..module_utils._fleet.holds import needs_hold, owner
from ..module_utils._fleet.layers import render_layer, standing, way_back
from ..module_utils._fleet.plan_file import plan_id
from ..module_utils._host.backend import Staging
from ..module_utils._host.deployment import stage
from ..module_utils._host.driver import hold
from ..module_utils._host.gates import host_gates
from ..module_utils._host.layer import layer
from ..module_utils._host.observe import observe_surely
from ..module_utils._host.prefetch import Prefetched, pull, stage_locked
from ..module_utils._host.turn import bring_up, look, take_back
from ..module_utils._host.wish import Exact
from ..module_utils._model.fleet import FleetPlan, PlannedHost, Target
from ..module_utils._model.host import Deployment, HostState
from ..module_utils._model.journal import HOST_STAGED, Event
from ..module_utils._model.policy import LOCKED
from ..module_utils._model.talk import Talk


@dataclass(frozen=True)
class Made:
    """What the first step made ready: in words, and what the journal is to know of it."""

    label: str
    data: Mapping[str, Any] = field(default_factory=dict)


class Deeds(Protocol):
    @property
    def reboots(self) -> bool:
        """Whether what was made ready needs a reboot."""

    def make(self, host: PlannedHost) -> Talk[Made]:
        """Make the target ready, or, where that needs no reboot, real."""

    def prefetch(self, host: PlannedHost, how: str) -> Talk[Prefetched]:
        """Bring the target to the host before its turn."""

    def bring_up(self, host: PlannedHost, left: str | None) -> Talk[HostState]:
        """The host as it then is. ``left`` is the boot that an interrupted turn wanted to leave."""

    def take_back(self, host: PlannedHost, coming: bool) -> Talk[HostState]:
        """Make the host what it was before its turn. ``coming``: it may be on its way already, and down."""

    def label(self, state: HostState) -> str:
        """What the host has of what the plan is about."""


def deeds_of(plan: FleetPlan, events: Sequence[Event]) -> Deeds:
    return Layers(plan, events) if plan.layers else Deployments(plan, plan_id(plan))


@dataclass(frozen=True)
class Deployments:
    plan: FleetPlan
    plan_id: str
    reboots: bool = True

    def make(self, host: PlannedHost) -> Talk[Made]:
        state, exact = yield from self._ready(host)
        # what was staged in advance stays held back until the reboot itself
        held = state.staged is not None and state.staged.locked and state.staged.is_at(exact.checksum)
        timeout = self.plan.policy_for(host.name).stage_timeout
        after = (yield from stage(host.name, exact, Staging(lock=held), timeout, state)).after
        upcoming = after.staged or after.next_boot
        return Made(f"{upcoming.label if upcoming else 'nothing'} is staged", {"boot_id": after.boot_id})

    def prefetch(self, host: PlannedHost, how: str) -> Talk[Prefetched]:
        state, exact = yield from self._ready(host)
        bring = stage_locked if how == LOCKED else pull
        return (yield from bring(host.name, exact, state, self.plan.policy_for(host.name).stage_timeout))

    def _ready(self, host: PlannedHost) -> Talk[tuple[HostState, Exact]]:
        """The host, held where it updates itself, and what it is to boot."""
        to = target_of(host)
        state = yield from observe_surely(host.name)
        if needs_hold(state, self.plan, self.plan_id):
            _held, state = yield from hold(host.name, state, owner(self.plan), self.plan_id)
        return state, Exact(to.checksum, to.version, to.refspec, image=to.image)

    def bring_up(self, host: PlannedHost, left: str | None) -> Talk[HostState]:
        policy = self.plan.policy_for(host.name)
        gates = host_gates(policy.gates)
        return bring_up(host.name, target_of(host).checksum, left, policy.boot_timeout, gates=gates)

    def take_back(self, host: PlannedHost, coming: bool) -> Talk[HostState]:
        was = host.was or Deployment("", "")
        policy = self.plan.policy_for(host.name)
        return take_back(host.name, was, policy.boot_timeout, stage_timeout=policy.stage_timeout, coming=coming)

    def label(self, state: HostState) -> str:
        return state.booted.label if state.booted else "nothing"


@dataclass(frozen=True)
class Layers:
    plan: FleetPlan
    events: Sequence[Event]
    reboots: bool = False

    def make(self, host: PlannedHost) -> Talk[Made]:
        wanted = target_of(host).layers
        done = yield from layer(host.name, wanted, self.plan.policy_for(host.name).stage_timeout, keep=True)
        return Made(f"{self.label(done.after)} is layered", {"before": [render_layer(one) for one in done.before]})

    def prefetch(self, host: PlannedHost, how: str) -> Talk[Prefetched]:
        raise FleetError(f"{host.name}: extensions come to a host in its wave; make a new plan.")

    def bring_up(self, host: PlannedHost, left: str | None) -> Talk[HostState]:
        policy = self.plan.policy_for(host.name)
        return look(host.name, policy.boot_timeout, gates=host_gates(policy.gates))

    def take_back(self, host: PlannedHost, coming: bool) -> Talk[HostState]:
        before = way_back(host, recorded(self.events, host.name))
        done = yield from layer(host.name, before, self.plan.policy_for(host.name).stage_timeout, keep=False)
        return done.after

    def label(self, state: HostState) -> str:
        now = standing(state, self.plan.layers)
        return now.label if now else "nothing"


def target_of(host: PlannedHost) -> Target:
    if host.target is None:
        raise FleetError(f"{host.name}: the plan changes it but says not to what; make a new plan.")
    return host.target


def recorded(events: Sequence[Event], host: str) -> Sequence[Mapping[str, Any]]:
    """The extensions of a host as they were before they were changed, by the journal."""
    staged = [event for event in events if event.kind == HOST_STAGED and event.host == host]
    found: Sequence[Mapping[str, Any]] = staged[-1].data.get("before", ()) if staged else ()
    return found
