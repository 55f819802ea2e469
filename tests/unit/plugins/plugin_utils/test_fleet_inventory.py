"""Names that must not collide, and which texts of the cloud Ansible may take for templates."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.template import is_trusted_as_template
from ansible_collections.atomic.fleet.tests.unit.plugins.contract_cases import fleet, hop, host

from ansible_collections.atomic.fleet.plugins.module_utils._errors import FleetError
from ansible_collections.atomic.fleet.plugins.module_utils._parse.contract import parse_fleet
from ansible_collections.atomic.fleet.plugins.plugin_utils._fleet_inventory import (
    check_names,
    group_names,
    group_variables,
    host_variables,
    own_groups,
)

POOL = {"image": "x", "size": 1, "zones": ["a"]}


def test_groups() -> None:
    document = fleet(host(zone="eu-west.1a", cloud="my-cloud"), name="demo.one")
    parsed = parse_fleet(document, "x")
    assert group_names(parsed, parsed.hosts[0]) == ("fleet_demo_one", "cloud_my_cloud", "pool_blue", "zone_eu_west_1a")


@pytest.mark.parametrize(
    "documents,sentence",
    [
        ([fleet(), fleet(name="two")],
         ("The host 'demo-blue-1' is in the state file 0 and in the state file 1: host names must be unique in an "
          "inventory, so rename one or read the fleets by two inventories.")),
        ([fleet(host(pool="a-b"), host("h", "a", pool="a.b"), pools={"a-b": POOL, "a.b": POOL})],
         "State file 0: the pools 'a-b' and 'a.b' would both become the group 'pool_a_b': rename one."),
        ([fleet(host(zone="a-1")), fleet(host("other", zone="a_1"))],
         "State file 1: the zones 'a-1' and 'a_1' would both become the group 'zone_a_1': rename one."),
    ],
)  # fmt: skip
def test_collisions(documents: list[Any], sentence: str) -> None:
    with pytest.raises(FleetError) as refusal:
        check_names([(f"State file {i}", parse_fleet(document, "x")) for i, document in enumerate(documents)])
    assert refusal.value.message == sentence


def test_two_fleets_with_pools_of_one_name_share_the_group() -> None:
    check_names([("a", parse_fleet(fleet(), "x")), ("b", parse_fleet(fleet(host("other"), name="two"), "y"))])


def test_an_idle_pool_keeps_its_group() -> None:
    document = fleet(pools={"blue": POOL, "gre.en": {**POOL, "size": 0}})
    assert own_groups(parse_fleet(document, "x")) == ("fleet_demo", "pool_blue", "pool_gre_en")


@pytest.mark.parametrize(
    "text,trusted", [("lab:lab/x86_64/stable@1.0", True), ("{{ x }}", False), ("#jinja2:x", False)]
)
def test_what_the_cloud_says_is_never_a_template(text: str, trusted: bool) -> None:
    parsed = parse_fleet(fleet(host(image=text, id=text, labels={"a": text})), "x")
    variables = host_variables(parsed, parsed.hosts[0], "/k/x")
    values = [variables["atomic_fleet_image"], variables["atomic_fleet_id"], variables["atomic_fleet_labels"]["a"]]
    assert values == [text] * 3
    assert [is_trusted_as_template(value) for value in values] == [trusted] * 3


def test_variables() -> None:
    parsed = parse_fleet(fleet(host(jump=[hop()], labels={"role": "web"})), "x")
    variables = host_variables(parsed, parsed.hosts[0], "/k/x")
    assert is_trusted_as_template(variables.pop("ansible_ssh_common_args"))
    assert set(variables) == {
        "ansible_host", "ansible_port", "ansible_user", "ansible_control_path", "atomic_fleet_name",
        "atomic_fleet_pool",
        "atomic_fleet_zone", "atomic_fleet_cloud", "atomic_fleet_image", "atomic_fleet_id", "atomic_fleet_labels",
    }  # fmt: skip
    assert list(group_variables(parsed)["fleet_demo"]) == [
        "atomic_fleet_pool_images",
        "atomic_fleet_jump_private_key_file",
    ]


def test_the_fleets_group_knows_what_new_hosts_of_every_pool_boot() -> None:
    pools = {"blue": {"image": "ami-1", "size": 1, "zones": ["a", "b"]}, "green": {**POOL, "image": "{{ x }}"}}
    found = group_variables(parse_fleet(fleet(pools=pools), "x"))
    assert found == {"fleet_demo": {"atomic_fleet_pool_images": {"blue": "ami-1", "green": "{{ x }}"}}}
    images = found["fleet_demo"]["atomic_fleet_pool_images"].values()
    assert [is_trusted_as_template(image) for image in images] == [True, False]


def test_the_fleets_group_knows_the_balancers() -> None:
    balancer = {
        "name": "web", "adapter": "haproxy", "address": "10.0.0.1", "port": 80, "settings": {"socket": "/run/{{ x }}"},
        "pools": {"blue": {"share": 100, "settings": {}}},
    }  # fmt: skip
    found = group_variables(parse_fleet({**fleet(), "traffic": [balancer]}, "x"))["fleet_demo"]["atomic_fleet_traffic"]
    assert found == [balancer]
    assert is_trusted_as_template(found[0]["settings"]["socket"]) is False


def test_a_fleet_without_hosts_has_no_group() -> None:
    document = {**fleet(), "hosts": []}
    assert group_variables(parse_fleet(document, "x")) == {}
