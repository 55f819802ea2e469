"""One contract, lists and maps of them, the pools that are asked for, and values that are none and may be secret."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.atomic.fleet.tests.unit.plugins.contract_cases import fleet, host

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.module_utils._parse.contract import ContractError
from ansible_collections.atomic.fleet.plugins.module_utils._parse.contracts import only_pools, parse_fleets

POOL = {"image": "x", "size": 1, "zones": ["a"]}
ONE, TWO = fleet(), fleet(host("two-1"), name="two")


@pytest.mark.parametrize(
    "value,titles",
    [
        (ONE, ["S"]),
        ([], []),
        ({}, []),
        ([ONE, TWO], ["S: fleet[0]", "S: fleet[1]"]),  # count
        ({"eu": ONE, "us-1": TWO}, ['S: fleet["eu"]', 'S: fleet["us-1"]']),  # for_each
        ({"schema": ONE, "hosts": TWO}, ['S: fleet["schema"]', 'S: fleet["hosts"]']),  # regions called so
        ({"eu": [ONE], "us": [TWO]}, ['S: fleet["eu"][0]', 'S: fleet["us"][0]']),  # count within for_each
        ({"eu": {"a": ONE}, "us": {}}, ['S: fleet["eu"]["a"]']),
    ],
)
def test_fleets(value: Any, titles: list[str]) -> None:
    assert [title for title, _fleet in parse_fleets(value, "S", "fleet")] == titles


@pytest.mark.parametrize(
    "value,sentence",
    [
        ("hush", "S: fleet is a text, and not the contract of a fleet"),
        (True, "S: fleet is true or false, and not the contract"),
        ([ONE, None], "S: fleet[1] is null, and not the contract"),
        ({"eu": {"password": "hush"}}, 'S: fleet["eu"]: schema is missing.'),
        ({"password": "hush"}, "S: schema is missing."),
        ({"passwords": ["hush"]}, 'S: fleet["passwords"][0] is a text, and not the contract'),
        ({"eu": ONE, "us": {**TWO, "hosts": "hush"}}, "S: fleet[\"us\"]: hosts is 'hush': it must be a list."),
        ({"hosts": [], "pools": {}}, "S: schema is missing."),
        ({**ONE, "schema": "atomic.fleet/fleet/v9"},
         "S: schema is 'atomic.fleet/fleet/v9', and this collection reads 'atomic.fleet/fleet/v1': use Terraform "),
        (fleet(host("'; rm -rf")), "S: hosts[0].name is \"'; rm -rf\": use letters, digits, dots, "),
    ],
)  # fmt: skip
def test_no_fleets(value: Any, sentence: str) -> None:
    with pytest.raises(ContractError) as refusal:
        parse_fleets(value, "S", "fleet")
    assert refusal.value.message.startswith(sentence)
    assert "hush" not in refusal.value.message or "hosts is" in sentence


BOTH = fleet(host(), host("g-1", "10.88.0.12", pool="green"), pools={"blue": POOL, "green": POOL, "idle": POOL})


@pytest.mark.parametrize(
    "pools,hosts,kept",
    [
        ((), ["demo-blue-1", "g-1"], ["blue", "green", "idle"]),
        (("green",), ["g-1"], ["green"]),
        (("idle",), [], ["idle"]),
        (("green", "blue"), ["demo-blue-1", "g-1"], ["blue", "green"]),
    ],
)
def test_pools(pools: tuple[str, ...], hosts: list[str], kept: list[str]) -> None:
    ((_title, found),) = only_pools(parse_fleets(BOTH, "S", "fleet"), pools)
    assert [host.name for host in found.hosts] == hosts
    assert [pool.name for pool in found.pools] == kept


def test_a_pool_of_one_of_several_fleets() -> None:
    found = only_pools(parse_fleets([BOTH, TWO], "S", "fleet"), ("green",))
    assert [[host.name for host in fleet.hosts] for _title, fleet in found] == [["g-1"], []]
    assert only_pools((), ("green",)) == ()
    with pytest.raises(ArgumentError) as refusal:
        only_pools(parse_fleets(BOTH, "S", "fleet"), ("gren",))
    assert refusal.value.message == "S has no pool 'gren' (it has: blue, green, idle): correct `pools`."
