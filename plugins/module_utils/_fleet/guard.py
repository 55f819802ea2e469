# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: may this Terraform plan be applied? Looked at before anything is touched.

Refused is what takes away, replaces or stops a host that takes traffic, or more hosts than the budget, or what a
balancer or a disk with data is made of. What a user has named is let through, and so is what Terraform knows to be
unfit: what a run made by half the next could otherwise never finish.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .._model.contract import Fleet, FleetHost
from .._model.policy import Amount
from .._model.terraform import FORGET, UPDATE, Loss, Objection, PlannedChange, SeenResource, TerraformPlan
from . import amounts
from .providers import BALANCERS, DISKS, IDENTITY, MEMBERS, STOPS, SWITCHES
from .traffic import pool_weights

_SHOWN = 10


@dataclass(frozen=True)
class GuardPolicy:
    """``serving`` are the pools that take traffic, None where the plan itself shall tell. ``allow`` are names that may
    go: of hosts, pools, the fleet, addresses of resources. Hosts of ``retired`` pools are not counted."""

    budget: Amount
    serving: frozenset[str] | None = None
    allow: frozenset[str] = frozenset()
    retired: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Verdict:
    losses: tuple[Loss, ...]
    objections: tuple[Objection, ...]


def judge(plan: TerraformPlan, fleet: Fleet | None, policy: GuardPolicy) -> Verdict:
    """Holds a plan against a policy. ``fleet`` is the contract of the last apply, None where there was none."""
    known = _known(fleet, plan) if fleet is not None else {}
    losses = tuple(_losses(plan, known))
    serving = _serving(plan, fleet, policy, known) if fleet is not None else frozenset()
    lost = [loss for loss in losses if not loss.unfit and not _allowed(loss, fleet, policy)]
    objections = [
        *_traffic(lost, serving),
        *_members(plan.changes, known, {loss.host for loss in losses}, serving, policy, fleet),
        *_whole(plan.changes, BALANCERS if serving else frozenset(), "balancer", "what traffic comes through", policy),
        *_whole(plan.changes, DISKS, "disk", "a disk with data", policy),
        *_over_budget(lost, fleet, policy),
    ]
    return Verdict(losses, tuple(objections))


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


def _known(fleet: Fleet, plan: TerraformPlan) -> dict[str, FleetHost]:
    """From everything a machine is known by, its id and addresses among it, to the host of the contract."""
    hosts = {host.id: host for host in fleet.hosts}
    names = {host.name: host for host in fleet.hosts}
    known = dict(hosts)
    for resource in plan.seen:
        if resource.type in STOPS:
            aliases = tuple(_aliases(resource.values))
            host = next((hosts[alias] for alias in aliases if alias in hosts), None) or names.get(_of_the_lab(resource))
            if host is not None:
                known.update(dict.fromkeys(aliases, host))
    for host in fleet.hosts:
        known.setdefault(host.ssh.address, host)
        known.setdefault(host.name, host)
    return known


def _aliases(values: Mapping[str, object]) -> Iterator[str]:
    for name in IDENTITY:
        value = values.get(name)
        if isinstance(value, str) and value:
            yield value
        elif isinstance(value, list):
            yield from (str(item) for item in value)
    interfaces = values.get("network_interface")
    for interface in interfaces if isinstance(interfaces, list) else ():
        if isinstance(interface, dict) and interface.get("network_ip"):
            yield str(interface["network_ip"])


def _of_the_lab(resource: SeenResource) -> str:
    given = resource.values.get("input")
    return str(given.get("host", "")) if resource.type == "terraform_data" and isinstance(given, dict) else ""


def _losses(plan: TerraformPlan, known: Mapping[str, FleetHost]) -> Iterator[Loss]:
    told: set[str] = set()
    for change in plan.changes:
        if change.before is None or change.deposed:
            continue
        host, how = _hit(change, known)
        if host is not None and how and host.name not in told:
            told.add(host.name)
            yield Loss(host.name, host.pool, change.address, how, gone=change.removes, unfit=change.tainted)


def _hit(change: PlannedChange, known: Mapping[str, FleetHost]) -> tuple[FleetHost | None, str]:
    """The host that a change takes away or stops, and how, in words; no words where it does neither."""
    before = change.before or {}
    if change.type in SWITCHES:
        return known.get(str(before.get(SWITCHES[change.type]))), "switched"
    if change.type not in STOPS:
        return None, ""
    resource = SeenResource(change.address, change.type, before)
    alias = next((alias for alias in (*_aliases(before), _of_the_lab(resource)) if alias in known), "")
    host = known.get(alias)
    if change.tainted:
        return host, "replaced (tainted)"
    if change.replaces:
        return host, f"replaced ({', '.join(change.reasons)} changes)" if change.reasons else "replaced"
    if change.removes:
        return host, "destroyed"
    if change.actions == FORGET:
        return host, "forgotten"
    stops = sorted(STOPS[change.type] & _changed(change)) if change.actions == UPDATE else []
    return host, f"stopped ({', '.join(stops)} changes)" if stops else ""


def _changed(change: PlannedChange) -> set[str]:
    before, after = change.before or {}, change.after or {}
    unknown = change.unknown if isinstance(change.unknown, dict) else {}
    return {name for name in {*before, *after, *unknown} if before.get(name) != after.get(name) or unknown.get(name)}


def _serving(plan: TerraformPlan, fleet: Fleet, policy: GuardPolicy, known: Mapping[str, FleetHost]) -> frozenset[str]:
    """The pools that take traffic, or may: what cannot be seen is taken to serve."""
    if policy.serving is not None:
        return policy.serving
    pool_of = {alias: host.pool for alias, host in known.items()}
    return frozenset(pool for pool, weight in pool_weights(fleet, plan.seen, pool_of).items() if weight != 0)


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
