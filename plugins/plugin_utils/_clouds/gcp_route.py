# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the weights in a URL map of Google's, or in one of its path matchers: what stands there, and
what to send for other weights. A URL map and a path matcher name their services in the same way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...module_utils._model.contract import Balancer
from ...module_utils._parse.gcp_link import Link, parse_link
from .model import TrafficError

# what the only service gets that a map names without a weight
_ALONE = 100


@dataclass(frozen=True)
class Route:
    """``weights`` are the pools'. ``alone``: there is a default service, and no list of services yet."""

    weights: Mapping[str, int]
    alone: bool

    @property
    def version(self) -> str:
        said = ", ".join(f"{pool} {weight}" for pool, weight in sorted(self.weights.items()))
        return f"{said}{' (default service)' if self.alone else ''}"


@dataclass(frozen=True)
class RouteReader:
    """``services`` leads from each pool to its backend service; short names are of this project and scope."""

    balancer: Balancer
    project: str
    scope: str
    matcher: str
    services: Mapping[str, Link]

    @property
    def who(self) -> str:
        return self.balancer.name

    def read(self, url_map: Any) -> Route:
        """Raises TrafficError where traffic goes somewhere that no pool is."""
        holder = self._holder(url_map)
        entries = [
            (entry.backend_service, entry.weight) for entry in holder.default_route_action.weighted_backend_services
        ]
        alone = not entries
        if alone:
            if not holder.default_service:
                raise TrafficError(
                    f"{self.who}: {self._where(url_map)} names no backend service of its own, and perhaps redirects: "
                    "have it name those of the pools first."
                )
            entries = [(holder.default_service, _ALONE)]
        weights = dict.fromkeys(self.services, 0)
        for text, weight in entries:
            pool = self._pool(text)
            if pool is not None:
                weights[pool] += weight
            elif weight:
                raise TrafficError(
                    f"{self.who}: {self._where(url_map)} sends traffic to {text}, which serves no pool, so that shares "
                    "would be wrong: give that a pool in the contract, or take it out of there."
                )
        return Route(weights, alone)

    def weighed(self, url_map: Any, shares: Mapping[str, int]) -> Any:
        """The same URL map with these weights, whole. A service of no pool stays, with 0."""
        changed = type(url_map)(url_map)
        holder = self._holder(changed)
        services = holder.default_route_action.weighted_backend_services
        due = dict(shares)
        for entry in services:
            # a service that is named twice gets its share once
            entry.weight = due.pop(self._pool(entry.backend_service) or "", 0)
        for pool, share in due.items():
            services.append({"backend_service": self.services[pool].path, "weight": share})
        # one excludes the other
        holder.default_service = None
        return changed

    def part(self, url_map: Any) -> Any:
        """What to patch: a patch goes member by member, but lists are replaced whole."""
        patch = type(url_map)(fingerprint=url_map.fingerprint)
        if self.matcher:
            patch.path_matchers = url_map.path_matchers
        else:
            patch.default_route_action = url_map.default_route_action
        return patch

    def _pool(self, text: str) -> str | None:
        link = parse_link(text, "backendServices", self.project, self.scope)
        return next((pool for pool, service in self.services.items() if service == link), None)

    def _holder(self, url_map: Any) -> Any:
        if not self.matcher:
            return url_map
        for matcher in url_map.path_matchers:
            if matcher.name == self.matcher:
                return matcher
        raise TrafficError(
            f"{self.who}: the URL map {url_map.name} has no path matcher {self.matcher}: correct the setting "
            "path_matcher."
        )

    def _where(self, url_map: Any) -> str:
        inside = f"the path matcher {self.matcher} of " if self.matcher else ""
        return f"{inside}the URL map {url_map.name}"
