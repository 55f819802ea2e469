# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: snapshot, targets and policy -> plan. Pure, and the same whatever the order of input."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from .._errors import ArgumentError
from .._host.backend import lock_means
from .._model.fleet import BOOT, NONE, SKIP, SYSROOT, UPDATE, FleetPlan, PlannedHost, Snapshot, SnapshotHost, Target
from .._model.policy import REQUIRED, Policy
from .choice import Choice, choose, few, room, unavailable, way_back
from .exclusion import check_policy, excluded, unmatched
from .layers import found_layers, standing
from .signatures import unsigned
from .spread import Room, limits
from .waves import cut


def plan(
    snapshot: Snapshot,
    targets: Target | Mapping[str, Target],
    policy: Policy,
    reasons: Mapping[str, str] | None = None,
) -> FleetPlan:
    """Who changes to what, in which wave, and who does not and why.

    ``targets`` is one for all hosts, or one by host name (hosts it lacks are skipped, for
    the reason in ``reasons`` where there is one). Where nothing can be
    changed the plan has no waves and a warning that says why. Raises ArgumentError where the arguments name
    hosts that do not exist.
    """
    hosts = sorted(snapshot.hosts, key=lambda one: one.name)
    wanted = _targets(hosts, targets)
    _check_names(hosts, targets)
    check_policy(policy, hosts)
    why = reasons or {}
    left_out = excluded(policy, hosts)
    counted = [host for host in hosts if host.name not in left_out]
    choices = {name: Choice(SKIP, reason) for name, reason in left_out.items()}
    choices.update({host.name: choose(host, wanted[host.name], why.get(host.name)) for host in counted})
    seen = {host.name: unavailable(host, policy.of(host.domains).gates) for host in counted}
    away = {name: reason for name, reason in seen.items() if reason is not None}
    for host in counted if policy.signatures == REQUIRED else ():
        lacks = unsigned(host.state, wanted[host.name])
        if lacks and choices[host.name].action == UPDATE:
            choices[host.name] = Choice(SKIP, f"signatures are required: {lacks}")
    bounds = limits(policy, counted)
    free = Room(bounds, [host for host in counted if host.name in away])
    for host in () if free.everywhere else counted:
        lacking = None if host.name in away else free.lacking(bounds.where(host))
        if lacking and choices[host.name].action == UPDATE:
            choices[host.name] = Choice(SKIP, f"no room to take it away now: {lacking}")
    change = [host for host in hosts if choices[host.name].action == UPDATE]
    waves, missed = cut(change, policy, free, away)
    turns = {name: index for index, wave in enumerate(waves) for name in wave.hosts}
    planned = tuple(
        [
            _planned(host, choices[host.name], wanted[host.name], turns, away.get(host.name), host.name in left_out)
            for host in hosts
        ]
    )
    warnings = (*unmatched(policy, hosts), *_warnings(hosts, planned, wanted, missed))
    used = {host.target for host in planned if host.target is not None}
    return FleetPlan(snapshot.fleet, tuple(sorted(used, key=_target_order)), policy, planned, waves, warnings)


def _target_order(target: Target) -> tuple[str, ...]:
    return (target.version or "", target.checksum, target.refspec or "", target.backend, target.image or "")


def _targets(hosts: Sequence[SnapshotHost], targets: Target | Mapping[str, Target]) -> Mapping[str, Target | None]:
    if isinstance(targets, Target):
        return {host.name: targets for host in hosts}
    return {host.name: targets.get(host.name) for host in hosts}


def _check_names(hosts: Sequence[SnapshotHost], targets: Target | Mapping[str, Target]) -> None:
    known = {host.name for host in hosts}
    if len(known) != len(hosts):
        raise ArgumentError("The snapshot has a host twice; observe the fleet again.")
    strangers = [] if isinstance(targets, Target) else sorted(set(targets) - known)
    if strangers:
        raise ArgumentError(f"The targets name {few(strangers)}, which the fleet does not have.")


def _planned(
    host: SnapshotHost,
    choice: Choice,
    target: Target | None,
    turns: Mapping[str, int],
    away: str | None,
    left_out: bool,
) -> PlannedHost:
    layers = target.layers if target else ()
    booted = standing(host.state, layers) if host.state else None
    return PlannedHost(
        host.name,
        choice.action,
        choice.reason,
        target,
        booted.checksum if booted else None,
        booted.version if booted else None,
        booted.refspec if booted else None,
        way_back(host.state) if choice.action == UPDATE else None,
        turns.get(host.name),
        away,
        host.domains,
        booted.base_checksum if booted else None,
        booted.image if booted else None,
        booted.digest if booted else None,
        found_layers(host.state, layers) if host.state else (),
        lock_means(host.state) if host.state and choice.action == UPDATE and not layers else None,
        left_out,
        host.state.node_id if host.state and choice.action == UPDATE else None,
        choice.action == UPDATE and not layers and booted is not None and booted.pinned,
        room(host.state, target) if host.state and target and choice.action == UPDATE else None,
    )


def _warnings(
    hosts: Sequence[SnapshotHost],
    planned: Sequence[PlannedHost],
    wanted: Mapping[str, Target | None],
    missed: bool,
) -> Iterator[str]:
    yield from _idle(planned)
    if missed:
        yield "None of the canaries the policy names is to be changed first, so others were chosen."
    found: dict[str, list[str]] = defaultdict(list)
    for host, one in zip(hosts, planned):
        for sentence in _about(host, one, wanted[host.name]):
            found[sentence].append(host.name)
    for sentence in sorted(found):
        yield sentence.format(few(found[sentence]))


def _idle(planned: Sequence[PlannedHost]) -> Iterator[str]:
    """Says so where there is something to change and it cannot be changed."""
    stuck = [host for host in planned if host.action == SKIP and not host.excluded]
    if not stuck or any(host.action == UPDATE for host in planned):
        return
    lacking = sorted({host.reason for host in stuck})
    yield f"No host can be changed now: {few(lacking, 3)}."


def _about(host: SnapshotHost, planned: PlannedHost, target: Target | None) -> Iterator[str]:
    """Sentences with a place for the names of all hosts they hold for."""
    state = host.state
    if state is None or target is None:
        return
    if planned.action == NONE and planned.reason.endswith(" next"):
        yield "A reboot would take these hosts off the target: {0}."
    if planned.action != UPDATE:
        return
    if planned.unavailable:
        yield "These hosts do not serve already now and are changed last: {0}."
    if target.layers:
        return
    if state.staged is not None and not state.staged.is_at(target.checksum):
        yield "Something else is staged and will be replaced on: {0}."
    if state.update_driver:
        yield "These hosts update themselves, and are held until the rollout is through: {0}."
    if planned.room in (BOOT, SYSROOT):
        yield f"Little room in /{planned.room} on: {{0}}."
