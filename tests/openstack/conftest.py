"""A cloud to make things in, an image and a flavor for them, and what the modules plan."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import openstack
import pytest
from openstack.connection import Connection
from openstack.exceptions import ForbiddenException

from tests.openstack.plan import plan
from tests.openstack.services import Services

RELEASE = "43.20260105.3.0"


@pytest.fixture(scope="session")
def cloud() -> Iterator[Connection]:
    """The cloud that OS_CLOUD names."""
    with openstack.connect() as connection:
        yield connection


@pytest.fixture(scope="session")
def name() -> str:
    """A fleet's name that nobody else has."""
    return f"t{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="session")
def images(cloud: Connection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Two images as the module image_openstack uploads them, without a system in them; by id."""
    services = Services(cloud)
    try:
        for number in (1, 2):
            folder = tmp_path_factory.mktemp(f"image{number}")
            release = RELEASE.replace(".3.0", f".3.{number}")
            for planned in plan(folder, "image_openstack", {"release": release, "file": "none.qcow2"}):
                made = f"{planned.address} {number}"
                services.create(planned.__class__(planned.type, made, planned.values))
        yield [thing.id for _planned, thing in services.made.values()]
    finally:
        services.delete_all()


@pytest.fixture(scope="session")
def flavor(cloud: Connection, name: str) -> Iterator[str]:
    """The smallest flavor with a disk that the images fit on; one of our own where there is none."""
    fitting = sorted((flavor.ram, flavor.name) for flavor in cloud.compute.flavors() if flavor.disk >= 10)
    if fitting:
        yield fitting[0][1]
        return
    try:
        own = cloud.compute.create_flavor(name=f"{name}.small", ram=512, vcpus=1, disk=10)
    except ForbiddenException:
        pytest.fail(
            "the cloud has no flavor with a disk of 10 GiB, and this user may not make one: make one, or be admin."
        )
    try:
        yield own.name
    finally:
        cloud.compute.delete_flavor(own)


@pytest.fixture(scope="session")
def variables(cloud: Connection, name: str, images: list[str], flavor: str) -> dict[str, object]:
    """Inputs of the module openstack: two pools, a balancer, a bastion."""
    zones = [zone.name for zone in cloud.compute.availability_zones() if zone.state["available"]]
    return {
        "name": name,
        "zones": zones,
        "machine_type": flavor,
        "ssh_authorized_keys": [
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH5OQnfwNqyHCkpGOBr8YUGlTXbXhrPHRxMDWOrMmSh1 you@example.org"
        ],
        "first_boot": '{"ignition": {"version": "3.4.0"}}',
        "first_boot_by_host": {f"{name}-blue-1": "#cloud-config\n"},
        "external_network": "public",
        "dns_nameservers": ["192.0.2.53"],
        "ssh_from": ["203.0.113.0/24", "198.51.100.7/32"],
        "labels": {"team": "web"},
        "pools": {
            "blue": {"image": images[0], "size": 2, "weight": 100, "labels": {"ring": "canary"}},
            "green": {"image": images[0], "size": 2},
        },
        "balancer": {"health_interval": 5},
        "bastion": {"image": images[0], "port": 2222},
    }


@pytest.fixture(scope="session")
def fleet(
    cloud: Connection, name: str, variables: dict[str, object], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    """The whole plan of the module, made; all of it is gone afterwards."""
    services = Services(cloud)
    try:
        began = time.monotonic()
        for planned in plan(tmp_path_factory.mktemp("fleet"), "openstack", variables):
            services.create(planned)
        left_out = ", ".join(f"{count} × {what}" for what, count in services.left_out.items())
        print(
            f"\n{len(services.made)} objects made in {time.monotonic() - began:.0f} s, {services.read_back} arguments"
            f" read back; left out, for want of an external network: {left_out}"
        )
        yield services
    finally:
        services.delete_all()
        assert services.left(name) == []  # also where a request was cut off before its answer came


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A folder for one plan."""
    return tmp_path / "plan"
