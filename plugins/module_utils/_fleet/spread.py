# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: limits over the whole fleet and its failure domains, and waves that keep them.

A host counts in one domain of every kind the policy limits; hosts that lack the variable are one domain
together, named "". A host that does not serve already costs nothing more when it is changed.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from .._model.fleet import Policy
from .policy import at_most

Domain = tuple[str, str]


class Placed(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def domains(self) -> Mapping[str, str]: ...


One = TypeVar("One", bound=Placed)


@dataclass(frozen=True)
class Limits:
    """How many hosts may be away at once: in the fleet, and in each domain by (variable, value)."""

    fleet: int
    domains: Mapping[Domain, int]
    kinds: tuple[str, ...]

    def where(self, host: Placed) -> tuple[Domain, ...]:
        return tuple([(kind, host.domains.get(kind, "")) for kind in self.kinds])


def limits(policy: Policy, hosts: Sequence[Placed]) -> Limits:
    """The policy's limits as numbers, for this fleet. ``hosts`` are all hosts, not only those to change."""
    kinds = tuple(sorted(policy.domains))
    sizes = Counter((kind, host.domains.get(kind, "")) for host in hosts for kind in kinds)
    return Limits(
        at_most(policy.max_unavailable, len(hosts)),
        {domain: at_most(policy.domains[domain[0]], size) for domain, size in sizes.items()},
        kinds,
    )


class Room:
    """What the limits still allow, given the hosts that are away already."""

    def __init__(self, bounds: Limits, away: Collection[Placed]) -> None:
        self.bounds = bounds
        self.fleet = bounds.fleet - len(away)
        used = Counter(domain for host in away for domain in bounds.where(host))
        self.domains: dict[Domain, int] = {key: most - used[key] for key, most in bounds.domains.items()}

    def copy(self) -> Room:
        twin = Room(self.bounds, ())
        twin.fleet, twin.domains = self.fleet, dict(self.domains)
        return twin

    def fits(self, where: tuple[Domain, ...]) -> bool:
        return self.fleet > 0 and all(self.domains.get(one, 0) > 0 for one in where)

    def take(self, where: tuple[Domain, ...]) -> None:
        self.fleet -= 1
        for one in where:
            self.domains[one] -= 1

    def give(self, where: tuple[Domain, ...]) -> None:
        self.fleet += 1
        for one in where:
            self.domains[one] += 1

    def lacking(self, where: tuple[Domain, ...]) -> str | None:
        """Which limit leaves no room, in words; None where there is room."""
        if self.fleet <= 0:
            return self._used("the fleet", self.bounds.fleet, self.fleet)
        for one in where:
            if self.domains.get(one, 0) <= 0:
                name = "{} {}".format(one[0], one[1] or "(none)")
                return self._used(name, self.bounds.domains[one], self.domains[one])
        return None

    @staticmethod
    def _used(name: str, most: int, left: int) -> str:
        return f"{most - left} of at most {most} unavailable in {name}"


def spread(hosts: Sequence[One], kinds: Sequence[str], turn: int = 0) -> list[One]:
    """The hosts in an order whose every start is spread over the domains: one of each in turn.

    Within a domain of the first kind the others take turns too, shifted from domain to domain, so that
    two neighbours differ in as many kinds as possible. ``hosts`` come sorted; the order is stable.
    """
    if not kinds or not hosts:
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
    queues: dict[tuple[Domain, ...], deque[One]] = {}
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
