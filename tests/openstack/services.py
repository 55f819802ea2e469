"""Creates through openstacksdk what a plan asks the provider for, reads it back, and takes it away again.

The provider's part is played by hand here: which request a resource becomes, what its arguments are called in it, and
which id stands where Terraform does not know it yet. Every argument of a plan must have its place, and is read back.
"""

from __future__ import annotations

import base64
import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import openstack
from openstack.connection import Connection

from .plan import Planned

# floating IPs and routers need an external network, which not every cloud and no test cloud need have
LEFT_OUT = {
    "openstack_networking_router_v2": "router",
    "openstack_networking_router_interface_v2": "router interface",
    "openstack_networking_floatingip_v2": "floating IP",
}
# terraform_data is Terraform's own; these arguments are the provider's own, or what it does after the request
NO_SERVICE = {"terraform_data"}
NOT_SENT = {"delete_default_rules", "timeouts", "web_download", "local_file_path"}
# what the services call an argument that has another name in Terraform
NAMES: dict[str, dict[str, str]] = {
    "openstack_networking_network_v2": {
        "admin_state_up": "is_admin_state_up",
        "port_security_enabled": "is_port_security_enabled",
    },
    "openstack_networking_port_v2": {"admin_state_up": "is_admin_state_up", "fixed_ip": "fixed_ips"},
    "openstack_networking_secgroup_rule_v2": {"ethertype": "ether_type"},
    "openstack_lb_loadbalancer_v2": {"loadbalancer_provider": "provider"},
    "openstack_lb_pool_v2": {"lb_method": "lb_algorithm"},
    "openstack_images_image_v2": {"min_disk_gb": "min_disk"},
}
# schema defaults of the provider, which the plan of a provider that knows them carries
DEFAULTS: dict[str, set[str]] = {
    "openstack_compute_instance_v2": {"power_state", "force_delete", "stop_before_destroy"},
    "openstack_images_image_v2": {"min_ram_mb", "protected", "hidden", "decompress", "image_cache_path"},
    "openstack_lb_loadbalancer_v2": {"admin_state_up"},
    "openstack_lb_listener_v2": {"admin_state_up"},
    "openstack_lb_pool_v2": {"admin_state_up"},
    "openstack_lb_member_v2": {"admin_state_up"},
    "openstack_lb_monitor_v2": {"admin_state_up"},
    "openstack_networking_subnet_v2": {"enable_dhcp", "no_gateway"},
}

# Glance looks into what it is given: a disk of 1 GiB with nothing on it, by the format's description in QEMU
EMPTY_QCOW2 = struct.pack(
    ">4sIQIIQIIQQIIQQQQII", b"QFI\xfb", 3, 0, 0, 16, 1 << 30, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 104
).ljust(65536, b"\0")


def alike(asked: Any, got: Any) -> bool:
    """Whether what was read back is what was asked for: sets come in any order, numbers as text in headers."""
    if isinstance(asked, list) and isinstance(got, list):
        return sorted(map(str, asked)) == sorted(map(str, got))
    if isinstance(asked, dict) and isinstance(got, dict):
        return all(name in got and alike(value, got[name]) for name, value in asked.items())
    return str(asked) == str(got)


@dataclass
class Services:
    """A cloud, and what was made in it: resources of the services by address in the plan, oldest first."""

    cloud: Connection
    made: dict[str, tuple[Planned, Any]] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    read_back: int = 0

    def id_of(self, address: str) -> str:
        """The id of what was made for an address."""
        return str(self.made[address][1].id)

    def create(self, planned: Planned) -> None:
        """Makes what was planned and reads it back; AssertionError for what differs from what was asked."""
        if planned.type in NO_SERVICE:
            return
        if planned.type in LEFT_OUT:
            self.left_out[LEFT_OUT[planned.type]] += 1
            return
        names = NAMES.get(planned.type, {})
        kept = {
            names.get(name, name): value
            for name, value in planned.values.items()
            if name not in NOT_SENT and name not in DEFAULTS.get(planned.type, set())
        }
        maker: Callable[[Planned, dict[str, Any]], Any] = getattr(self, planned.type.removeprefix("openstack_"))
        maker(planned, kept)

    def keep(self, planned: Planned, asked: dict[str, Any], thing: Any, get: Callable[[Any], Any]) -> None:
        """Notes what was made, and compares every argument with what the service gives back."""
        self.made[planned.address] = (planned, thing)
        got = get(thing)
        wrong = {
            name: (value, getattr(got, name)) for name, value in asked.items() if not alike(value, getattr(got, name))
        }
        assert not wrong, f"{planned.address}: asked for and got {wrong}"
        self.read_back += len(asked)

    # --- images, keys

    def images_image_v2(self, planned: Planned, asked: dict[str, Any]) -> None:
        asked |= asked.pop("properties")
        thing = self.cloud.image.create_image(**asked, data=EMPTY_QCOW2, validate_checksum=False)
        self.keep(
            planned, asked, thing, lambda made: SimpleNamespace(**self.cloud.image.get(f"/images/{made.id}").json())
        )

    def compute_keypair_v2(self, planned: Planned, asked: dict[str, Any]) -> None:
        thing = self.cloud.compute.create_keypair(**asked)
        self.keep(planned, asked, thing, lambda made: self.cloud.compute.get_keypair(made.name))

    # --- networks

    def tagged(self, thing: Any, tags: list[str]) -> None:
        self.cloud.network.set_tags(thing, tags)

    def networking_network_v2(self, planned: Planned, asked: dict[str, Any]) -> None:
        tags = asked.pop("tags")
        thing = self.cloud.network.create_network(**asked)
        self.tagged(thing, tags)
        self.keep(planned, {**asked, "tags": tags}, thing, self.cloud.network.get_network)

    def networking_subnet_v2(self, planned: Planned, asked: dict[str, Any]) -> None:
        tags = asked.pop("tags")
        asked["network_id"] = self.id_of("openstack_networking_network_v2.made[0]")
        thing = self.cloud.network.create_subnet(**asked)
        self.tagged(thing, tags)
        self.keep(planned, {**asked, "tags": tags}, thing, self.cloud.network.get_subnet)

    def networking_secgroup_v2(self, planned: Planned, asked: dict[str, Any]) -> None:
        tags = asked.pop("tags")
        thing = self.cloud.network.create_security_group(**asked)
        assert planned.values["delete_default_rules"]
        for rule in thing.security_group_rules:
            self.cloud.network.delete_security_group_rule(rule["id"])
        self.tagged(thing, tags)
        self.keep(
            planned, {**asked, "tags": tags, "security_group_rules": []}, thing, self.cloud.network.get_security_group
        )

    def networking_secgroup_rule_v2(self, planned: Planned, asked: dict[str, Any]) -> None:
        group = "bastion[0]" if planned.name.rpartition(".")[2].startswith("bastion") else "hosts"
        asked["security_group_id"] = self.id_of(f"openstack_networking_secgroup_v2.{group}")
        if planned.name.endswith("hosts_ssh_bastion"):
            asked["remote_group_id"] = self.id_of("openstack_networking_secgroup_v2.bastion[0]")
        thing = self.cloud.network.create_security_group_rule(**asked)
        self.keep(planned, asked, thing, self.cloud.network.get_security_group_rule)

    def networking_port_v2(self, planned: Planned, asked: dict[str, Any]) -> None:
        tags = asked.pop("tags")
        group = "bastion[0]" if planned.name.endswith("bastion") else "hosts"
        asked["network_id"] = self.id_of("openstack_networking_network_v2.made[0]")
        asked["security_group_ids"] = [self.id_of(f"openstack_networking_secgroup_v2.{group}")]
        subnet = self.id_of("openstack_networking_subnet_v2.made[0]")
        thing = self.cloud.network.create_port(**{**asked, "fixed_ips": [{"subnet_id": subnet}]})
        self.tagged(thing, tags)
        assert [address["subnet_id"] for address in thing.fixed_ips] == [subnet]
        asked.pop("fixed_ips", None)
        self.keep(planned, {**asked, "tags": tags}, thing, self.cloud.network.get_port)

    # --- machines

    def port_of(self, server: Planned) -> Any:
        """The newest port that bears the machine's name."""
        ports = [port for planned, port in self.made.values() if planned.type == "openstack_networking_port_v2"]
        return [port for port in ports if port.name.rpartition("-")[0] == server.values["name"]][-1]

    def compute_instance_v2(self, planned: Planned, asked: dict[str, Any]) -> None:
        asked.pop("network", None)
        port = self.port_of(planned)
        flavor = self.cloud.compute.find_flavor(asked.pop("flavor_name"), ignore_missing=False)
        user_data = asked.pop("user_data", None)
        sent = {} if user_data is None else {"user_data": base64.b64encode(user_data.encode()).decode()}
        thing = self.cloud.compute.create_server(
            **{name: value for name, value in asked.items() if name not in ("key_pair", "config_drive", "image_id")},
            **sent,
            image_id=asked["image_id"],
            flavor_id=flavor.id,
            key_name=asked["key_pair"],
            config_drive=asked["config_drive"],
            networks=[{"port": port.id}],
        )
        self.made[planned.address] = (planned, thing)
        self.cloud.compute.wait_for_server(thing, wait=300)
        got = self.cloud.compute.get_server(thing)
        seen = {
            "name": got.name,
            "image_id": got.image.id,
            "availability_zone": got.availability_zone,
            "key_pair": got.key_name,
            "config_drive": got.has_config_drive in (True, "True"),
            "metadata": got.metadata,
        }
        assert {name: seen[name] for name in asked} == asked, planned.address
        assert got.flavor.name == flavor.name
        assert got.user_data in ({*sent.values()} or {None})
        assert [address["addr"] for net in got.addresses.values() for address in net] == [
            port.fixed_ips[0]["ip_address"]
        ]
        self.read_back += len(asked) + 1 + len(sent)

    # --- the balancer

    def settled(self) -> Any:
        """The balancer when it takes changes again."""
        balancer = self.made["openstack_lb_loadbalancer_v2.this[0]"][1]
        return self.cloud.load_balancer.wait_for_load_balancer(balancer.id, interval=0.2, wait=300)

    def lb_loadbalancer_v2(self, planned: Planned, asked: dict[str, Any]) -> None:
        asked["vip_subnet_id"] = self.id_of("openstack_networking_subnet_v2.made[0]")
        thing = self.cloud.load_balancer.create_load_balancer(**asked)
        self.keep(planned, asked, thing, self.cloud.load_balancer.get_load_balancer)
        self.settled()

    def lb_listener_v2(self, planned: Planned, asked: dict[str, Any]) -> None:
        balancer = self.id_of("openstack_lb_loadbalancer_v2.this[0]")
        thing = self.cloud.load_balancer.create_listener(**asked, load_balancer_id=balancer)
        self.keep(planned, asked, thing, self.cloud.load_balancer.get_listener)
        self.settled()

    def lb_pool_v2(self, planned: Planned, asked: dict[str, Any]) -> None:
        listener = self.id_of("openstack_lb_listener_v2.web[0]")
        thing = self.cloud.load_balancer.create_pool(**asked, listener_id=listener)
        self.keep(planned, asked, thing, self.cloud.load_balancer.get_pool)
        self.settled()

    def lb_monitor_v2(self, planned: Planned, asked: dict[str, Any]) -> None:
        pool = self.id_of("openstack_lb_pool_v2.web[0]")
        thing = self.cloud.load_balancer.create_health_monitor(**asked, pool_id=pool)
        self.keep(planned, asked, thing, self.cloud.load_balancer.get_health_monitor)
        self.settled()

    def lb_member_v2(self, planned: Planned, asked: dict[str, Any]) -> None:
        pool = self.id_of("openstack_lb_pool_v2.web[0]")
        server = self.made[f'openstack_compute_instance_v2.host["{planned.key}"]'][0]
        asked["address"] = self.port_of(server).fixed_ips[0]["ip_address"]
        asked["subnet_id"] = self.id_of("openstack_networking_subnet_v2.made[0]")
        thing = self.cloud.load_balancer.create_member(pool, **asked)
        self.settled()
        self.keep(planned, asked, thing, lambda made: self.cloud.load_balancer.get_member(made.id, pool))

    # --- away with it

    def delete(self, address: str) -> None:
        """Takes away what was made for an address, and waits until it is gone."""
        planned, thing = self.made.pop(address)
        if planned.type == "openstack_lb_member_v2":
            self.cloud.load_balancer.delete_member(
                thing, self.id_of("openstack_lb_pool_v2.web[0]"), ignore_missing=False
            )
            self.settled()
        elif planned.type == "openstack_compute_instance_v2":
            self.cloud.compute.delete_server(thing, ignore_missing=False)
            self.cloud.compute.wait_for_delete(thing, interval=0.5, wait=300)
        elif planned.type == "openstack_lb_loadbalancer_v2":
            self.cloud.load_balancer.delete_load_balancer(thing, cascade=False, ignore_missing=False)
            openstack.resource.wait_for_delete(self.cloud.load_balancer, thing, interval=0.2, wait=300)
        elif planned.type.startswith("openstack_lb_"):
            noun = {"listener": "listener", "pool": "pool", "monitor": "health_monitor"}[planned.type.split("_")[2]]
            getattr(self.cloud.load_balancer, f"delete_{noun}")(thing, ignore_missing=False)
            self.settled()
        else:
            noun = {
                "openstack_images_image_v2": "image.delete_image",
                "openstack_compute_keypair_v2": "compute.delete_keypair",
                "openstack_networking_network_v2": "network.delete_network",
                "openstack_networking_subnet_v2": "network.delete_subnet",
                "openstack_networking_port_v2": "network.delete_port",
                "openstack_networking_secgroup_v2": "network.delete_security_group",
                "openstack_networking_secgroup_rule_v2": "network.delete_security_group_rule",
            }[planned.type]
            service, call = noun.split(".")
            getattr(getattr(self.cloud, service), call)(thing, ignore_missing=False)

    def delete_all(self) -> None:
        """Takes away everything, the newest first."""
        for address in reversed(list(self.made)):
            self.delete(address)

    def left(self, name: str) -> list[str]:
        """What bears a fleet's name in the cloud."""
        cloud = self.cloud
        found = [
            *cloud.compute.servers(),
            *cloud.compute.keypairs(),
            *cloud.network.networks(),
            *cloud.network.subnets(),
            *cloud.network.ports(),
            *cloud.network.security_groups(),
            *cloud.load_balancer.load_balancers(),
            *cloud.load_balancer.listeners(),
            *cloud.load_balancer.pools(),
            *cloud.load_balancer.health_monitors(),
        ]
        return sorted(f"{type(thing).__name__} {thing.name}" for thing in found if str(thing.name).startswith(name))
