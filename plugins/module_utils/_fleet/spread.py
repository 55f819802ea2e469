# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: limits over the whole fleet and its failure domains, and waves that keep them.

A host counts in one domain of every kind the policy limits, and in its group; hosts that lack the variable are one
domain together, named "". A host that does not serve already costs nothing more when it is changed.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from .._model.policy import Policy
from .amounts import at_most

Domain = tuple[str, str]


class Placed(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def domains(self) -> Mapping[str, str]: ...


One = TypeVar("One", bound=Placed)


@dataclass(frozen=True)
class Limits:
    """How many hosts may be away at once: in the fleet, and (``most``) in each of ``domains``, (variable, value),
    and behind them in each group of the policy.

    Within here a domain is its index, for that is what is looked up hundreds of thousands of times.
    """

    fleet: int
    domains: tuple[Domain, ...]
    most: tuple[int, ...]
    kinds: tuple[str, ...]
    index: Mapping[Domain, int]
    policy: Policy

    def where(self, host: Placed) -> tuple[int, ...]:
        """The domains the host is in, one of each kind the policy limits, and its group."""
        found = [self.index[kind, host.domains.get(kind, "")] for kind in self.kinds]
        group = self.policy.group_of(host.domains) if self.policy.groups else None
        return tuple(found) if group is None else (*found, len(self.domains) + group)

    def name(self, domain: int) -> str:
        if domain >= len(self.domains):
            return self.policy.groups[domain - len(self.domains)].label
        kind, value = self.domains[domain]
        return f"{kind} {value or '(none)'}"


def limits(policy: Policy, hosts: Sequence[Placed]) -> Limits:
    """The policy's limits as numbers, for this fleet. ``hosts`` are all hosts, not only those to change."""
    kinds = tuple(sorted(policy.domains))
    sizes = Counter([(kind, host.domains.get(kind, "")) for host in hosts for kind in kinds])
    domains = tuple(sorted(sizes))
    members = Counter([policy.group_of(host.domains) for host in hosts]) if policy.groups else {}
    return Limits(
        at_most(policy.max_unavailable, len(hosts)),
        domains,
        (
            *[at_most(policy.domains[domain[0]], sizes[domain]) for domain in domains],
            *[at_most(group.policy.max_unavailable, members[index]) for index, group in enumerate(policy.groups)],
        ),
        kinds,
        {domain: index for index, domain in enumerate(domains)},
        policy,
    )


class Room:
    """What the limits still allow, given the hosts that are away already; below 0 where more are away than may be."""

    def __init__(self, bounds: Limits, away: Collection[Placed]) -> None:
        self.bounds = bounds
        self.fleet = bounds.fleet - len(away)
        self.left = list(bounds.most)
        for host in away:
            for one in bounds.where(host):
                self.left[one] -= 1

    def copy(self) -> Room:
        twin = Room(self.bounds, ())
        twin.fleet, twin.left = self.fleet, list(self.left)
        return twin

    @property
    def everywhere(self) -> bool:
        """Whether no limit is used up."""
        return self.fleet > 0 and min(self.left, default=1) > 0

    def fits(self, where: tuple[int, ...]) -> bool:
        if self.fleet <= 0:
            return False
        left = self.left
        for one in where:  # noqa: SIM110  a generator costs twice as much here
            if left[one] <= 0:
                return False
        return True

    def take(self, where: tuple[int, ...]) -> None:
        self.fleet -= 1
        for one in where:
            self.left[one] -= 1

    def give(self, where: tuple[int, ...]) -> None:
        self.fleet += 1
        for one in where:
            self.left[one] += 1

    def lacking(self, where: tuple[int, ...]) -> str | None:
        """Which limit leaves no room, in words; None where there is room."""
        if self.fleet <= 0:
            return self._used("the fleet", self.bounds.fleet, self.fleet)
        for one in where:
            if self.left[one] <= 0:
                return self._used(self.bounds.name(one), self.bounds.most[one], self.left[one])
        return None

    @staticmethod
    def _used(name: str, most: int, left: int) -> str:
        return f"{most - left} of at most {most} unavailable in {name}"


def spread(hosts: Sequence[One], kinds: Sequence[str], turn: int = 0) -> list[One]:
    """The hosts in an order whose every start is spread over the domains: one of each in turn.

    Within a domain of the first kind the others take turns too, shifted from domain to domain, so that
    two neighbours differ in as many kinds as possible. ``hosts`` come sorted; the order is stable.
    """
    if not kinds or len(hosts) < 2:
        return list(hosts)
    groups: dict[str, list[One]] = {}
    for host in hosts:
        groups.setdefault(host.domains.get(kinds[0], ""), []).append(host)
    names = sorted(groups)
    turn %= len(names)
    rows: deque[Iterator[One]] = deque()
    for index, name in enumerate(names[turn:] + names[:turn]):
        rows.append(iter(spread(groups[name], kinds[1:], turn + index)))
    ordered: list[One] = []
    while rows:
        row = rows.popleft()
        for host in row:
            ordered.append(host)
            rows.append(row)
            break
    return ordered


def portions(hosts: Sequence[One], room: Room, away: Collection[str]) -> tuple[tuple[One, ...], ...]:
    """The hosts in as few groups as keep the limits, each group back before the next one goes.

    ``away`` names hosts that are unavailable already: they cost no room and go last. Hosts for which there is
    no room at all are in no group.
    """
    queues: dict[tuple[int, ...], deque[One]] = {}
    for host in hosts:
        where = room.bounds.where(host)
        if host.name not in away and room.fits(where):
            queues.setdefault(where, deque()).append(host)
    groups: list[tuple[One, ...]] = []
    waiting, left = deque(queues), room.copy()
    while waiting:
        group: list[One] = []
        taken, blocked = [], []
        while waiting and left.fleet > 0:
            where = waiting.popleft()
            if not left.fits(where):
                blocked.append(where)
                continue
            left.take(where)
            taken.append(where)
            group.append(queues[where].popleft())
            if queues[where]:
                waiting.append(where)
        waiting.extendleft(reversed(blocked))
        groups.append(tuple(group))
        for where in taken:
            left.give(where)
    free = tuple([host for host in hosts if host.name in away])
    if not free:
        return tuple(groups)
    return (*groups[:-1], (groups[-1] if groups else ()) + free)
