"""Traffic by the capacity scalers in a backend service: the shared tests, and what only this balancer has."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.shares import percent
from ansible_collections.atomic.fleet.plugins.plugin_utils._clouds.choose import open_adapter
from ansible_collections.atomic.fleet.plugins.plugin_utils._clouds.model import ChangedError, Limits, TrafficError
from tests.traffic.conformance import Conformance, patience, sentence
from tests.traffic.gcp_state import URL
from tests.traffic.gcp_world import BASE, ZONES, BackendServiceWorld, instance
from tests.traffic.world import BLUE, GREEN

QUARTER = {"blue": 75, "green": 25}
Make = Callable[..., BackendServiceWorld]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    made: list[BackendServiceWorld] = []

    def call(**how: Any) -> BackendServiceWorld:
        made.append(BackendServiceWorld(tmp_path, **how))
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(made[-1].account))
        return made[-1]

    yield call
    for one in made:
        one.close()


@pytest.fixture
def world(make: Make) -> BackendServiceWorld:
    return make()


def backends(world: BackendServiceWorld) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.state.resources[world.path]["backends"]
    return found


class TestBackendService(Conformance):
    pass


# -- shares by capacity


def test_all_groups_of_a_pool_have_its_scaler(world: BackendServiceWorld) -> None:
    adapter = world.adapter()
    after = adapter.shift(QUARTER, adapter.observe())
    assert world.scalers() == {
        world.group(pool, zone): scaler for pool, scaler in (("blue", 1.0), ("green", 0.33)) for zone in ZONES
    }
    assert percent(after.weights) == QUARTER


def test_the_least_share_is_a_tenth_of_the_capacity(world: BackendServiceWorld) -> None:
    """1 percent becomes 9 where pools are alike; what stands is told, and is not written again."""
    adapter = world.adapter()
    after = adapter.shift({"blue": 99, "green": 1}, adapter.observe())
    assert percent(after.weights) == {"blue": 91, "green": 9}
    assert world.scalers()[world.group("green", ZONES[0])] == 0.1
    adapter.shift({"blue": 99, "green": 1}, after)
    assert world.writes() == 1


def test_capacity_counts_and_not_hosts(world: BackendServiceWorld) -> None:
    """Rates and sizes that differ: 2 + 1 machines of 100 each, and a group of 600 beside an empty one."""
    world.put_scalers({"blue": 1.0, "green": 0.0})
    for backend in backends(world):
        backend["balancingMode"] = "RATE"
        backend |= {"maxRatePerInstance": 100} if "blue" in backend["group"] else {"maxRate": 600}
    world.state.members[world.group("green", ZONES[1])].clear()
    hosts = tuple(host for host in world.hosts() if host.name != GREEN[1])
    adapter = open_adapter(world.balancer(), hosts, Limits(timeout=20))
    after = adapter.shift({"blue": 50, "green": 50}, adapter.observe())
    assert percent(after.weights) == {"blue": 50, "green": 50}
    assert world.scalers()[world.group("green", ZONES[0])] == 0.5
    assert world.scalers()[world.group("blue", ZONES[0])] == 1.0
    after = adapter.shift({"blue": 95, "green": 5}, after)
    assert percent(after.weights) == {"blue": 83, "green": 17}


def test_a_host_that_is_away_changes_neither_shares_nor_version(world: BackendServiceWorld) -> None:
    world.put_scalers({"blue": 1.0, "green": 1.0})
    adapter = world.adapter()
    seen = adapter.observe()
    adapter.take_out(GREEN[0], patience(20))
    away = adapter.observe()
    assert (away.weights, away.version) == (seen.weights, seen.version)
    assert adapter.shift(QUARTER, seen).version != seen.version


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"balancingMode": "RATE", "maxRatePerInstance": 10}, "balancing mode"),
        ({"preference": "PREFERRED"}, "preference"),
    ],
)
def test_backends_that_cannot_be_compared(world: BackendServiceWorld, change: dict[str, Any], word: str) -> None:
    backends(world)[0].update(change)
    with pytest.raises(TrafficError) as caught:
        world.adapter().observe()
    sentence(caught.value, "demo", word)


@pytest.mark.parametrize("mode", ["CONNECTION", "RATE", "CUSTOM_METRICS"])
def test_backends_without_a_target(world: BackendServiceWorld, mode: str) -> None:
    for backend in backends(world):
        backend["balancingMode"] = mode
    with pytest.raises(TrafficError) as caught:
        world.adapter().observe()
    sentence(caught.value, mode, "demo-blue")


def test_a_group_of_no_pool(world: BackendServiceWorld) -> None:
    group = f"{BASE}/zones/{ZONES[0]}/instanceGroups/old"
    world.state.resources[group], world.state.members[group] = {"name": "old"}, [{"instance": URL + instance("old-1")}]
    old = {"group": URL + group, "capacityScaler": 0.5, "balancingMode": "UTILIZATION"}
    backends(world).append(old)
    with pytest.raises(TrafficError) as caught:
        world.adapter().observe()
    sentence(caught.value, "old", "capacity scaler")
    old["capacityScaler"] = 0.0
    adapter = world.adapter()
    adapter.shift(QUARTER, adapter.observe())
    assert world.scalers()[group] == 0.0


def test_a_group_that_is_no_backend(world: BackendServiceWorld) -> None:
    del backends(world)[-1]
    with pytest.raises(TrafficError) as caught:
        world.adapter().observe()
    sentence(caught.value, "demo-green", ZONES[1], "group")


def test_a_region_and_endpoints(make: Make) -> None:
    world = make(scope="regional", kind="networkEndpointGroups")
    adapter = world.adapter()
    adapter.shift(QUARTER, adapter.observe())
    assert world.shares() == QUARTER
    assert "compute.regionBackendServices.patch" in world.server.calls
    adapter.take_out(BLUE[0], patience(20))
    assert not world.serves(BLUE[0])
    world.adapter().put_back(BLUE[0], patience(20))
    assert world.serves(BLUE[0])


# -- somebody else, and what goes wrong


def test_somebody_is_faster_than_the_write(world: BackendServiceWorld) -> None:
    adapter = world.adapter()
    seen = adapter.observe()
    world.server.faults.meanwhile = lambda: world.put_scalers({"blue": 1.0, "green": 1.0})
    with pytest.raises(ChangedError) as caught:
        adapter.shift(QUARTER, seen)
    sentence(caught.value, "blue 50, green 50")
    assert world.shares() == {"blue": 50, "green": 50}


def test_an_operation_that_fails(world: BackendServiceWorld) -> None:
    adapter = world.adapter()
    seen = adapter.observe()
    world.server.faults.failing = "The region is out of order."
    with pytest.raises(TrafficError) as caught:
        adapter.shift(QUARTER, seen)
    sentence(caught.value, "The region is out of order", "blue 100, green 0")


def test_a_lost_answer_is_looked_up(world: BackendServiceWorld) -> None:
    adapter = world.adapter(timeout=3)
    seen = adapter.observe()
    world.server.faults.deaf = True
    assert percent(adapter.shift(QUARTER, seen).weights) == QUARTER == world.shares()
    assert len(world.state.operations) == 1


def test_the_world_holds_the_documented_rules(world: BackendServiceWorld) -> None:
    """What the adapter never sends is refused as Google refuses it: these tests can fail."""
    bodies = [
        ({"backends": [{"group": backends(world)[0]["group"], "capacityScaler": 0.0}]}, "only one backend"),
        ({"backends": [{**one, "capacityScaler": 0.05} for one in backends(world)]}, "from 0.1"),
        ({"backends": [{"group": "zones/x/instanceGroups/y"}] * 2}, "malformed"),
    ]
    path = "/compute/v1/" + world.path
    token = f"Bearer {world.server.token}"
    for body, word in bodies:
        code, said = _patch(
            world, path, token, {**body, "fingerprint": world.state.resources[world.path]["fingerprint"]}
        )
        assert code == 400
        assert word in said
    assert _patch(world, path, token, {"backends": []}) == (400, "Required field 'resource.fingerprint' not specified")
    assert _patch(world, path, token, {"fingerprint": "AAAA"})[0] == 412
    assert _patch(world, path, "Bearer other", {"fingerprint": "AAAA"})[0] == 401
    assert not world.server.unfit
    assert _patch(world, path, token, {"backend": []}) == (400, "compute.backendServices.patch: there is no backend")
    assert world.server.unfit.pop()


def _patch(world: BackendServiceWorld, path: str, token: str, body: dict[str, Any]) -> tuple[int, str]:
    code, said = world.server.reply("PATCH", path, token, json.dumps(body).encode())
    return code, said["error"]["message"]


@pytest.mark.parametrize(
    ("blue", "green", "word"),
    [
        ("", f"{BASE}/zones/{ZONES[0]}/instanceGroups/g", "blue"),
        ("demo-blue", f"{BASE}/zones/{ZONES[0]}/instanceGroups/g", "'demo-blue'"),
        (f"{BASE}/regions/europe-west3/instanceGroups/b", f"{BASE}/zones/{ZONES[0]}/instanceGroups/g", "regions"),
        (f"{BASE}/zones/{ZONES[0]}/instanceGroups/g", f"{URL}{BASE}/zones/{ZONES[0]}/instanceGroups/g", "twice"),
    ],
)
def test_settings_of_pools_that_are_wrong(world: BackendServiceWorld, blue: str, green: str, word: str) -> None:
    right = world.balancer()
    groups = {"blue": blue, "green": green}
    shares = tuple(replace(share, settings={"group": groups[share.pool]}) for share in right.shares)
    with pytest.raises(ArgumentError) as caught:
        open_adapter(replace(right, shares=shares), world.hosts(), Limits())
    sentence(caught.value, "web", word)
