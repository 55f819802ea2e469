# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the hosts to change, in their order, cut into a canary and waves that keep the limits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from .._model.fleet import SnapshotHost, Wave
from .._model.policy import Policy
from .amounts import at_least
from .spread import Room, portions, spread

# Where the policy limits no domain, a canary and a wave are still spread over these.
NATURAL = ("zone", "pool")


def cut(
    change: Sequence[SnapshotHost], policy: Policy, room: Room, away: Collection[str]
) -> tuple[tuple[Wave, ...], bool]:
    """The hosts to change, cut into waves; and whether the canaries that the policy names could not be the first,
    and others were chosen. ``away`` names hosts that do not serve already."""
    waves: list[Wave] = []
    turn, tried, missed = 0, 1, False
    for group in _groups(change, policy, away):
        own = policy.of(group[0].domains)
        canaries, replaced = _canaries(group, _asking(own, policy, first=not waves))
        missed = missed or replaced
        tried += bool(waves and canaries)
        waves += _named(f"canary {tried}" if waves else "canary", portions(canaries, room, away))
        first = {host.name for host in canaries}
        rest = [host for host in group if host.name not in first]
        start, sizes = 0, _sizes(own, len(group))
        while start < len(rest):
            end = start + next(sizes)
            turn += 1
            waves += _named(f"wave {turn}", portions(rest[start:end], room, away))
            start = end
    return tuple(waves), missed


def _groups(hosts: Sequence[SnapshotHost], policy: Policy, away: Collection[str]) -> Iterator[list[SnapshotHost]]:
    """By the policy's order one after the other, and there first the hosts that are in no group, then group by
    group; each spread over the domains, and in each hosts that do not serve come last, for they tell little about a
    release."""
    kinds = sorted(policy.domains) + [kind for kind in NATURAL if kind not in policy.domains]
    groups: dict[tuple[int, int], list[SnapshotHost]] = defaultdict(list)
    for host in hosts:
        rank = policy.order.rank(host.domains) if policy.order else 0
        index = policy.group_of(host.domains)
        groups[rank, -1 if index is None else index].append(host)
    for place in sorted(groups):
        group = groups[place]
        serving, down = [one for one in group if one.name not in away], [one for one in group if one.name in away]
        yield spread(serving, kinds) + spread(down, kinds)


def _asking(own: Policy, policy: Policy, first: bool) -> Policy | None:
    """The policy that asks a group for canaries: its own where it has one, else, where it goes first, the fleet's."""
    if own is not policy and (own.canary.value or own.canary_hosts):
        return own
    return policy if first else None


def _canaries(group: Sequence[SnapshotHost], policy: Policy | None) -> tuple[list[SnapshotHost], bool]:
    """The canaries of a group, and whether named ones had to be replaced because none of
    them is to be changed in it."""
    if policy is None:
        return [], False
    wanted = set(policy.canary_hosts)
    named = [host for host in group if host.name in wanted]
    if named:
        return named, False
    missed = bool(policy.canary_hosts)
    count = at_least(policy.canary, len(group))
    return list(group[: max(count, 1) if missed else count]), missed


def _sizes(policy: Policy, hosts: int) -> Iterator[int]:
    """The sizes of a group's waves, without an end."""
    size = turn = 0
    while True:
        wanted = policy.waves[min(turn, len(policy.waves) - 1)]
        size = 2 * size if isinstance(wanted, str) else max(1, at_least(wanted, hosts))
        turn += 1
        yield size


def _named(name: str, groups: Sequence[Sequence[SnapshotHost]]) -> Iterator[Wave]:
    for part, group in enumerate(groups, 1):
        hosts = tuple([host.name for host in group])
        yield Wave(name if len(groups) == 1 else f"{name}.{part}", hosts)
