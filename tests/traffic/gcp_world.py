"""Two balancers on Google Cloud, on the loopback server: a URL map with a backend service for each pool, and one
backend service with the groups of both. Hosts are dealt over two zones, as terraform/modules/gcp does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.shares import percent
from ansible_collections.atomic.fleet.plugins.module_utils._model.contract import Balancer, Share
from ansible_collections.atomic.fleet.plugins.module_utils._model.traffic import WEIGHTS, PoolHost
from tests.traffic.gcp_server import ComputeServer
from tests.traffic.gcp_state import URL, plain
from tests.traffic.world import BLUE, GREEN, SECRET, World

PROJECT, REGION = "demo-project", "europe-west3"
BASE = f"projects/{PROJECT}"
ZONES = (f"{REGION}-a", f"{REGION}-b")
POOLS = {"blue": BLUE, "green": GREEN}
DRAINING = 1


def zone_of(host: str) -> str:
    return ZONES[(int(host.rpartition("-")[2]) - 1) % 2]


def instance(host: str) -> str:
    """The machine of a host, whose name is not the host's."""
    return f"{BASE}/zones/{zone_of(host)}/instances/{host}-0a1b2c"


class GcpWorld(World):
    """``scope`` is where the balancer is: global, or a region. ``kind`` of groups: instanceGroups, or NEGs."""

    grain: ClassVar[str] = WEIGHTS
    permission: ClassVar[str]

    def __init__(self, folder: Path, scope: str = "global", kind: str = "instanceGroups") -> None:
        self.server = ComputeServer(SECRET)
        self.state = self.server.state
        self.account = self.server.account(folder)
        self.scope, self.kind = scope, kind
        self.base = f"{BASE}/{'global' if scope == 'global' else f'regions/{REGION}'}"
        for pool, hosts in POOLS.items():
            for zone in ZONES:
                self._make_group(pool, zone, [host for host in hosts if zone_of(host) == zone])

    def close(self) -> None:
        self.server.close()
        assert not self.server.unfit, self.server.unfit

    def _make_group(self, pool: str, zone: str, hosts: list[str]) -> None:
        path = self.group(pool, zone)
        resource: dict[str, Any] = {"name": path.rpartition("/")[2], "zone": f"{URL}{BASE}/zones/{zone}"}
        members: list[dict[str, Any]] = [{"instance": URL + instance(host)} for host in hosts]
        if self.kind == "networkEndpointGroups":
            resource |= {"networkEndpointType": "GCE_VM_IP_PORT", "defaultPort": 8080}
            members = [
                {**member, "ipAddress": address(host), "port": 8080}
                for member, host in zip(members, hosts, strict=True)
            ]
        self.state.resources[path], self.state.members[path] = resource, members

    def group(self, pool: str, zone: str) -> str:
        return f"{BASE}/zones/{zone}/{self.kind}/demo-{pool}-{zone}"

    def put_service(self, name: str, backends: Mapping[str, float]) -> None:
        """A backend service; its groups with their capacity scalers."""
        mode = {"balancingMode": "UTILIZATION"}
        if self.kind == "networkEndpointGroups":
            mode = {"balancingMode": "RATE", "maxRatePerEndpoint": 100}
        self.state.put(f"{self.base}/backendServices/{name}", {
            "kind": "compute#backendService", "id": "7", "name": name,
            "selfLink": f"{URL}{self.base}/backendServices/{name}",
            "protocol": "HTTP", "portName": "http", "timeoutSec": 30, "loadBalancingScheme": "EXTERNAL_MANAGED",
            "connectionDraining": {"drainingTimeoutSec": DRAINING},
            "healthChecks": [f"{URL}{self.base}/healthChecks/demo"],
            "backends": [{"group": URL + group, "capacityScaler": part, **mode} for group, part in backends.items()],
        })  # fmt: skip

    def hosts(self) -> tuple[PoolHost, ...]:
        return tuple(
            PoolHost(host, pool, address(host), instance(host)) for pool, hosts in POOLS.items() for host in hosts
        )

    def settings(self) -> dict[str, str]:
        place = {"scope": "global"} if self.scope == "global" else {"scope": "regional", "region": REGION}
        return {"project": PROJECT, "api_endpoint": self.server.url, **place}

    def serves(self, host: str) -> bool:
        with self.server.lock:
            return any(
                plain(member["instance"]) == instance(host)
                for path, members in self.state.members.items()
                if path in self.state.resources
                for member in members
            )

    def sicken(self, host: str) -> None:
        self.state.health[instance(host)] = "UNHEALTHY"

    def heal(self, host: str) -> None:
        self.state.health[instance(host)] = "HEALTHY"

    def writes(self) -> int:
        return self.server.writes()

    def throttle(self, times: int) -> None:
        self.server.faults.throttled = times

    def hang(self) -> None:
        self.server.faults.hanging = True

    def down(self) -> None:
        self.server.faults.down = True

    def forbid(self) -> None:
        self.server.faults.forbidden = True

    def break_half_way(self) -> None:
        """It is done, and no answer ever comes back."""
        self.server.faults.deaf = True

    def mend(self) -> None:
        self.server.mend()

    def lasting_words(self) -> Mapping[str, str]:
        return {"forbidden": self.permission, "wrong": "gone"}


class UrlMapWorld(GcpWorld):
    permission: ClassVar[str] = "compute.urlMaps.update"

    def __init__(self, folder: Path, scope: str = "global", kind: str = "instanceGroups", matcher: str = "") -> None:
        super().__init__(folder, scope, kind)
        if scope != "global":
            self.permission = "compute.regionUrlMaps.update"  # type: ignore[misc]
        self.matcher = matcher
        for pool in POOLS:
            self.put_service(f"demo-{pool}", {self.group(pool, zone): 1.0 for zone in ZONES})
        self.path = f"{self.base}/urlMaps/demo"
        self.put_weights({"blue": 100, "green": 0})

    def services(self, weights: Mapping[str, int]) -> dict[str, Any]:
        """What names services of these weights."""
        link = f"{URL}{self.base}/backendServices/demo-"
        entries = [{"backendService": link + pool, "weight": weight} for pool, weight in weights.items()]
        return {"defaultRouteAction": {"timeout": {"seconds": "20"}, "weightedBackendServices": entries}}

    def put_weights(self, weights: Mapping[str, int]) -> None:
        self.put(self.services(weights))

    def put(self, routes: Mapping[str, Any]) -> None:
        """The URL map, or its path matcher, with this in it."""
        whole: dict[str, Any] = {
            "kind": "compute#urlMap", "id": "42", "name": "demo", "description": "shares traffic out",
            "selfLink": URL + self.path, "creationTimestamp": "2026-11-01T08:00:00.000-08:00",
        }  # fmt: skip
        if self.matcher:
            whole["defaultService"] = f"{URL}{self.base}/backendServices/demo-blue"
            whole["hostRules"] = [{"hosts": ["shop.test"], "pathMatcher": self.matcher}]
            whole["pathMatchers"] = [
                {"name": "other", "defaultService": f"{URL}{self.base}/backendServices/demo-green"},
                {"name": self.matcher, **routes},
            ]
        self.state.put(self.path, whole if self.matcher else {**whole, **routes})

    def balancer(self) -> Balancer:
        settings = {**self.settings(), "url_map": "demo"}
        if self.matcher:
            settings["path_matcher"] = self.matcher
        shares = tuple(Share(pool, 0, {"backend_service": f"demo-{pool}"}) for pool in POOLS)
        return Balancer("web", "gcp_url_map", "203.0.113.9", 80, shares, settings)

    def wrong(self) -> Balancer:
        right = self.balancer()
        return replace(right, settings={**right.settings, "url_map": "gone"})

    def weights(self) -> dict[str, int]:
        """The weights that stand, by the name of the service."""
        with self.server.lock:
            found = self.state.resources[self.path]
            if self.matcher:
                found = next(one for one in found["pathMatchers"] if one["name"] == self.matcher)
            if "defaultService" in found:
                return {found["defaultService"].rpartition("/")[2]: 100}
            entries = found["defaultRouteAction"]["weightedBackendServices"]
            return {entry["backendService"].rpartition("/")[2]: entry["weight"] for entry in entries}

    def shares(self) -> dict[str, int]:
        found = self.weights()
        return percent({pool: found.get(f"demo-{pool}", 0) for pool in POOLS})

    def meddle(self, shares: Mapping[str, int]) -> None:
        with self.server.lock:
            self.put_weights(shares)


class BackendServiceWorld(GcpWorld):
    permission: ClassVar[str] = "compute.backendServices.update"

    def __init__(self, folder: Path, scope: str = "global", kind: str = "instanceGroups") -> None:
        super().__init__(folder, scope, kind)
        self.path = f"{self.base}/backendServices/demo"
        self.put_scalers({"blue": 1.0, "green": 0.0})

    def put_scalers(self, scalers: Mapping[str, float]) -> None:
        self.put_service("demo", {self.group(pool, zone): scalers[pool] for pool in POOLS for zone in ZONES})

    def expected(self, shares: Mapping[str, int]) -> dict[str, int]:
        """No pool has less than a tenth of its capacity."""
        return {"blue": 91, "green": 9} if dict(shares) == {"blue": 95, "green": 5} else dict(shares)

    def balancer(self) -> Balancer:
        shares = tuple(
            Share(pool, None, {"group": ", ".join(self.group(pool, zone) for zone in ZONES)}) for pool in POOLS
        )
        settings = {**self.settings(), "backend_service": "demo"}
        return Balancer("web", "gcp_backend_service", "203.0.113.9", 80, shares, settings)

    def wrong(self) -> Balancer:
        right = self.balancer()
        return replace(right, settings={**right.settings, "backend_service": "gone"})

    def scalers(self) -> dict[str, float]:
        with self.server.lock:
            backends = self.state.resources[self.path]["backends"]
            return {plain(backend["group"]): backend["capacityScaler"] for backend in backends}

    def shares(self) -> dict[str, int]:
        found = self.scalers()
        # every host may take as much as any other
        return percent({
            pool: round(sum(found[self.group(pool, zone_of(host))] for host in hosts) * 1000)
            for pool, hosts in POOLS.items()
        })  # fmt: skip

    def meddle(self, shares: Mapping[str, int]) -> None:
        with self.server.lock:
            top = max(shares.values())
            self.put_scalers({pool: share / top for pool, share in shares.items()})


def address(host: str) -> str:
    return f"10.10.{list(POOLS).index(host.split('-')[1])}.{host.rpartition('-')[2]}"
