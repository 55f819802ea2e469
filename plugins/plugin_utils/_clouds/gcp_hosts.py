# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the hosts behind Google's backend services: who is there, and how one leaves and returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...module_utils._errors import ArgumentError
from ...module_utils._model.traffic import Member, PoolHost
from ...module_utils._parse.gcp_link import Link, parse_link
from .._services.model import Patience
from .gcp_api import Compute, Until
from .gcp_groups import UNKNOWN, Groups, Health, Listed
from .gcp_said import Refused
from .model import TrafficError


@dataclass(frozen=True)
class Backing:
    """What serves a pool: its groups, in a backend service. ``port`` is for endpoints that come back."""

    pool: str
    service: Link
    groups: tuple[Link, ...]
    draining: int
    port: int | None = None


@dataclass(frozen=True)
class Found:
    """Who of the hosts is in which group of a pool. ``sizes`` are by group, and count strangers too."""

    hosts: tuple[tuple[PoolHost, Link, Listed], ...]
    sizes: Mapping[Link, int]


class Hosts:
    """Those of the inventory, known by the cloud's path; by name where the inventory has no such id."""

    def __init__(self, compute: Compute, hosts: Sequence[PoolHost]) -> None:
        self.compute = compute
        self.groups = Groups(compute)
        self.all = tuple(hosts)
        self._links = {host.name: parse_link(host.id, "instances") for host in hosts}
        self._by_path = {link.path: host for host in hosts if (link := self._links[host.name])}
        self._by_name = {host.name: host for host in hosts if not self._links[host.name]}

    def named(self, name: str) -> PoolHost:
        for host in self.all:
            if host.name == name:
                return host
        raise ArgumentError(f"{self.compute.who}: {name} is no host of its pools; correct the name or the inventory.")

    def sizes(self, pool: str, found: Found) -> dict[Link, int]:
        """How many machines each group of a pool has when nobody is away: hosts in no group count in their zone."""
        sizes = dict(found.sizes)
        here = {host.name for host, _group, _listed in found.hosts}
        for host in self.all:
            link = self._links[host.name]
            if host.pool == pool and link is not None and host.name not in here:
                home = next((group for group in sizes if group.scope == link.scope), None)
                if home is not None:
                    sizes[home] += 1
        return sizes

    def found(self, until: Until, backing: Backing) -> Found:
        """Raises TrafficError where a host is in a group of another pool than its own."""
        hosts: list[tuple[PoolHost, Link, Listed]] = []
        sizes: dict[Link, int] = {}
        for group in backing.groups:
            listed = self.groups.listed(until, group)
            sizes[group] = len(listed)
            for one in listed:
                host = self._by_path.get(one.instance.path) or self._by_name.get(one.instance.name)
                if host is None:
                    continue
                if host.pool != backing.pool:
                    raise TrafficError(
                        f"{self.compute.who}: {host.name} is of pool {host.pool} and in {group.name}, which is of "
                        f"{backing.pool}: take it out there, or correct the pool's settings."
                    )
                hosts.append((host, group, one))
        return Found(tuple(hosts), sizes)

    def members(self, until: Until, backing: Backing, found: Found) -> tuple[Member, ...]:
        health = {group: self.groups.health(until, backing.service, group) for group in {one[1] for one in found.hosts}}
        return tuple([_member(host, _of(health[group], one)) for host, group, one in found.hosts])

    def take_out(self, until: Until, host: PoolHost, backing: Backing, patience: Patience) -> None:
        place = self._place(until, host, backing)
        if place is None:
            return
        group, listed = place
        self.groups.port_again(until, group, listed, backing.port)
        began = patience.clock.now()
        patience.note("connections are ending")
        self._done(until, lambda: self.groups.remove(until, group, listed), host, backing, there=False)
        left = began + backing.draining - patience.clock.now()
        if left > until.left:
            patience.note(f"some connections may have up to {left - max(until.left, 0):.0f} s left")
        until.sleep(left)

    def put_back(self, until: Until, host: PoolHost, backing: Backing, patience: Patience) -> None:
        place = self._place(until, host, backing)
        if place is None:
            group, link = self._home(host, backing)
            self._done(until, lambda: self.groups.add(until, group, link, backing.port), host, backing, there=True)
        else:
            group, link = place[0], place[1].instance
        patience.note("waiting for the balancer to find it well")
        pause = 0.2
        while True:
            known = self.groups.health(until, backing.service, group)
            health = known.get(link.path) or known.get(host.address) or UNKNOWN
            if health.well:
                return
            if until.left <= 0:
                raise TrafficError(
                    f"{self.compute.who}: {host.name} is in use again, and the backend service {backing.service.name} "
                    f"did not find it well within {patience.timeout:.0f} s ({health.said}): see to what runs there."
                )
            until.sleep(pause)
            pause = min(pause * 1.6, 5.0)

    def _done(self, until: Until, order: Callable[[], None], host: PoolHost, backing: Backing, *, there: bool) -> None:
        """Two may say it at once, and an answer may be lost: what counts is where the host is afterwards."""
        try:
            order()
        except Refused as error:
            try:
                place = self._place(until.grace(), host, backing)
            except TrafficError:
                raise error from None
            if (place is not None) != there:
                raise error from None

    def _place(self, until: Until, host: PoolHost, backing: Backing) -> tuple[Link, Listed] | None:
        link = self._links[host.name]
        groups = tuple([group for group in backing.groups if link is None or group.scope == link.scope])
        narrow = Backing(backing.pool, backing.service, groups, backing.draining)
        places = [(group, listed) for found, group, listed in self.found(until, narrow).hosts if found is host]
        if len(places) > 1:
            raise TrafficError(
                f"{self.compute.who}: {host.name} is {len(places)} times behind the backend service "
                f"{backing.service.name}, and would come back once: take it out by hand, or list it once."
            )
        return places[0] if places else None

    def _home(self, host: PoolHost, backing: Backing) -> tuple[Link, Link]:
        """The group that a host is to be in which is in none: its pool's in its zone; and the host's own link."""
        link = self._links[host.name]
        if link is None:
            raise ArgumentError(
                f"{self.compute.who}: the id of {host.name} is {host.id!r}, and it is in no group: where it belongs is "
                "told by an id such as projects/…/zones/…/instances/…; correct it, or put the host there by hand."
            )
        homes = [group for group in backing.groups if group.scope == link.scope]
        if len(homes) != 1:
            raise TrafficError(
                f"{self.compute.who}: pool {backing.pool} has {len(homes)} groups in {link.place}, so that it is not "
                f"known where {host.name} belongs: put it into its group by hand."
            )
        return homes[0], link


def read_service(compute: Compute, until: Until, link: Link) -> Any:
    """The backend service, as the API has it."""
    named = {"project": link.project, "backend_service": link.name}
    if link.place:
        named["region"] = link.place
    return compute.ask(
        until,
        f"the backend service {link.name} cannot be looked at",
        lambda seconds: compute.of("BackendServices", link)("get")(timeout=seconds, retry=None, **named),
    )


def _of(health: Mapping[str, Health], listed: Listed) -> Health:
    return health.get(listed.instance.path) or health.get(listed.address) or UNKNOWN


def _member(host: PoolHost, health: Health) -> Member:
    return Member(host.name, host.pool, True, health.well, health.said)
