"""The balancers that hosts are behind, as the inventory or a user names them."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import FleetError
from ansible_collections.atomic.fleet.plugins.plugin_utils._balancers import balancers, chosen
from ansible_collections.atomic.fleet.plugins.plugin_utils._known import Known


class Hostvars(dict[str, Any]):
    raw_get = dict.__getitem__


def balancer(name: str = "web", *pools: str, **more: Any) -> dict[str, Any]:
    shares = {pool: {"share": None, "settings": {}} for pool in pools or ("blue", "green")}
    place = {"address": None, "port": 80, "settings": {"socket": "/s"}}
    return {"name": name, "adapter": "haproxy", **place, "pools": shares, **more}


def host(pool: str, *traffic: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"atomic_fleet_pool": pool, "atomic_fleet_traffic": list(traffic), "ansible_host": "10.0.0.1", **more}


def test_all_hosts_of_the_pools_are_behind_it_whoever_is_asked() -> None:
    every = Hostvars(b=host("blue", balancer()), g=host("green", balancer()), d=host("db", balancer()), x={})
    (found,) = balancers(Known(every), ["b"], every)
    assert found.name == "web"
    assert [(one.name, one.pool, one.address) for one in found.hosts] == [
        ("b", "blue", "10.0.0.1"),
        ("g", "green", "10.0.0.1"),
    ]
    assert found.names("green") == ["g"]
    assert found.pools == ["blue", "green"]


def test_pools_of_one_name_in_another_fleet_are_not() -> None:
    other = balancer("other")
    every = Hostvars(b=host("blue", balancer()), c=host("blue", other))
    found = balancers(Known(every), ["b", "c"], every)
    assert {one.name: one.names("blue") for one in found} == {"web": ["b"], "other": ["c"]}
    assert [one.name for one in chosen(found, "other")] == ["other"]
    assert chosen(found, None) == found


def test_a_given_list_takes_their_place() -> None:
    every = Hostvars(b=host("blue"), g=host("green"))
    (found,) = balancers(Known(every), ["b"], every, [balancer("edge")])
    assert (found.name, [one.name for one in found.hosts]) == ("edge", ["b", "g"])


@pytest.mark.parametrize(
    ("hosts", "given", "words"),
    [
        ({"b": {}}, None, "No balancer is known of these 1 hosts"),
        ({"b": host("blue")}, [], "No balancer is known"),
        (
            {"b": host("blue", balancer()), "g": host("green", balancer(port=81))},
            None,
            "The hosts b and g are behind different balancers that are both called web",
        ),
        ({"b": host("blue", {"name": "web"})}, None, "atomic_fleet_traffic of b"),
        ({"b": host("blue")}, [{"name": "web"}], "balancers"),
        ({"b": host("blue")}, [balancer(), balancer()], "balancers' names are unique"),
    ],
)
def test_what_cannot_be(hosts: dict[str, Any], given: Any, words: str) -> None:
    every = Hostvars(hosts)
    with pytest.raises(FleetError) as caught:
        balancers(Known(every), list(hosts), every, given)
    assert words in caught.value.message
    assert "\n" not in caught.value.message


def test_a_name_that_is_none() -> None:
    every = Hostvars(b=host("blue", balancer()))
    with pytest.raises(FleetError, match="There is no balancer 'wbe'; there are web"):
        chosen(balancers(Known(every), ["b"], every), "wbe")
