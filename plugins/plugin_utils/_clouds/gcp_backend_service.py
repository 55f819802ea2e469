# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: traffic of one backend service of Google's, by the capacity of its groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ...module_utils._errors import ArgumentError
from ...module_utils._fleet.capacity import scalers, weights
from ...module_utils._fleet.shares import percent
from ...module_utils._model.contract import Balancer
from ...module_utils._model.traffic import WEIGHTS, PoolHost, Standing
from ...module_utils._parse.gcp_link import Link
from .._services.model import Patience
from .gcp_api import Compute, Until, place_of, setting
from .gcp_backends import Backends, BackendsReader
from .gcp_groups import group_link, read_ports
from .gcp_hosts import Backing, Found, Hosts, read_service
from .gcp_said import Refused, overtaken
from .model import Limits, TrafficError, changed


def open_adapter(balancer: Balancer, hosts: Sequence[PoolHost], limits: Limits) -> GcpBackendService:
    return GcpBackendService(balancer, hosts, limits)


@dataclass(frozen=True)
class Look:
    """The service, its backends, and who is in the groups of each pool. ``capacities`` are the pools', unscaled."""

    service: Any
    backends: Backends
    found: Mapping[str, Found]
    capacities: Mapping[str, float]
    weights: Mapping[str, int]


class GcpBackendService:
    grain: ClassVar[str] = WEIGHTS

    def __init__(self, balancer: Balancer, hosts: Sequence[PoolHost], limits: Limits) -> None:
        project, scope = place_of(balancer)
        self.who = balancer.name
        self.link = Link(project, scope, "backendServices", setting(balancer, "backend_service", "the service's name"))
        self.pools = _groups(balancer, project)
        self.ports = read_ports(balancer)
        self.reader = BackendsReader(balancer.name, self.link, self.pools)
        self.limits = limits
        self.compute = Compute(balancer)
        self.hosts = Hosts(self.compute, hosts)

    def observe(self) -> Standing:
        until = self._until()
        return self._standing(until, self._look(until))

    def shift(self, shares: Mapping[str, int], seen: Standing) -> Standing:
        until = self._until()
        look = self._look(until)
        if look.backends.version != seen.version:
            raise changed(self.who, seen, Standing(look.weights, (), look.backends.version))
        if percent(look.weights) == dict(shares):
            return self._standing(until, look)
        for pool in sorted(pool for pool, share in shares.items() if share):
            if not look.found[pool].hosts:
                raise TrafficError(
                    f"{self.who}: pool {pool} has no host in its groups behind the backend service {self.link.name}, "
                    "so that it gets no traffic: put its hosts there first."
                )
        wanted = scalers(shares, look.capacities)
        if self._stands(look, wanted):
            return self._standing(until, look)
        try:
            self._write(until, self.reader.scaled(look.service, wanted))
        except Refused as error:
            stands = self._after(error, until.grace(), wanted, seen)
        else:
            stands = self._look(until.grace())
        return self._standing(until.grace(), stands)

    def take_out(self, host: str, patience: Patience) -> None:
        until = Until.within(patience.clock, patience.timeout)
        found, backing = self._one(until, host)
        self.hosts.take_out(until, found, backing, patience)

    def put_back(self, host: str, patience: Patience) -> None:
        until = Until.within(patience.clock, patience.timeout)
        found, backing = self._one(until, host)
        self.hosts.put_back(until, found, backing, patience)

    def _one(self, until: Until, host: str) -> tuple[PoolHost, Backing]:
        found = self.hosts.named(host)
        if found.pool not in self.pools:
            raise ArgumentError(
                f"{self.who}: {found.pool} is none of its pools; it has {', '.join(sorted(self.pools))}."
            )
        service = read_service(self.compute, until, self.link)
        return found, self._backing(service, found.pool)

    def _until(self) -> Until:
        return Until.within(self.limits.clock, self.limits.timeout)

    def _backing(self, service: Any, pool: str) -> Backing:
        draining = int(service.connection_draining.draining_timeout_sec)
        return Backing(pool, self.link, self.pools[pool], draining, self.ports[pool])

    def _look(self, until: Until) -> Look:
        service = read_service(self.compute, until, self.link)
        backends = self.reader.read(service)
        for group in backends.others:
            if self.hosts.groups.listed(until, group):
                raise TrafficError(
                    f"{self.who}: the backend service {self.link.name} sends traffic to {group.name} in {group.place}, "
                    "which serves no pool, so that shares would be wrong: give that a pool in the contract, or set its "
                    "capacity scaler to 0."
                )
        found = {pool: self.hosts.found(until, self._backing(service, pool)) for pool in self.pools}
        whole, scaled = {}, {}
        for pool, groups in self.pools.items():
            sizes = self.hosts.sizes(pool, found[pool])
            takes = {group: backends.targets[group].capacity(sizes[group]) for group in groups}
            whole[pool] = sum(takes.values())
            scaled[pool] = sum(takes[group] * backends.scalers[group] / 100 for group in groups)
        return Look(service, backends, found, whole, weights(scaled))

    def _standing(self, until: Until, look: Look) -> Standing:
        members = [
            member
            for pool in self.pools
            for member in self.hosts.members(until, self._backing(look.service, pool), look.found[pool])
        ]
        return Standing(look.weights, tuple(members), look.backends.version)

    def _stands(self, look: Look, wanted: Mapping[str, int]) -> bool:
        return all(
            look.backends.scalers[group] == wanted[pool] for pool, groups in self.pools.items() for group in groups
        )

    def _write(self, until: Until, body: Any) -> None:
        fields = {"project": self.link.project, "backend_service": self.link.name, "backend_service_resource": body}
        if self.link.place:
            fields["region"] = self.link.place

        def order(seconds: float, request_id: str) -> Any:
            told = self.compute.of("BackendServices", self.link)("patch_unary")
            return told(request={**fields, "request_id": request_id}, timeout=seconds, retry=None)

        what = f"the capacity scalers in the backend service {self.link.name} cannot be changed"
        self.compute.tell(until, what, self.link, order)

    def _after(self, error: Refused, until: Until, wanted: Mapping[str, int], seen: Standing) -> Look:
        """After a write that failed, or whose answer was lost: where what was wanted stands, it is done."""
        try:
            look = self._look(until)
        except TrafficError:
            raise error from None
        if self._stands(look, wanted):
            return look
        raise overtaken(error, seen, Standing(look.weights, (), look.backends.version)) from None


def _groups(balancer: Balancer, project: str) -> dict[str, tuple[Link, ...]]:
    pools: dict[str, tuple[Link, ...]] = {}
    taken: set[Link] = set()
    for share in balancer.shares:
        texts = [text.strip() for text in share.settings.get("group", "").split(",") if text.strip()]
        links = [group_link(text, project) for text in texts]
        if not links or None in links:
            raise ArgumentError(
                f"{balancer.name}: the setting group of pool {share.pool} is {', '.join(texts)!r}; name its groups by "
                "their links, such as projects/PROJECT/zones/ZONE/instanceGroups/NAME, with commas in between."
            )
        groups = tuple([link for link in links if link is not None])
        if len({*groups, *taken}) < len(groups) + len(taken):
            raise ArgumentError(f"{balancer.name}: a group of pool {share.pool} is named twice; each has one pool.")
        taken.update(groups)
        pools[share.pool] = groups
    return pools
