"""Where clouds' APIs find machines, by what the contract says."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import HostError
from ansible_collections.atomic.fleet.plugins.module_utils._model.host_key import Machine
from ansible_collections.atomic.fleet.plugins.module_utils._parse.cloud_id import (
    aws_place,
    azure_place,
    gcp_place,
    openstack_place,
)

UUID = "6f1c1a4e-0d6e-4f6f-9d0c-442026070731"
I = "i-0123456789abcdef0"  # noqa: E741


@pytest.mark.parametrize(
    "find, name, zone, place",
    [
        (aws_place, I, "eu-central-1a", ("eu-central-1", I)),
        (aws_place, I, "us-gov-west-1b", ("us-gov-west-1", I)),
        (aws_place, I, "us-west-2-lax-1a", ("us-west-2", I)),
        (aws_place, I, "us-east-1-wl1-bos-wlz-1", ("us-east-1", I)),
        (gcp_place, "projects/p/zones/europe-west3-a/instances/demo-1", "europe-west3-a",
         ("p", "europe-west3-a", "demo-1")),
        (gcp_place, "https://www.googleapis.com/compute/v1/projects/p/zones/z/instances/i", "z", ("p", "z", "i")),
        (azure_place, "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/m", "1",
         ("s", "g", "m")),
        (openstack_place, UUID, "nova", UUID),
    ],
)  # fmt: skip
def test_place(find: Any, name: str, zone: str, place: Any) -> None:
    assert find(Machine("h1", "x", name, zone)) == place


@pytest.mark.parametrize(
    "find, name, zone",
    [
        (aws_place, UUID, "eu-central-1a"),
        (aws_place, I, "somewhere"),
        (gcp_place, "demo-1", "europe-west3-a"),
        (azure_place, "/subscriptions/s/resourceGroups/g", "1"),
        (openstack_place, "lab/demo/1", "nova"),
    ],
)
def test_no_place(find: Any, name: str, zone: str) -> None:
    with pytest.raises(HostError) as refusal:
        find(Machine("h1", "acme", name, zone))
    assert refusal.value.message.startswith(f"h1: its id {name} in zone {zone} is not that of a")
    assert "by hand as host_keys" in refusal.value.message
