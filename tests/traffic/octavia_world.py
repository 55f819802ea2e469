"""A pool of Octavia with six members, seen past its front: the double here, the real one in tests/openstack."""

from __future__ import annotations

import os
import time
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
import requests
import yaml

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.shares import percent
from ansible_collections.atomic.fleet.plugins.module_utils._model.contract import Balancer, Share
from ansible_collections.atomic.fleet.plugins.module_utils._model.traffic import WEIGHTS, PoolHost
from tests.traffic.octavia_front import Front
from tests.traffic.octavia_server import OctaviaServer
from tests.traffic.world import BLUE, GREEN, SECRET, World

TAGS = {"blue": "atomic-fleet-pool=blue", "green": "atomic-fleet-pool=green"}
NOWHERE = "0ddba11f-0000-4000-8000-000000000000"
REGION = "lab-1"


class OctaviaWorld(World):
    """``front`` is where the adapter is led; everything here goes past it, with a token of its own."""

    grain: ClassVar[str] = WEIGHTS

    def __init__(self, front: Front, api: str, ids: Mapping[str, str], addresses: Mapping[str, str]) -> None:
        self.front = front
        self.api = api
        self.ids = ids
        self.addresses = addresses
        self.drain_seconds = "0"

    @abstractmethod
    def token(self) -> str:
        """Of somebody who may write."""

    def balancer(self) -> Balancer:
        shares = tuple(Share(pool, None, {"member_tag": tag}) for pool, tag in TAGS.items())
        return Balancer("web", "octavia", "10.77.0.5", 80, shares, {**self.ids, "drain_seconds": self.drain_seconds})

    def hosts(self) -> tuple[PoolHost, ...]:
        return tuple(
            PoolHost(host, pool, self.addresses[host], f"id-of-{host}")
            for pool, hosts in (("blue", BLUE), ("green", GREEN))
            for host in hosts
        )

    def wrong(self) -> Balancer:
        found = self.balancer()
        return replace(found, settings={**found.settings, "pool_id": NOWHERE})

    # -- past the front

    def ask(self, method: str, path: str, **arguments: Any) -> requests.Response:
        headers = {"X-Auth-Token": self.token()}
        return requests.request(method, f"{self.api}{path}", headers=headers, timeout=30, **arguments)

    def members(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("GET", f"/v2/lbaas/pools/{self.ids['pool_id']}/members").json()[
            "members"
        ]
        return found

    def member(self, host: str) -> dict[str, Any]:
        return next(one for one in self.members() if one["address"] == self.addresses[host])

    def change(self, body: list[dict[str, Any]], additive: bool = True) -> None:
        """A batch by somebody else, until it is in force."""
        self.settled()
        answer = self.batch({"members": body}, {"additive_only": str(additive).lower()})
        assert answer.status_code == 202, answer.text
        self.settled()

    def batch(self, body: Any, query: Mapping[str, str] | None = None) -> requests.Response:
        return self.ask("PUT", f"/v2/lbaas/pools/{self.ids['pool_id']}/members", params=query, json=body)

    def settled(self) -> None:
        until = time.monotonic() + 60
        while (state := self.state()) != "ACTIVE":
            assert state.startswith("PENDING"), state
            assert time.monotonic() < until
            time.sleep(0.05)

    def state(self) -> str:
        found = self.ask("GET", f"/v2/lbaas/loadbalancers/{self.ids['load_balancer_id']}").json()
        return str(found["loadbalancer"]["provisioning_status"])

    def as_made(self, host: str, weight: int) -> dict[str, Any]:
        """A member as the Terraform module makes it."""
        pool = "blue" if host in BLUE else "green"
        return {
            "name": host, "address": self.addresses[host], "protocol_port": 8080, "weight": weight,
            "subnet_id": self.ids["subnet_id"], "tags": ["atomic-fleet=demo", TAGS[pool]],
        }  # fmt: skip

    def shares(self) -> dict[str, int]:
        weights = {
            pool: sum(one["weight"] for one in self.members() if tag in one["tags"]) for pool, tag in TAGS.items()
        }
        return percent(weights)

    def meddle(self, shares: Mapping[str, int]) -> None:
        pools = {host: "blue" if host in BLUE else "green" for host in (*BLUE, *GREEN)}
        self.change([self.as_made(host, shares[pool]) for host, pool in pools.items()])

    def serves(self, host: str) -> bool:
        found = self.member(host)
        return bool(found["weight"] > 0 and found["admin_state_up"])

    # -- what goes wrong

    def writes(self) -> int:
        return len(self.front.written)

    def throttle(self, times: int) -> None:
        self.front.turned_away, self.front.status = times, 429

    def hang(self) -> None:
        self.front.hang()

    def down(self) -> None:
        self.front.turned_away, self.front.status = 10**9, 503

    def forbid(self) -> None:
        self.front.only_reads = True

    def break_half_way(self) -> None:
        self.front.next_write = "unanswered"

    def mend(self) -> None:
        self.front.mend()

    def lasting_words(self) -> Mapping[str, str]:
        return {"forbidden": "os_load-balancer_api:member:put", "wrong": NOWHERE}


class DoubleWorld(OctaviaWorld):
    def __init__(self, server: OctaviaServer, front: Front) -> None:
        addresses = {host: f"10.77.0.{number}" for number, host in enumerate((*BLUE, *GREEN), 11)}
        ids = {
            "region": REGION, "load_balancer_id": server.balancer_id, "listener_id": server.listener_id,
            "pool_id": server.pool_id, "subnet_id": server.subnet_id,
        }  # fmt: skip
        super().__init__(front, server.url, ids, addresses)
        self.server = server
        self.regions = [REGION, "lab-2"]
        self.login = {
            "auth_url": f"{server.url}/v3", "username": "mover", "password": f"pw-{SECRET}", "project_name": "demo",
            "user_domain_id": "default", "project_domain_id": "default",
        }  # fmt: skip
        self._token = server.token("somebody-else")

    def token(self) -> str:
        return self._token

    def sicken(self, host: str) -> None:
        self.server.ill.add(self.addresses[host])

    def heal(self, host: str) -> None:
        self.server.ill.discard(self.addresses[host])


def clouds_file(folder: Path, cloud: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Leads openstacksdk to a cloud as its users do: by clouds.yaml and the environment."""
    file = folder / "clouds.yaml"
    file.write_text(yaml.safe_dump({"clouds": {"here": dict(cloud)}}), encoding="utf-8")
    for name in [name for name in os.environ if name.startswith("OS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(file))
    monkeypatch.setenv("OS_CLOUD", "here")


def double(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DoubleWorld]:
    """The double, well, with all of its traffic at blue."""
    server = OctaviaServer({"mover": f"pw-{SECRET}", "reader": f"pw2-{SECRET}"}, f"token-{SECRET}", REGION)
    front = Front(server.url, lambda: server.token("reader"))
    server.public_url = front.url
    world = DoubleWorld(server, front)
    clouds_file(folder, {"auth": world.login, "regions": world.regions}, monkeypatch)
    try:
        world.change([world.as_made(host, 100 if host in BLUE else 0) for host in (*BLUE, *GREEN)])
        yield world
    finally:
        front.close()
        server.close()
