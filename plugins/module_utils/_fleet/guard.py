# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: may this Terraform plan be applied? Looked at before anything is touched.

Refused is what takes away, replaces or stops a host that takes traffic, or more hosts than the budget, what a balancer
or a disk with data is made of, and what gives traffic to a pool that has none. What a user has named is let through,
and so is what Terraform knows to be unfit: what a run made by half the next could otherwise never finish.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .._model.contract import Fleet, FleetHost
from .._model.policy import Amount
from .._model.terraform import UPDATE, Loss, Objection, PlannedChange, TerraformPlan
from . import amounts
from .losses import find_losses, known_as
from .providers import BALANCERS, DISKS, MEMBERS, WEIGHTS
from .traffic import pool_weights

_SHOWN = 10


@dataclass(frozen=True)
class GuardPolicy:
    """``serving`` are the pools that take traffic as far as Terraform cannot see it, None where nobody has said.
    ``allow`` are names that may go: of hosts, pools, the fleet, addresses of resources. Hosts of ``retired`` pools are
    not counted."""

    budget: Amount
    serving: frozenset[str] | None = None
    allow: frozenset[str] = frozenset()
    retired: frozenset[str] = frozenset()

    def unsure(self, pool: str) -> bool:
        """Whether a pool whose traffic cannot be seen is taken to serve."""
        return self.serving is None or pool in self.serving


@dataclass(frozen=True)
class Verdict:
    losses: tuple[Loss, ...]
    objections: tuple[Objection, ...]


def judge(plan: TerraformPlan, fleet: Fleet | None, policy: GuardPolicy) -> Verdict:
    """Holds a plan against a policy. ``fleet`` is the contract of the last apply, None where there was none."""
    known = known_as(fleet, plan) if fleet is not None else {}
    losses = tuple(find_losses(plan, known))
    weights = _weights(plan, fleet, known) if fleet is not None else {}
    serving = frozenset(pool for pool, weight in weights.items() if weight or (weight is None and policy.unsure(pool)))
    lost = [loss for loss in losses if not loss.unfit and not _allowed(loss, fleet, policy)]
    objections = [
        *_traffic(lost, serving),
        *_members(plan.changes, known, {loss.host for loss in losses}, serving, policy, fleet),
        *_given(plan.changes, fleet, weights, policy),
        *_whole(plan.changes, BALANCERS if serving else frozenset(), "balancer", "what traffic comes through", policy),
        *_whole(plan.changes, DISKS, "disk", "a disk with data", policy),
        *_over_budget(lost, fleet, policy),
    ]
    return Verdict(losses, tuple(objections))


def judge_all(plan: TerraformPlan, fleets: Sequence[Fleet], policy: GuardPolicy) -> Verdict:
    """The same for a project of several fleets, each with a budget of its own; without any only disks count."""
    verdicts = [judge(plan, fleet, policy) for fleet in fleets] or [judge(plan, None, policy)]
    losses = dict.fromkeys(loss for verdict in verdicts for loss in verdict.losses)
    objections = dict.fromkeys(objection for verdict in verdicts for objection in verdict.objections)
    return Verdict(tuple(losses), tuple(objections))


def refusal(objections: Sequence[Objection]) -> str:
    """The sentence a refused plan ends with, and its list."""
    names = list(dict.fromkeys(objection.names[0] for objection in objections))
    some = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
    more = len(objections) - _SHOWN
    lines = [f"  {objection.what}" for objection in objections[:_SHOWN]] + ([f"  and {more} more"] if more > 0 else [])
    sentence = (
        "The plan is refused, and nothing was touched: it takes away what is needed. Move the traffic away first, "
        f"or name what may go in `allow` (here: {some})."
    )
    return "\n".join((sentence, *lines))


def _weights(plan: TerraformPlan, fleet: Fleet, known: Mapping[str, FleetHost]) -> dict[str, int | None]:
    """What each pool gets now; None where that cannot be seen."""
    return pool_weights(fleet, plan.seen, {alias: host.pool for alias, host in known.items()})


def _allowed(loss: Loss, fleet: Fleet | None, policy: GuardPolicy) -> bool:
    return bool(policy.allow & {loss.host, loss.pool, loss.address, fleet.name if fleet else loss.host})


def _traffic(lost: Iterable[Loss], serving: frozenset[str]) -> Iterator[Objection]:
    for loss in lost:
        if loss.pool in serving:
            what = f"{loss.host} of pool {loss.pool} takes traffic, and would be {loss.how}: {loss.address}"
            yield Objection("traffic", what, (loss.host, loss.pool, loss.address))


def _members(
    changes: Iterable[PlannedChange],
    known: Mapping[str, FleetHost],
    lost: set[str],
    serving: frozenset[str],
    policy: GuardPolicy,
    fleet: Fleet | None,
) -> Iterator[Objection]:
    """Hosts that stay, and would be taken from behind the balancer."""
    for change in changes:
        if change.type not in MEMBERS or not change.removes or change.before is None:
            continue
        before = change.before
        host = next((known[str(before[name])] for name in MEMBERS[change.type] if str(before.get(name)) in known), None)
        if host is None or host.name in lost or host.pool not in serving:
            continue
        loss = Loss(host.name, host.pool, change.address, "taken from the balancer")
        if not _allowed(loss, fleet, policy):
            what = f"{host.name} of pool {host.pool} takes traffic, and would be {loss.how}: {change.address}"
            yield Objection("traffic", what, (host.name, host.pool, change.address))


def _given(
    changes: Iterable[PlannedChange], fleet: Fleet | None, weights: Mapping[str, int | None], policy: GuardPolicy
) -> Iterator[Objection]:
    """New places behind the balancer that would give traffic to a pool from which all was taken: where each host has a
    weight of its own, a new one begins with what the configuration says, and not with what was moved since."""
    tags = {
        tag: share.pool
        for balancer in (fleet.traffic if fleet is not None else ())
        for share in balancer.shares
        for tag in share.settings.values()
    }
    for change in changes:
        if change.type not in WEIGHTS or change.after is None or change.actions == UPDATE:
            continue
        weight, name, marks = WEIGHTS[change.type]
        pool = next((tags[mark] for mark in change.after.get(marks) or () if mark in tags), None)
        host = str(change.after.get(name))
        if pool is None or weights.get(pool) != 0 or not change.after.get(weight):
            continue
        if not policy.allow & {host, pool, change.address}:
            begins = f"{host} would begin with the weight {change.after[weight]}"
            what = f"{begins}, and its pool {pool} gets no traffic now: set the pool's weight to 0: {change.address}"
            yield Objection("traffic", what, (host, pool, change.address))


def _whole(
    changes: Iterable[PlannedChange], types: frozenset[str], kind: str, what: str, policy: GuardPolicy
) -> Iterator[Objection]:
    for change in changes:
        if change.type in types and change.removes and not change.deposed and change.address not in policy.allow:
            how = "replaced" if change.replaces else "destroyed"
            yield Objection(kind, f"{change.address}, {what}, would be {how}", (change.address,))


def _over_budget(lost: Sequence[Loss], fleet: Fleet | None, policy: GuardPolicy) -> Iterator[Objection]:
    counted = [loss for loss in lost if loss.pool not in policy.retired]
    room = amounts.at_most(policy.budget, len(fleet.hosts)) if fleet is not None else 0
    if fleet is not None and len(counted) > room:
        pools = sorted({loss.pool for loss in counted})
        what = (
            f"{len(counted)} of {len(fleet.hosts)} hosts would be away at once, and the budget is {policy.budget}, "
            f"{room} of them"
        )
        yield Objection("budget", what, tuple(pools))
