"""A load balancer of the cloud that OS_CLOUD names, for the tests that every adapter has to pass.

Its members are addresses without machines. How well they are is told to Octavia by a heartbeat where OCTAVIA_HEARTBEAT
(ADDRESS:PORT of its health manager, for a cloud whose amphorae are no machines either) and OCTAVIA_HEARTBEAT_KEY say
how; elsewhere there is no health monitor, and the tests of health are skipped.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
import uuid
from collections.abc import Iterator
from typing import Any

import openstack
import pytest
from openstack.connection import Connection
from openstack.exceptions import ForbiddenException

from tests.openstack.heartbeat import Heart
from tests.traffic.octavia_front import Front
from tests.traffic.octavia_world import OctaviaWorld
from tests.traffic.world import BLUE, GREEN

NO_HEART = "OCTAVIA_HEARTBEAT is not set: nobody can tell this cloud's Octavia that a member is ill"
NO_READER = "this user may not make another one in Keystone, who could read and not write"


class RealWorld(OctaviaWorld):
    """``login`` is the cloud as clouds.yaml has it, but for its load balancers, which are behind the front."""

    def __init__(self, cloud: Connection, front: Front, api: str, ids: dict[str, str], login: dict[str, Any]) -> None:
        super().__init__(
            front, api, ids, {host: f"10.78.0.{number}" for number, host in enumerate((*BLUE, *GREEN), 11)}
        )
        self._cloud = cloud
        self.login = login
        self.heart: Heart | None = None

    def token(self) -> str:
        return str(self._cloud.session.get_token())

    def sicken(self, host: str) -> None:
        if self.heart is None:
            pytest.skip(NO_HEART)
        self.heart.ill.add(self.addresses[host])
        self._until(host, {"ERROR"})

    def heal(self, host: str) -> None:
        if self.heart is not None:
            self.heart.ill.discard(self.addresses[host])
            self._until(host, {"ONLINE", "DRAINING"})

    def _until(self, host: str, words: set[str]) -> None:
        until = time.monotonic() + 60
        while (found := self.member(host)["operating_status"]) not in words:
            assert time.monotonic() < until, found
            time.sleep(0.1)

    def afresh(self) -> None:
        """As it was made: well, all of its traffic at blue."""
        self.front.mend()
        self.front.written.clear()
        hosts = (*BLUE, *GREEN)
        defaults = {"admin_state_up": True, "backup": False, "monitor_address": None, "monitor_port": None}
        rows = [{**self.as_made(host, 100 if host in BLUE else 0), **defaults} for host in hosts]
        self.change(rows, additive=False)
        for host in hosts:
            self.heal(host)


@contextlib.contextmanager
def somebody(cloud: Connection, role: str) -> Iterator[dict[str, Any] | None]:
    """How somebody with this role in the project, and no other, logs in; None where nobody can be made."""
    name, password = f"t{uuid.uuid4().hex[:8]}-{role}", uuid.uuid4().hex
    keystone: Any = cloud.identity
    try:
        user = keystone.create_user(name=name, password=password, domain_id="default")
    except ForbiddenException:
        yield None
        return
    try:
        found = keystone.find_role(role, ignore_missing=False)
        keystone.assign_project_role_to_user(cloud.current_project_id, user, found)
        yield {
            "auth_url": cloud.config.config["auth"]["auth_url"],
            "username": name,
            "password": password,
            "user_domain_id": "default",
            "project_id": cloud.current_project_id,
        }
    finally:
        keystone.delete_user(user)


@contextlib.contextmanager
def made(cloud: Connection, name: str, monitored: bool) -> Iterator[dict[str, str]]:
    """A network, and in it a load balancer with a listener and a pool; ids by what they are of."""
    balancers: Any = cloud.load_balancer
    with contextlib.ExitStack() as end:
        network = cloud.network.create_network(name=name)
        end.callback(cloud.network.delete_network, network)
        subnet = cloud.network.create_subnet(network_id=network.id, name=name, cidr="10.78.0.0/24", ip_version=4)
        end.callback(cloud.network.delete_subnet, subnet)
        balancer = balancers.create_load_balancer(name=name, vip_subnet_id=subnet.id)
        end.callback(_gone, balancers, balancer)

        def settled() -> None:
            balancers.wait_for_load_balancer(balancer.id, interval=0.2, wait=300)

        settled()
        listener = balancers.create_listener(name=name, load_balancer_id=balancer.id, protocol="HTTP", protocol_port=80)
        settled()
        pool = balancers.create_pool(name=name, listener_id=listener.id, protocol="HTTP", lb_algorithm="ROUND_ROBIN")
        settled()
        if monitored:
            balancers.create_health_monitor(pool_id=pool.id, type="HTTP", delay=5, timeout=5, max_retries=2)
            settled()
        ids = {
            "region": cloud.config.region_name or "",
            "load_balancer_id": balancer.id,
            "listener_id": listener.id,
            "pool_id": pool.id,
            "subnet_id": subnet.id,
        }
        if monitored:
            amphora, *_others = balancers.amphorae(loadbalancer_id=balancer.id)
            ids["amphora_id"] = amphora.id
        yield ids


def _gone(balancers: Any, balancer: Any) -> None:
    balancers.wait_for_load_balancer(balancer.id, interval=0.2, wait=300)
    balancers.delete_load_balancer(balancer, cascade=True)
    openstack.resource.wait_for_delete(balancers, balancer, interval=0.2, wait=300)


@contextlib.contextmanager
def real(cloud: Connection, name: str) -> Iterator[RealWorld]:
    """The real one behind a front, moved by somebody who may just do that; all of it is gone afterwards."""
    place, _colon, port = os.environ.get("OCTAVIA_HEARTBEAT", "").rpartition(":")
    key = os.environ.get("OCTAVIA_HEARTBEAT_KEY", "")
    with contextlib.ExitStack() as end:
        reader, mover = (end.enter_context(somebody(cloud, role)) for role in ("reader", "member"))
        ids = end.enter_context(made(cloud, name, bool(place)))
        api = re.sub(r"/v2(\.0)?/?\Z", "", str(cloud.load_balancer.get_endpoint()))
        reading = cloud
        if reader:
            alone: dict[str, Any] = {
                "load_yaml_config": False,
                "load_envvars": False,
                "region_name": ids["region"] or None,
            }
            reading = end.enter_context(openstack.connect(auth=reader, **alone))
        front = Front(api, lambda: str(reading.session.get_token()))
        end.callback(front.close)
        config = cloud.config.config
        kept = {word: config[word] for word in ("auth", "auth_type", "verify", "cacert") if config.get(word)}
        moving = {"auth": mover, "auth_type": "password"} if mover else {}
        world = RealWorld(cloud, front, api, ids, {**kept, **moving, "load_balancer_endpoint_override": front.url})
        world.cannot = {} if reader else {"forbid": NO_READER}  # type: ignore[misc]
        if place:
            world.heart = Heart((place, int(port)), key, ids, world.members)
            end.callback(world.heart.stop)
        yield world
