# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: traffic of an Application Load Balancer of Google's, by the weights in its URL map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ...module_utils._errors import ArgumentError
from ...module_utils._fleet.shares import percent
from ...module_utils._model.contract import Balancer
from ...module_utils._model.traffic import WEIGHTS, Member, PoolHost, Standing
from ...module_utils._parse.gcp_link import Link, parse_link
from .._services.model import Patience
from .gcp_api import Compute, Until, place_of, setting
from .gcp_groups import read_ports, zonal_group
from .gcp_hosts import Backing, Hosts, read_service
from .gcp_route import Route, RouteReader
from .gcp_said import Refused, overtaken
from .model import Limits, TrafficError, changed


def open_adapter(balancer: Balancer, hosts: Sequence[PoolHost], limits: Limits) -> GcpUrlMap:
    return GcpUrlMap(balancer, hosts, limits)


class GcpUrlMap:
    grain: ClassVar[str] = WEIGHTS

    def __init__(self, balancer: Balancer, hosts: Sequence[PoolHost], limits: Limits) -> None:
        project, scope = place_of(balancer)
        self.who = balancer.name
        self.link = Link(project, scope, "urlMaps", setting(balancer, "url_map", "the URL map's name"))
        self.services = _services(balancer, project, scope)
        self.ports = read_ports(balancer)
        self.reader = RouteReader(balancer, project, scope, balancer.settings.get("path_matcher", ""), self.services)
        self.limits = limits
        self.compute = Compute(balancer)
        self.hosts = Hosts(self.compute, hosts)

    def observe(self) -> Standing:
        until = self._until()
        return self._standing(until, self.reader.read(self._read(until)))

    def shift(self, shares: Mapping[str, int], seen: Standing) -> Standing:
        until = self._until()
        url_map = self._read(until)
        route = self.reader.read(url_map)
        if route.version != seen.version:
            raise changed(self.who, seen, Standing(route.weights, (), route.version))
        if percent(route.weights) == dict(shares):
            return self._standing(until, route)
        for pool in sorted(pool for pool, share in shares.items() if share):
            if not self.hosts.found(until, self._backing(until, pool)).hosts:
                raise TrafficError(
                    f"{self.who}: pool {pool} has no host in the groups of its backend service "
                    f"{self.services[pool].name}, so that it gets no traffic: put its hosts there first."
                )
        try:
            self._write(until, self.reader.weighed(url_map, shares), whole=route.alone and not self.reader.matcher)
        except Refused as error:
            stands = self._after(error, until.grace(), shares, seen)
        else:
            stands = self.reader.read(self._read(until.grace()))
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
        return found, self._backing(until, found.pool)

    def _until(self) -> Until:
        return Until.within(self.limits.clock, self.limits.timeout)

    def _backing(self, until: Until, pool: str) -> Backing:
        link = self.services.get(pool)
        if link is None:
            raise ArgumentError(f"{self.who}: {pool} is none of its pools; it has {', '.join(sorted(self.services))}.")
        service = read_service(self.compute, until, link)
        groups = tuple([zonal_group(self.who, link, backend.group) for backend in service.backends])
        draining = int(service.connection_draining.draining_timeout_sec)
        return Backing(pool, link, groups, draining, self.ports[pool])

    def _standing(self, until: Until, route: Route) -> Standing:
        members: list[Member] = []
        for pool in self.services:
            backing = self._backing(until, pool)
            members += self.hosts.members(until, backing, self.hosts.found(until, backing))
        return Standing(route.weights, tuple(members), route.version)

    def _read(self, until: Until) -> Any:
        what = f"the URL map {self.link.name} cannot be looked at"
        return self.compute.ask(
            until, what, lambda seconds: self._api("get")(timeout=seconds, retry=None, **self._named())
        )

    def _write(self, until: Until, url_map: Any, *, whole: bool) -> None:
        """A patch cannot take anything away: where a default service has to go, the whole map is written."""
        body = url_map if whole else self.reader.part(url_map)
        fields = {**self._named(), "url_map_resource": body}
        method = "update_unary" if whole else "patch_unary"

        def order(seconds: float, request_id: str) -> Any:
            return self._api(method)(request={**fields, "request_id": request_id}, timeout=seconds, retry=None)

        self.compute.tell(until, f"the weights in the URL map {self.link.name} cannot be changed", self.link, order)

    def _after(self, error: Refused, until: Until, shares: Mapping[str, int], seen: Standing) -> Route:
        """After a write that failed, or whose answer was lost: where what was wanted stands, it is done."""
        try:
            route = self.reader.read(self._read(until))
        except TrafficError:
            raise error from None
        if percent(route.weights) == dict(shares):
            return route
        raise overtaken(error, seen, Standing(route.weights, (), route.version)) from None

    def _api(self, method: str) -> Any:
        return self.compute.of("UrlMaps", self.link)(method)

    def _named(self) -> dict[str, str]:
        named = {"project": self.link.project, "url_map": self.link.name}
        return {**named, "region": self.link.place} if self.link.place else named


def _services(balancer: Balancer, project: str, scope: str) -> dict[str, Link]:
    services: dict[str, Link] = {}
    for share in balancer.shares:
        text = share.settings.get("backend_service", "")
        link = parse_link(text, "backendServices", project, scope)
        if link is None:
            raise ArgumentError(
                f"{balancer.name}: the setting backend_service of pool {share.pool} is {text!r}; give its name or link."
            )
        if link in services.values():
            raise ArgumentError(
                f"{balancer.name}: two pools have the backend service {link.name}; each needs one of its own."
            )
        services[share.pool] = link
    return services
