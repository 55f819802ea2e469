"""The real AWS provider against moto: a fleet's whole life, and what its hosts are made of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._model.traffic import PoolHost
from ansible_collections.atomic.fleet.plugins.module_utils._parse.contract import parse_fleet
from ansible_collections.atomic.fleet.plugins.plugin_utils._clouds.choose import open_adapter
from ansible_collections.atomic.fleet.plugins.plugin_utils._clouds.model import Adapter, Limits
from ansible_collections.atomic.fleet.plugins.plugin_utils._http import Clock
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.model import Patience
from tests.servers import aws
from tests.terraform.contract import hold, listing
from tests.terraform.moto_server import IMAGES, REGION, Root, client, lacking, left, write_images
from tests.traffic.aws_elbv2_world import credentials

OLD, NEW, _testing = IMAGES.values()
ZONES = [f"{REGION}a", f"{REGION}b"]
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPmTVvNqJcnhwbOQzvCwPFMNVrFMBQWCAPuoShVSLPUm tests"
IGNITION = json.dumps({"ignition": {"version": "3.4.0"}})
HOST = "module.fleet.aws_instance.host"
TARGET = "module.fleet.aws_lb_target_group_attachment.host"

# one process has them all: moto is a server that they share
pytestmark = pytest.mark.xdist_group("aws-moto")


@pytest.fixture(scope="module")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """moto's address."""
    why = lacking()
    if why:
        pytest.skip(why)
    folder = tmp_path_factory.mktemp("moto")
    write_images(folder / "images.json")
    with aws(folder, folder / "images.json") as server:
        yield server.url


def shares(fleet: Any) -> dict[str, int]:
    return {name: pool["share"] for name, pool in fleet["traffic"][0]["pools"].items()}


def balancer(fleet: Any) -> Adapter:
    """What moves the traffic, by nothing but the contract."""
    contract = parse_fleet(fleet, "the output fleet")
    hosts = [PoolHost(host.name, host.pool, host.ssh.address, host.id) for host in contract.hosts]
    return open_adapter(contract.traffic[0], hosts, Limits())


def shift(fleet: Any, **wanted: int) -> None:
    """Moves the traffic as a swap does, past Terraform."""
    adapter = balancer(fleet)
    adapter.shift(wanted, adapter.observe())


def come_and_go(fleet: Any, host: str) -> None:
    """Takes a host out of service and brings it back, as another process that knows nothing of the first."""
    patience = Patience(30, Clock(), lambda note: None)
    balancer(fleet).take_out(host, patience)
    assert host not in {member.host for member in balancer(fleet).observe().members}
    balancer(fleet).put_back(host, patience)


def leave_only(url: str, fleet: Any, pool: str) -> None:
    """Takes all other pools out of the listener, which is no shift of shares."""
    web = fleet["traffic"][0]
    group = {"TargetGroupArn": web["pools"][pool]["settings"]["target_group_arn"], "Weight": 1}
    client(url, "elbv2").modify_listener(
        ListenerArn=web["settings"]["listener_arn"],
        DefaultActions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": [group]}}],
    )


def ids(fleet: Any) -> dict[str, str]:
    return {host["name"]: host["id"] for host in fleet["hosts"]}


def is_made_as_asked(url: str, fleet: Any) -> None:
    """Holds the machines and their targets to what the module promises."""
    ec2, elbv2 = client(url, "ec2"), client(url, "elbv2")
    for host in fleet["hosts"]:
        machine = ec2.describe_instances(InstanceIds=[host["id"]])["Reservations"][0]["Instances"][0]
        tags = {tag["Key"]: tag["Value"] for tag in machine["Tags"]}
        assert (machine["PrivateIpAddress"], machine["ImageId"]) == (host["address"], host["image"])
        assert machine["Placement"]["AvailabilityZone"] == host["zone"]
        assert "PublicIpAddress" not in machine
        assert machine["MetadataOptions"]["HttpTokens"] == "required"
        assert machine["MetadataOptions"]["HttpPutResponseHopLimit"] == 1
        assert tags == {"Name": host["name"], "atomic-fleet": "demo", "atomic-fleet-pool": host["pool"], "team": "web"}
        told = ec2.describe_instance_attribute(InstanceId=host["id"], Attribute="userData")["UserData"]["Value"]
        assert told == "eyJpZ25pdGlvbiI6IHsidmVyc2lvbiI6ICIzLjQuMCJ9fQ=="
    assert {volume["Encrypted"] for volume in ec2.describe_volumes()["Volumes"]} == {True}
    for name, pool in fleet["traffic"][0]["pools"].items():
        health = elbv2.describe_target_health(TargetGroupArn=pool["settings"]["target_group_arn"])
        targets = {(one["Target"]["Id"], one["Target"]["Port"]) for one in health["TargetHealthDescriptions"]}
        assert targets == {(host["id"], 8080) for host in fleet["hosts"] if host["pool"] == name}


def test_the_life_of_a_fleet(moto: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    credentials(monkeypatch, moto)
    root = Root(tmp_path / "root", "examples/aws", moto)
    given: dict[str, Any] = {
        "region": REGION,
        "zones": ZONES,
        "ssh_authorized_keys": [KEY],
        "first_boot": IGNITION,
        "labels": {"team": "web"},
        "bastion": {"image": OLD},
        "pools": {"blue": {"image": OLD, "size": 2, "weight": 100}, "green": {"image": OLD, "size": 1}},
    }
    before = left(moto)
    root.set(**given)
    root.init()
    root.apply()

    fleet = root.fleet()
    hold(fleet, "the output fleet")
    is_made_as_asked(moto, fleet)
    assert shares(fleet) == {"blue": 100, "green": 0}
    (bastion,) = client(moto, "ec2").describe_addresses(Filters=[{"Name": "tag:Name", "Values": ["demo-bastion"]}])[
        "Addresses"
    ]
    assert {host["jump"][0]["address"] for host in fleet["hosts"]} == {bastion["PublicIp"]}

    listed = listing(root.state, tmp_path / "inventory")
    assert {name: host["ansible_host"] for name, host in listed["_meta"]["hostvars"].items()} == {
        host["name"]: host["address"] for host in fleet["hosts"]
    }
    assert listed["pool_blue"]["hosts"] == ["demo-blue-1", "demo-blue-2"]
    assert listed["zone_us_east_1a"]["hosts"] == ["demo-blue-1", "demo-green-1"]
    assert listed["cloud_aws"]["hosts"] == listed["fleet_demo"]["hosts"] == list(ids(fleet))

    plan = root.plan()
    assert plan.changes == {}
    shift(fleet, blue=50, green=50)
    come_and_go(fleet, "demo-blue-1")
    plan = root.plan()
    assert plan.changes == {}
    assert shares(plan.fleet) == {"blue": 50, "green": 50}
    shift(fleet, blue=0, green=100)
    assert root.apply("-refresh-only") == []
    assert shares(root.fleet()) == {"blue": 0, "green": 100}

    # planned only: moto knows targets by machine alone, not by machine and port as AWS does
    root.set(**{**given, "balancer": {"host_port": 8081}})
    assert root.plan().changes == {
        **{f'{TARGET}["{name}"]': "create+delete" for name in ids(fleet)},
        "module.fleet.aws_vpc_security_group_egress_rule.balancer[0]": "update",
        "module.fleet.aws_vpc_security_group_ingress_rule.hosts_balancer[0]": "update",
    }

    green = {"image": NEW, "size": 2, "weight": 0}
    given["ssh_authorized_keys"] = [f"{KEY} of another day"]
    root.set(**{**given, "pools": {**given["pools"], "green": green}})
    done = root.apply()
    made_anew = [(address, action) for address, action in done if address.startswith(HOST) and action != "update"]
    assert sorted(made_anew) == [
        (f'{HOST}["demo-green-1"]', "create"),
        (f'{HOST}["demo-green-1"]', "delete"),
        (f'{HOST}["demo-green-2"]', "create"),
    ]
    assert [(address, action) for address, action in done if address.endswith('["demo-green-1"]')] == [
        (f'{HOST}["demo-green-1"]', "create"),
        (f'{TARGET}["demo-green-1"]', "create"),
        (f'{TARGET}["demo-green-1"]', "delete"),
        (f'{HOST}["demo-green-1"]', "delete"),
    ]
    after = root.fleet()
    hold(after, "the output fleet")
    is_made_as_asked(moto, after)
    assert {name for name, id_ in ids(after).items() if id_ == ids(fleet).get(name)} == {"demo-blue-1", "demo-blue-2"}
    assert shares(after) == {"blue": 0, "green": 100}

    root.set(**{**given, "pools": {"green": {**green, "weight": 100}}})
    refused = root.run("plan")
    assert refused.returncode == 1
    assert "The listener of demo still names the target group of a pool" in " ".join(refused.stderr.split())
    leave_only(moto, after, "green")
    assert set(root.plan().changes.values()) == {"delete"}

    root.ok("destroy", "-auto-approve")
    assert left(moto) == before


def test_a_network_that_was_there_already(moto: str, tmp_path: Path) -> None:
    ec2 = client(moto, "ec2")
    (vpc,) = [found["VpcId"] for found in ec2.describe_vpcs()["Vpcs"] if found["IsDefault"]]
    subnets = {
        found["AvailabilityZone"]: found["SubnetId"]
        for found in ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
        if found["AvailabilityZone"] in ZONES
    }
    before = left(moto)
    root = Root(tmp_path / "root", "examples/existing_network", moto)
    root.set(
        region=REGION,
        vpc_id=vpc,
        subnet_ids=list(subnets.values()),
        ssh_authorized_keys=[KEY],
        ssh_from=["10.0.0.0/8"],
        jump=[{"address": "gate.example.org", "user": "gate"}],
        pools={"blue": {"image": OLD, "size": 2}},
    )
    root.init()
    root.apply()
    fleet = root.fleet()
    hold(fleet, "the output fleet")
    for host in fleet["hosts"]:
        machine = ec2.describe_instances(InstanceIds=[host["id"]])["Reservations"][0]["Instances"][0]
        assert machine["SubnetId"] == subnets[host["zone"]]
        assert host["jump"][0]["address"] == "gate.example.org"
    assert left(moto)["vpcs"] == before["vpcs"]
    assert root.plan().changes == {}
    root.ok("destroy", "-auto-approve")
    assert left(moto) == before


@pytest.mark.parametrize(
    "wanted,release",
    [({"release": "43.20260622.3.0"}, "43.20260622.3.0"), ({"stream": "stable"}, "44.20260707.3.1")],
    ids=["release", "stream"],
)
def test_an_image_is_looked_up(moto: str, tmp_path: Path, wanted: dict[str, str], release: str) -> None:
    root = Root(tmp_path / "root", "modules/image_aws", moto)
    root.set(**wanted)
    root.ok("init")
    root.ok("apply", "-auto-approve")
    outputs = {name: found["value"] for name, found in json.loads(root.ok("output", "-json")).items()}
    assert outputs == {"id": IMAGES[release], "release": release, "name": f"fedora-coreos-{release}-x86_64"}


def test_a_release_that_is_not_offered_is_an_error(moto: str, tmp_path: Path) -> None:
    root = Root(tmp_path / "root", "modules/image_aws", moto)
    root.set(release="42.20260101.3.0")
    root.ok("init")
    refused = root.run("plan")
    assert refused.returncode == 1
    assert "Your query returned no results" in refused.stderr
