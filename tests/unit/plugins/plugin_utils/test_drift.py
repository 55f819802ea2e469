"""What the inventory knows of images, as the plugin writes it and as people might."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.module_utils._model.drift import Created, PoolImage
from ansible_collections.atomic.fleet.plugins.plugin_utils._drift import from_terraform
from ansible_collections.atomic.fleet.plugins.plugin_utils._known import Known


class Hostvars(dict[str, Any]):
    raw_get = dict.__getitem__


def variables(fleet: str = "demo", **more: Any) -> dict[str, Any]:
    return {
        "atomic_fleet_name": fleet,
        "atomic_fleet_pool": "blue",
        "atomic_fleet_image": "ami-1",
        "atomic_fleet_labels": {"image_release": "1.0"},
        "atomic_fleet_pool_images": {"blue": "ami-2"},
        **more,
    }


def test_hosts_and_pools() -> None:
    other = variables("two", atomic_fleet_labels={})
    known = Known(Hostvars(h1=variables(), h2=other, h3={"atomic_fleet_name": "demo"}, h4=variables()))
    created, pools = from_terraform(known, ["h1", "h2", "h3", "h4"])
    first = Created("demo", "blue", "ami-1", "1.0")
    assert created == {"h1": first, "h2": Created("two", "blue", "ami-1"), "h4": first}
    assert pools == (PoolImage("demo", "blue", "ami-2"), PoolImage("two", "blue", "ami-2"))


def test_an_inventory_without_pools_says_nothing_of_them() -> None:
    known = Known(Hostvars(h1={**variables(), "atomic_fleet_pool_images": None}))
    assert from_terraform(known, ["h1"])[1] == ()


@pytest.mark.parametrize(
    "value, sentence",
    [
        (
            ["blue"],
            "h1: atomic_fleet_pool_images is no mapping: give each pool's image in it, or remove it.",
        ),
        (
            {"blue": {"size": 1}},
            "h1: atomic_fleet_pool_images has no image of the pool blue: give what its new hosts boot.",
        ),
    ],
)
def test_what_a_person_wrote_wrongly(value: Any, sentence: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        from_terraform(Known(Hostvars(h1=variables(atomic_fleet_pool_images=value))), ["h1"])
    assert refusal.value.message == sentence
