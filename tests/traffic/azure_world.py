"""A load balancer of Azure with six hosts: Azure Resource Manager on loopback, reached by the SDK's ordinary means."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.shares import hosts_up, percent
from ansible_collections.atomic.fleet.plugins.module_utils._model.contract import Balancer, Share
from ansible_collections.atomic.fleet.plugins.module_utils._model.traffic import HOSTS, PoolHost
from tests.certificates import make_authority, server_context
from tests.traffic.azure_server import (
    BALANCER,
    GROUP,
    HEADER,
    NETWORK,
    POOL,
    RULE,
    SUBSCRIPTION,
    WRITE,
    AzureServer,
    serve,
    serve_identity,
)
from tests.traffic.world import BLUE, GREEN, World

ADDRESSES = {host: f"10.20.0.{number}" for number, host in enumerate((*BLUE, *GREEN), 11)}
POOLS = {**dict.fromkeys(BLUE, "blue"), **dict.fromkeys(GREEN, "green")}
SIZES = {"blue": 3, "green": 3}


def machine(host: str) -> str:
    """As the Terraform module calls them."""
    return f"{host}-0a1b2c"


class AzureWorld(World):
    grain: ClassVar[str] = HOSTS

    def __init__(self, server: AzureServer, endpoint: str) -> None:
        self.server = server
        self.endpoint = endpoint

    def balancer(self) -> Balancer:
        settings = {
            "subscription_id": SUBSCRIPTION, "resource_group": GROUP, "load_balancer": BALANCER, "backend_pool": POOL,
            "backend_pool_id": "unused", "rule": RULE, "frontend": "web", "virtual_network_id": NETWORK,
            "arm_endpoint": self.endpoint,
        }  # fmt: skip
        shares = tuple(
            Share(pool, None, {"addresses": json.dumps({machine(host): ADDRESSES[host] for host in hosts})})
            for pool, hosts in (("blue", BLUE), ("green", GREEN))
        )
        return Balancer("web", "azure_lb", "203.0.113.7", 80, shares, settings)

    def hosts(self) -> tuple[PoolHost, ...]:
        place = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.Compute/virtualMachines/"
        return tuple(PoolHost(host, pool, ADDRESSES[host], f"{place}{machine(host)}") for host, pool in POOLS.items())

    def wrong(self) -> Balancer:
        return replace(self.balancer(), settings={**self.balancer().settings, "load_balancer": "nowhere"})

    def counts(self) -> dict[str, int]:
        up = [host for host in POOLS if self.serves(host)]
        return {pool: sum(POOLS[host] == pool for host in up) for pool in SIZES}

    def shares(self) -> dict[str, int]:
        return percent(self.counts())

    def meddle(self, shares: Mapping[str, int]) -> None:
        left, states = hosts_up(shares, SIZES), {}
        for host, pool in POOLS.items():
            left[pool] -= 1
            states[machine(host)] = "None" if left[pool] >= 0 else "Down"
        self.server.set_states(states)

    def serves(self, host: str) -> bool:
        found = self.server.entries.get(machine(host))
        return found is not None and found["adminState"] != "Down"

    def sicken(self, host: str) -> None:
        self.server.sick[machine(host)] = "Down_Probe_HttpStatusCodeError"

    def heal(self, host: str) -> None:
        del self.server.sick[machine(host)]

    def writes(self) -> int:
        return self.server.puts

    def throttle(self, times: int) -> None:
        self.server.throttled = times

    def hang(self) -> None:
        self.server.hanging = True

    def down(self) -> None:
        self.server.down = True

    def forbid(self) -> None:
        self.server.forbidden = {WRITE}

    def break_half_way(self) -> None:
        self.server.half = True

    def mend(self) -> None:
        self.server.mend()

    def lasting_words(self) -> Mapping[str, str]:
        return {"forbidden": WRITE, "wrong": "nowhere"}


@contextmanager
def azure_world(folder: Path) -> Iterator[AzureWorld]:
    """While it stands, the environment leads to it and to no other credentials."""
    authority = make_authority(folder / "azure.pem")
    entries = {machine(host): (ADDRESSES[host], "None" if host in BLUE else "Down") for host in POOLS}
    server = AzureServer(entries)
    with (
        serve(server, server_context(authority, folder)) as arm,
        serve_identity() as identity,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name in [name for name in os.environ if name.startswith(("AZURE_", "MSI_", "IDENTITY_"))]:
            patch.delenv(name)
        patch.setenv("IDENTITY_ENDPOINT", f"{identity.url}/msi/token")
        patch.setenv("IDENTITY_HEADER", HEADER)
        patch.setenv("REQUESTS_CA_BUNDLE", str(authority.path))
        try:
            yield AzureWorld(server, arm.url)
        finally:
            server.mend()
    assert server.complaints == []
