"""moto as the AWS that the real Terraform provider talks to: a root module applied there, and what it left behind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3

from tests.servers import S3_ENVIRONMENT
from tools.dev_tree import ROOT
from tools.stages import TERRAFORM
from tools.worktree import sources

REGION = S3_ENVIRONMENT["AWS_DEFAULT_REGION"]
CONFIGURATION = "TERRAFORM_REAL_PROVIDERS"
SERVICES = ("ec2", "elbv2", "iam", "sts")
# Fedora CoreOS, as moto is told of it: AMI by release
IMAGES = {
    "43.20260622.3.0": "ami-00000000000000001",
    "44.20260707.3.1": "ami-00000000000000002",
    "44.20260721.2.0": "ami-00000000000000003",
}
# what moto does not keep though the provider sets it, so that it is set again by every apply
FORGETS = {("aws_instance", "vpc_security_group_ids"), ("aws_vpc_security_group_ingress_rule", "description")}
FORGETS |= {("aws_vpc_security_group_egress_rule", "description")}


def lacking() -> str | None:
    """Why there is no real provider for these tests, in a few words."""
    if os.environ.get("TERRAFORM_REGISTRY") == "yes":
        return None
    named = os.environ.get(CONFIGURATION)
    if not named:
        return (
            f"{CONFIGURATION} names no CLI configuration with a real hashicorp/aws, and TERRAFORM_REGISTRY is not yes"
        )
    assert Path(named).is_file(), f"{CONFIGURATION} names {named}, which is no file"
    return None


def write_images(path: Path) -> None:
    """Writes the AMIs there are, as moto reads them."""
    common = {"state": "available", "public": True, "owner_id": "125523088429", "architecture": "x86_64"}
    common |= {"root_device_type": "ebs", "root_device_name": "/dev/xvda", "virtualization_type": "hvm"}
    common |= {"image_type": "machine", "hypervisor": "xen", "platform": None, "sriov": "simple"}
    images = [
        {**common, "ami_id": ami, "name": name, "image_location": name, "description": name, "creation_date": created}
        for release, ami in IMAGES.items()
        for name in [f"fedora-coreos-{release}-x86_64"]
        for created in [f"{release[3:7]}-{release[7:9]}-{release[9:11]}T00:00:00.000Z"]
    ]
    path.write_text(json.dumps(images), encoding="utf-8")


def client(url: str, service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=S3_ENVIRONMENT["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=S3_ENVIRONMENT["AWS_SECRET_ACCESS_KEY"],
    )


class Root:
    """A root module of terraform/, copied to an empty folder, its provider pointed at moto."""

    def __init__(self, folder: Path, name: str, url: str) -> None:
        for source in sources(ROOT):
            if source.startswith("terraform/"):
                (folder / source).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / source, folder / source, follow_symlinks=False)
        self.folder = folder / "terraform" / name
        self.folder.mkdir(exist_ok=True)
        self.state = folder / "terraform.tfstate"
        provider = {
            "skip_credentials_validation": True,
            "skip_metadata_api_check": True,
            "endpoints": [dict.fromkeys(SERVICES, url)],
        }
        override = {"provider": {"aws": provider}}
        (self.folder / "provider_override.tf.json").write_text(json.dumps(override), encoding="utf-8")

    def set(self, **variables: Any) -> None:
        """Gives the variables, all of them."""
        (self.folder / "test.auto.tfvars.json").write_text(json.dumps(variables), encoding="utf-8")

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        inherited = {name: text for name, text in os.environ.items() if not name.startswith(("TF_", "AWS_"))}
        if os.environ.get(CONFIGURATION):
            inherited["TF_CLI_CONFIG_FILE"] = os.environ[CONFIGURATION]
        return subprocess.run(
            [TERRAFORM, f"-chdir={self.folder}", *words],
            env={**inherited, **S3_ENVIRONMENT, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def ok(self, *words: str) -> str:
        done = self.run(*words)
        assert done.returncode == 0, f"terraform {' '.join(words)}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def init(self) -> None:
        self.ok("init", f"-backend-config=path={self.state}")

    def apply(self, *words: str) -> list[tuple[str, str]]:
        """Applies; what was changed, address and action, in the order it was finished."""
        lines = [json.loads(line) for line in self.ok("apply", "-auto-approve", "-json", *words).splitlines()]
        hooks = [line["hook"] for line in lines if line["type"] == "apply_complete"]
        return [(hook["resource"]["addr"], hook["action"]) for hook in hooks if hook["action"] != "read"]

    def plan(self) -> Plan:
        self.ok("plan", "-out=plan")
        return Plan(json.loads(self.ok("show", "-json", "plan")))

    def fleet(self) -> Any:
        return json.loads(self.ok("output", "-json", "fleet"))


class Plan:
    """A plan, as Terraform shows it in JSON."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document

    @property
    def changes(self) -> dict[str, str]:
        """What it would do by address, without what is only for moto's bad memory."""
        found = {}
        for resource in self.document["resource_changes"]:
            change = resource["change"]
            before, after = change["before"] or {}, change["after"] or {}
            touched = {(resource["type"], name) for name in after if before.get(name) != after[name]}
            if change["actions"] != ["no-op"] and not (change["actions"] == ["update"] and touched <= FORGETS):
                found[resource["address"]] = "+".join(change["actions"])
        return found

    @property
    def fleet(self) -> Any:
        """The output as the refreshed state has it."""
        return self.document["prior_state"]["values"]["outputs"]["fleet"]["value"]


def left(url: str) -> dict[str, list[str]]:
    """What of a network, machines and balancers there is, beyond what AWS gives everybody.

    Network interfaces are not asked for: moto keeps those of machines that are no more.
    """
    ec2, elbv2 = client(url, "ec2"), client(url, "elbv2")
    default = {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"] if vpc["IsDefault"]}

    def beyond(entries: list[dict[str, Any]], key: str) -> list[str]:
        return [entry[key] for entry in entries if entry.get("VpcId") not in default]

    machines = [one for group in ec2.describe_instances()["Reservations"] for one in group["Instances"]]
    gateways = ec2.describe_nat_gateways()["NatGateways"]
    groups = ec2.describe_security_groups()["SecurityGroups"]
    return {
        "machines": [one["InstanceId"] for one in machines if one["State"]["Name"] != "terminated"],
        "volumes": [one["VolumeId"] for one in ec2.describe_volumes()["Volumes"]],
        "keys": [one["KeyName"] for one in ec2.describe_key_pairs()["KeyPairs"]],
        "vpcs": beyond(ec2.describe_vpcs()["Vpcs"], "VpcId"),
        "subnets": beyond(ec2.describe_subnets()["Subnets"], "SubnetId"),
        "route tables": beyond(ec2.describe_route_tables()["RouteTables"], "RouteTableId"),
        "internet gateways": [one["InternetGatewayId"] for one in ec2.describe_internet_gateways()["InternetGateways"]],
        "nat gateways": [one["NatGatewayId"] for one in gateways if one["State"] != "deleted"],
        "addresses": [one["PublicIp"] for one in ec2.describe_addresses()["Addresses"]],
        "security groups": [one["GroupName"] for one in groups if one["GroupName"] != "default"],
        "balancers": [one["LoadBalancerName"] for one in elbv2.describe_load_balancers()["LoadBalancers"]],
        "target groups": [one["TargetGroupName"] for one in elbv2.describe_target_groups()["TargetGroups"]],
    }
