"""Hosts as targets: who they are, and where they listened."""

from __future__ import annotations

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._model.traffic import Member, PoolHost
from ansible_collections.atomic.fleet.plugins.module_utils._parse.elbv2 import Target
from ansible_collections.atomic.fleet.plugins.plugin_utils._clouds.aws_targets import (
    Hosts,
    common_places,
    to_deregister,
    to_register,
)
from ansible_collections.atomic.fleet.plugins.plugin_utils._clouds.model import TrafficError

ONE = PoolHost("blue-1", "blue", "10.0.0.1", "i-1")
HOSTS = Hosts.of((ONE, PoolHost("blue-2", "blue", "10.0.0.2", ""), PoolHost("green-1", "green", "10.0.1.1", "i-3")))


def target(id_: str, port: int = 80, state: str = "healthy", zone: str | None = None) -> Target:
    return Target(id_, port, zone, state)


@pytest.mark.parametrize(
    "targets, members",
    [
        ([target("i-1")], [Member("blue-1", "blue", True, True, "healthy")]),
        ([target("10.0.0.1")], [Member("blue-1", "blue", True, True, "healthy")]),
        ([target("10.0.0.2", state="draining")], [Member("blue-2", "blue", False, None, "draining")]),
        ([target("i-1"), target("i-1", 81, "unhealthy"), target("i-1", 82, "initial")],
         [Member("blue-1", "blue", True, False, "unhealthy")]),
        ([target("i-1"), target("i-1", 81, "initial")], [Member("blue-1", "blue", True, None, "initial")]),
        ([target("i-9")], [Member("i-9", "blue", True, True, "healthy")]),
        ([], []),
    ],
)  # fmt: skip
def test_members(targets: list[Target], members: list[Member]) -> None:
    assert list(HOSTS.members("web", "blue", "arn:targetgroup/demo-blue/0a", targets)) == members


def test_a_host_behind_the_group_of_another_pool() -> None:
    with pytest.raises(TrafficError, match="web: green-1 is of pool green, and stands behind demo-blue"):
        HOSTS.members("web", "blue", "arn:targetgroup/demo-blue/0a", [target("i-3")])


@pytest.mark.parametrize(
    "targets, places",
    [
        ([], set()),
        ([target("i-1", 8080), target("i-2", 8080)], {(8080, None)}),
        ([target("i-1", 80), target("i-1", 81), target("i-2", 81), target("i-2", 80)], {(80, None), (81, None)}),
        ([target("i-1", 80), target("i-2", 81)], set()),
        ([target("10.9.0.1", 80, zone="all"), target("10.9.0.2", 80, zone="all")], {(80, "all")}),
    ],
)
def test_where_all_listen(targets: list[Target], places: set[tuple[int | None, str | None]]) -> None:
    assert common_places(targets) == places


def test_requests_name_what_was_chosen_only() -> None:
    assert to_register("10.9.0.1", {(81, "all"), (80, None)}) == [
        {"Id": "10.9.0.1", "Port": 80},
        {"Id": "10.9.0.1", "Port": 81, "AvailabilityZone": "all"},
    ]
    assert to_register("i-1", {(None, None)}) == [{"Id": "i-1"}]
    assert to_deregister([target("10.9.0.1", 81, zone="all"), Target("x", None, None, "healthy")]) == [
        {"Id": "10.9.0.1", "Port": 81},
        {"Id": "x"},
    ]
