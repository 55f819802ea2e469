"""The module's arguments against the real services of an OpenStack cloud: `make test-openstack`.

Terraform plans; the same objects with the same arguments are made through openstacksdk. So what is proved is that
Keystone, Glance, Neutron, Nova and Octavia take what the module asks for, and not what the provider makes of it.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from openstack.load_balancer.v2.member import Member

from tests.openstack.plan import plan
from tests.openstack.services import Services

POOL = "openstack_lb_pool_v2.web[0]"


def members(fleet: Services) -> list[Any]:
    """The members of the balancer's pool, as Octavia lists them."""
    return sorted(fleet.cloud.load_balancer.members(fleet.id_of(POOL)), key=lambda member: str(member.name))


def weights(fleet: Services) -> dict[str, int]:
    """Weight by member."""
    return {member.name: member.weight for member in members(fleet)}


def test_everything_planned_is_taken_and_read_back(fleet: Services, name: str) -> None:
    made = Counter(planned.type.removeprefix("openstack_") for planned, _thing in fleet.made.values())
    assert made == {
        "compute_instance_v2": 5,
        "compute_keypair_v2": 1,
        "lb_listener_v2": 1,
        "lb_loadbalancer_v2": 1,
        "lb_member_v2": 4,
        "lb_monitor_v2": 1,
        "lb_pool_v2": 1,
        "networking_network_v2": 1,
        "networking_port_v2": 5,
        "networking_secgroup_rule_v2": 8,
        "networking_secgroup_v2": 2,
        "networking_subnet_v2": 1,
    }
    assert weights(fleet) == {f"{name}-blue-1": 100, f"{name}-blue-2": 100, f"{name}-green-1": 0, f"{name}-green-2": 0}


def test_hosts_are_closed_but_for_the_rules_planned(fleet: Services) -> None:
    group = fleet.cloud.network.get_security_group(fleet.id_of("openstack_networking_secgroup_v2.hosts"))
    bastion = fleet.id_of("openstack_networking_secgroup_v2.bastion[0]")
    rules = {
        (rule["direction"], rule["port_range_min"], rule["remote_ip_prefix"], rule["remote_group_id"])
        for rule in group.security_group_rules
    }
    assert rules == {
        ("egress", None, None, None),
        ("ingress", 22, None, bastion),
        ("ingress", 8080, "10.77.0.0/16", None),
    }


def test_members_are_found_by_their_pools_tag(fleet: Services, name: str) -> None:
    tagged = fleet.cloud.load_balancer.members(fleet.id_of(POOL), tags="atomic-fleet-pool=green")
    assert sorted(member.name for member in tagged) == [f"{name}-green-1", f"{name}-green-2"]


def test_weights_shift_member_by_member(fleet: Services, name: str) -> None:
    pool = fleet.id_of(POOL)
    for member in members(fleet):
        fleet.cloud.load_balancer.update_member(member, pool, weight=90 if "-blue-" in member.name else 10)
        fleet.settled()
    assert weights(fleet) == {f"{name}-blue-1": 90, f"{name}-blue-2": 90, f"{name}-green-1": 10, f"{name}-green-2": 10}


def test_weights_shift_in_one_batch_that_leaves_the_rest_alone(fleet: Services, name: str) -> None:
    pool = fleet.id_of(POOL)
    before = {member.id: (member.name, member.address, sorted(member.tags)) for member in members(fleet)}
    batch = [
        {
            "address": member.address,
            "protocol_port": member.protocol_port,
            "subnet_id": member.subnet_id,
            "weight": 0 if "-blue-" in member.name else 100,
        }
        for member in members(fleet)
    ]
    answer = fleet.cloud.load_balancer.put(Member.base_path % {"pool_id": pool}, json={"members": batch})
    assert answer.status_code == 202, answer.text
    fleet.settled()
    assert weights(fleet) == {f"{name}-blue-1": 0, f"{name}-blue-2": 0, f"{name}-green-1": 100, f"{name}-green-2": 100}
    assert {member.id: (member.name, member.address, sorted(member.tags)) for member in members(fleet)} == before


def test_another_image_makes_a_new_host_beside_the_old_one(
    fleet: Services, name: str, images: list[str], variables: dict[str, Any], scratch: Path
) -> None:
    host = f"{name}-green-1"
    addresses = [f'openstack_{kind}.host["{host}"]' for kind in ("lb_member_v2", "compute_instance_v2")]
    old = [*addresses, next(a for a in fleet.made if a.startswith(f'openstack_networking_port_v2.host["{host}-'))]
    changed = {**variables, "pools": {**variables["pools"], "green": {"image": images[1], "size": 2}}}
    for address in old[:2]:  # Terraform keeps the old ones beside the new ones of the same address
        fleet.made[f"{address} deposed"] = fleet.made.pop(address)
    for planned in plan(scratch, "openstack", changed):
        if planned.address not in fleet.made and f'["{host}' in planned.address and planned.type != "terraform_data":
            fleet.create(planned)
    both = [server for server in fleet.cloud.compute.servers() if server.name == host]
    assert {server.image.id for server in both} == set(images)
    assert len(members(fleet)) == 5
    for address in (f"{old[0]} deposed", f"{old[1]} deposed", old[2]):
        fleet.delete(address)
    assert [server.image.id for server in fleet.cloud.compute.servers() if server.name == host] == [images[1]]
    assert len(members(fleet)) == 4


def test_everything_is_taken_away(fleet: Services, name: str) -> None:
    assert len(fleet.left(name)) == 19  # all but members and rules, which have no list of their own
    fleet.delete_all()
    assert fleet.left(name) == []
