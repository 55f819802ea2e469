# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what the backends of Google's backend services may take, and what to send for shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...module_utils._parse.gcp_link import Link
from .gcp_groups import zonal_group
from .model import TrafficError

# what a backend has where nothing is said
_SCALER, _UTILIZATION = 1.0, 0.8
# balancing mode -> the fields of a whole group's target, and of one machine's
_TARGETS = {
    "RATE": ("max_rate", ("max_rate_per_instance", "max_rate_per_endpoint")),
    "CONNECTION": ("max_connections", ("max_connections_per_instance", "max_connections_per_endpoint")),
    "IN_FLIGHT": (
        "max_in_flight_requests",
        ("max_in_flight_requests_per_instance", "max_in_flight_requests_per_endpoint"),
    ),
}


@dataclass(frozen=True)
class Target:
    """What a group may take: so much for each machine in it, or so much as a whole."""

    each: float = 0.0
    whole: float = 0.0

    def capacity(self, size: int) -> float:
        return (self.whole or self.each * size) if size else 0.0


@dataclass(frozen=True)
class Backends:
    """``scalers`` are by group, in hundredths. ``others`` are the groups of no pool that may get traffic."""

    scalers: Mapping[Link, int]
    targets: Mapping[Link, Target]
    others: tuple[Link, ...]

    @property
    def version(self) -> str:
        said = [(link.path, scaler, self.targets[link]) for link, scaler in self.scalers.items()]
        return ", ".join(sorted(f"{path} {scaler} {target.each} {target.whole}" for path, scaler, target in said))


@dataclass(frozen=True)
class BackendsReader:
    """``groups`` are the pools'."""

    who: str
    service: Link
    groups: Mapping[str, tuple[Link, ...]]

    def read(self, service: Any) -> Backends:
        """Raises TrafficError where capacities do not tell shares."""
        known = {link: pool for pool, links in self.groups.items() for link in links}
        there = {zonal_group(self.who, self.service, backend.group): backend for backend in service.backends}
        for link, pool in known.items():
            if link not in there:
                raise TrafficError(
                    f"{self.who}: {link.name} in {link.place}, of pool {pool}, is no backend of the backend service "
                    f"{service.name}: add it there, or correct the pool's setting group."
                )
        in_use = [backend for link, backend in there.items() if link in known or _scaler(backend)]
        for what, words in (("balancing mode", _modes(in_use)), ("preference", _preferences(in_use))):
            if len(words) > 1:
                raise TrafficError(
                    f"{self.who}: the backends of the backend service {service.name} differ in their {what} "
                    f"({', '.join(sorted(words))}), so that their capacities do not tell shares: give them one."
                )
        scalers = {link: _scaler(there[link]) for link in known}
        targets = {link: self._target(service, there[link]) for link in known}
        others = tuple([link for link, backend in there.items() if link not in known and _scaler(backend)])
        return Backends(scalers, targets, others)

    def scaled(self, service: Any, scalers: Mapping[str, int]) -> Any:
        """What to patch for these scalers of the pools, in hundredths. The list of backends is replaced whole."""
        known = {link: pool for pool, links in self.groups.items() for link in links}
        patch = type(service)(fingerprint=service.fingerprint, backends=service.backends)
        for backend in patch.backends:
            pool = known.get(zonal_group(self.who, self.service, backend.group))
            if pool is not None:
                backend.capacity_scaler = scalers[pool] / 100
        return patch

    def _target(self, service: Any, backend: Any) -> Target:
        mode = backend.balancing_mode
        if mode in ("", "UTILIZATION"):
            return Target(each=backend.max_utilization or _UTILIZATION)
        whole, each = _TARGETS.get(mode, ("", ()))
        target = Target(
            each=max((float(getattr(backend, field)) for field in each), default=0.0),
            whole=float(getattr(backend, whole)) if whole else 0.0,
        )
        if not (target.each or target.whole):
            raise TrafficError(
                f"{self.who}: the backend {backend.group.rpartition('/')[2]} of the backend service {service.name} "
                f"balances by {mode} and has no target capacity that can be compared, so that there are no shares by "
                "capacity: give it one, or use a URL map."
            )
        return target


def _scaler(backend: Any) -> int:
    return round((backend.capacity_scaler if "capacity_scaler" in backend else _SCALER) * 100)


def _modes(backends: list[Any]) -> set[str]:
    return {backend.balancing_mode or "UTILIZATION" for backend in backends}


def _preferences(backends: list[Any]) -> set[str]:
    """One that is preferred is filled up before the others get anything."""
    return {"PREFERRED" if backend.preference == "PREFERRED" else "DEFAULT" for backend in backends}
