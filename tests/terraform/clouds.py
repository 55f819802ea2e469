"""The four cloud modules, as the tests call them: what each needs beside the words they share."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.terraform.project import Project

CASES = Path(__file__).parent / "cases"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBbLJ0JTBJCYb2xi5tZ6gTz0VbYw3Ykz0kD2w3bM3cXv tests"
NAME = "web"
SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class Kind:
    """One cloud: its module and provider, the type of its machines, what only its module must be given.

    `images` are two immutable ids. `replaces` tells whether the stand-in knows what replaces a machine; elsewhere the
    tests name it. `weights` are the types that hold the balancer's weights, none where Terraform cannot see them.
    """

    name: str
    source: str
    host: str
    images: tuple[str, ...]
    zones: tuple[str, str]
    arguments: Mapping[str, Any]
    provider: Mapping[str, Any] = field(default_factory=dict)
    replaces: bool = False
    weights: tuple[str, ...] = ()

    @property
    def local_name(self) -> str:
        return self.source.rpartition("/")[2]

    @property
    def fixtures(self) -> dict[str, Any]:
        """What the cloud decides, as the case of its example has it."""
        found: dict[str, Any] = json.loads((CASES / f"{self.name}.json").read_text(encoding="utf-8"))["fixtures"]
        return found

    def pools(self) -> dict[str, Any]:
        """Blue with two hosts and all traffic, green with one."""
        old = self.images[0]
        return {"blue": {"image": old, "size": 2, "weight": 100}, "green": {"image": old, "size": 1, "weight": 0}}

    def module(self) -> dict[str, Any]:
        """What a fleet with a balancer and a bastion is made with."""
        return {
            "source": f"../../modules/{self.name}",
            "name": NAME,
            "pools": self.pools(),
            "zones": list(self.zones),
            "ssh_authorized_keys": [KEY],
            "ssh_from": ["192.0.2.0/24"],
            "balancer": {},
            "bastion": {"image": self.images[0]},
            "labels": {"owner": "tests"},
            **copy.deepcopy(dict(self.arguments)),
        }


CLOUDS = {
    kind.name: kind
    for kind in (
        Kind(
            name="aws",
            source="hashicorp/aws",
            host="aws_instance",
            images=("ami-00000000000000001", "ami-00000000000000002"),
            zones=("eu-central-1a", "eu-central-1b"),
            arguments={},
            provider={"region": "eu-central-1"},
            replaces=True,
            weights=("aws_lb_listener",),
        ),
        Kind(
            name="azure",
            source="hashicorp/azurerm",
            host="azurerm_linux_virtual_machine",
            images=tuple(
                f"/subscriptions/{SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.Compute/galleries/atomic"
                f"/images/fcos/versions/{number}.0.0"
                for number in (43, 44)
            ),
            zones=("1", "2"),
            arguments={"location": "westeurope"},
            provider={"subscription_id": SUBSCRIPTION, "features": {}},
        ),
        Kind(
            name="gcp",
            source="hashicorp/google",
            host="google_compute_instance",
            images=tuple(f"projects/fedora-coreos-cloud/global/images/fedora-coreos-{number}" for number in (43, 44)),
            zones=("europe-west3-a", "europe-west3-b"),
            arguments={"project": "example-project-1", "region": "europe-west3"},
            provider={"project": "example-project-1", "region": "europe-west3"},
            weights=("google_compute_region_url_map",),
        ),
        Kind(
            name="openstack",
            source="terraform-provider-openstack/openstack",
            host="openstack_compute_instance_v2",
            images=tuple(f"1c1a5f2e-7d3b-4c55-9a3e-0d6f5b8f4a1{number}" for number in (0, 1)),
            zones=("nova-a", "nova-b"),
            arguments={"external_network": "public", "machine_type": "m1.small"},
            weights=("openstack_lb_member_v2",),
        ),
    )
}


def write(folder: Path, kind: Kind, module: Mapping[str, Any]) -> None:
    """Writes a root module that is one call of the cloud's module, or writes it anew."""
    root = {
        "terraform": {"required_providers": {kind.local_name: {"source": kind.source}}},
        "provider": {kind.local_name: dict(kind.provider)},
        "module": {"fleet": dict(module)},
        "output": {"fleet": {"value": "${module.fleet.fleet}"}},
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "main.tf.json").write_text(json.dumps(root), encoding="utf-8")


def new(tree: Path, configuration: Path, kind: Kind, name: str, **changes: Any) -> Project:
    """An initialised project of its own, with nothing made; `changes` are arguments of the module."""
    project = Project(tree / "roots" / name, configuration, kind.fixtures)
    write(project.folder, kind, {**kind.module(), **changes})
    project.init()
    return project
