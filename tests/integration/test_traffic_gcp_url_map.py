"""Traffic by the weights in a URL map: the shared tests, and what only this balancer has."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError, FleetError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.shares import percent
from ansible_collections.atomic.fleet.plugins.module_utils._model.contract import Balancer
from ansible_collections.atomic.fleet.plugins.module_utils._model.traffic import PoolHost
from ansible_collections.atomic.fleet.plugins.plugin_utils._clouds.choose import open_adapter
from ansible_collections.atomic.fleet.plugins.plugin_utils._clouds.model import ChangedError, Limits, TrafficError
from tests.traffic.conformance import Conformance, patience, sentence
from tests.traffic.gcp_state import URL
from tests.traffic.gcp_world import BASE, DRAINING, ZONES, UrlMapWorld, instance, zone_of
from tests.traffic.world import BLUE, GREEN

QUARTER = {"blue": 75, "green": 25}
Make = Callable[..., UrlMapWorld]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    made: list[UrlMapWorld] = []

    def call(**how: Any) -> UrlMapWorld:
        made.append(UrlMapWorld(tmp_path, **how))
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(made[-1].account))
        return made[-1]

    yield call
    for one in made:
        one.close()


@pytest.fixture
def world(make: Make) -> UrlMapWorld:
    return make()


class TestUrlMap(Conformance):
    pass


# -- what is written


def test_only_weights_change(world: UrlMapWorld) -> None:
    action = {
        "timeout": {"seconds": "20"},
        "retryPolicy": {"numRetries": 2, "retryConditions": ["5xx"]},
        "weightedBackendServices": [
            {
                "backendService": f"{URL}{BASE}/global/backendServices/demo-{pool}",
                "weight": weight,
                "headerAction": {"responseHeadersToAdd": [{"headerName": "x-pool", "headerValue": pool}]},
            }
            for pool, weight in (("blue", 1), ("green", 0))
        ],
    }
    world.put({"defaultRouteAction": action, "tests": [{"host": "a.test", "path": "/"}]})
    before = json.loads(json.dumps(world.state.resources[world.path]))
    adapter = world.adapter()
    adapter.shift(QUARTER, adapter.observe())
    after = world.state.resources[world.path]
    assert world.server.calls.count("compute.urlMaps.patch") == 1
    assert world.weights() == {"demo-blue": 75, "demo-green": 25}
    for entry, was in zip(
        after["defaultRouteAction"]["weightedBackendServices"],
        before["defaultRouteAction"]["weightedBackendServices"],
        strict=True,
    ):
        was["weight"] = entry["weight"]
    before["fingerprint"] = after["fingerprint"]
    assert after == before


def test_a_region(make: Make) -> None:
    world = make(scope="regional")
    adapter = world.adapter()
    seen = adapter.observe()
    assert {one.host for one in seen.members} == {*BLUE, *GREEN}
    adapter.shift(QUARTER, seen)
    assert world.shares() == QUARTER
    adapter.take_out(GREEN[0], patience(20))
    assert not world.serves(GREEN[0])
    world.forbid()
    with pytest.raises(TrafficError) as caught:
        adapter.shift({"blue": 0, "green": 100}, adapter.observe())
    sentence(caught.value, "compute.regionUrlMaps.update")


@pytest.mark.parametrize("alone", [False, True], ids=["weights", "default service"])
def test_a_path_matcher(make: Make, alone: bool) -> None:
    world = make(matcher="shop")
    if alone:
        world.put({"defaultService": f"{URL}{BASE}/global/backendServices/demo-blue"})
    before = json.loads(json.dumps(world.state.resources[world.path]))
    adapter = world.adapter()
    seen = adapter.observe()
    assert percent(seen.weights) == {"blue": 100, "green": 0}
    after = adapter.shift(QUARTER, seen)
    assert percent(after.weights) == QUARTER == world.shares()
    found = world.state.resources[world.path]
    assert found["pathMatchers"][0] == before["pathMatchers"][0]
    assert "defaultService" not in found["pathMatchers"][1]
    assert {name: found[name] for name in ("defaultService", "hostRules", "description")} == {
        name: before[name] for name in ("defaultService", "hostRules", "description")
    }
    balancer = world.balancer()
    lost = open_adapter(
        replace(balancer, settings={**balancer.settings, "path_matcher": "nowhere"}), world.hosts(), Limits()
    )
    with pytest.raises(TrafficError) as caught:
        lost.observe()
    sentence(caught.value, "nowhere", "path_matcher")


def test_a_default_service_gives_way_to_weights(world: UrlMapWorld) -> None:
    """One excludes the other, and a patch takes nothing away."""
    world.put({"defaultService": f"{URL}{BASE}/global/backendServices/demo-blue"})
    adapter = world.adapter()
    seen = adapter.observe()
    assert percent(seen.weights) == {"blue": 100, "green": 0}
    assert adapter.shift({"blue": 100, "green": 0}, seen).version == seen.version
    assert world.writes() == 0
    adapter.shift(QUARTER, seen)
    assert world.server.calls.count("compute.urlMaps.update") == world.writes() == 1
    assert world.weights() == {"demo-blue": 75, "demo-green": 25}
    assert world.state.resources[world.path]["description"] == "shares traffic out"
    assert "defaultService" not in world.state.resources[world.path]


def test_a_service_that_is_not_listed_yet_is_added(world: UrlMapWorld) -> None:
    world.put_weights({"blue": 7})
    adapter = world.adapter()
    adapter.shift(QUARTER, adapter.observe())
    assert world.weights() == {"demo-blue": 75, "demo-green": 25}
    adapter.shift({"blue": 100, "green": 0}, adapter.observe())
    assert world.weights() == {"demo-blue": 100, "demo-green": 0}


def test_a_service_of_no_pool(world: UrlMapWorld) -> None:
    world.put_service("demo-old", {world.group("blue", ZONES[0]): 1.0})
    world.put_weights({"blue": 90, "old": 10, "green": 0})
    with pytest.raises(TrafficError) as caught:
        world.adapter().observe()
    sentence(caught.value, "demo-old")
    world.put_weights({"blue": 90, "old": 0, "green": 0})
    adapter = world.adapter()
    adapter.shift(QUARTER, adapter.observe())
    assert world.weights() == {"demo-blue": 75, "demo-old": 0, "demo-green": 25}


def test_a_map_that_redirects(world: UrlMapWorld) -> None:
    world.put({"defaultUrlRedirect": {"httpsRedirect": True, "stripQuery": False}})
    with pytest.raises(TrafficError) as caught:
        world.adapter().observe()
    sentence(caught.value, "demo", "redirect")


@pytest.mark.parametrize(
    "name",
    [
        "demo-green",
        "global/backendServices/demo-green",
        f"{BASE}/global/backendServices/demo-green",
        f"https://compute.googleapis.com/compute/v1/{BASE}/global/backendServices/demo-green",
    ],
)
def test_names_of_a_service_are_the_same(world: UrlMapWorld, name: str) -> None:
    right = world.balancer()
    names = {pool: name.replace("green", pool) for pool in QUARTER}
    shares = tuple(replace(share, settings={"backend_service": names[share.pool]}) for share in right.shares)
    adapter = open_adapter(replace(right, shares=shares), world.hosts(), Limits(timeout=20))
    entries = [{"backendService": names[pool], "weight": weight} for pool, weight in QUARTER.items()]
    world.put({"defaultRouteAction": {"weightedBackendServices": entries}})
    assert percent(adapter.observe().weights) == QUARTER


# -- somebody else, and what goes wrong


def test_somebody_is_faster_than_the_write(world: UrlMapWorld) -> None:
    adapter = world.adapter()
    seen = adapter.observe()
    world.server.faults.meanwhile = lambda: world.put_weights({"blue": 50, "green": 50})
    with pytest.raises(ChangedError) as caught:
        adapter.shift(QUARTER, seen)
    sentence(caught.value, "blue 50, green 50")
    assert world.shares() == {"blue": 50, "green": 50}

    seen = adapter.observe()
    found = world.state.resources[world.path]
    world.server.faults.meanwhile = lambda: world.state.put(world.path, {**found, "description": "new"})
    with pytest.raises(ChangedError) as caught:
        adapter.shift(QUARTER, seen)
    sentence(caught.value, "somebody else")
    assert world.state.resources[world.path]["description"] == "new"
    adapter.shift(QUARTER, seen)
    assert world.shares() == QUARTER


@pytest.mark.parametrize("half", [False, True])
def test_an_operation_that_fails(world: UrlMapWorld, half: bool) -> None:
    """What counts is what stands afterwards."""
    adapter = world.adapter()
    seen = adapter.observe()
    world.server.faults.failing, world.server.faults.half = "The zone is out of order.", half
    if half:
        assert percent(adapter.shift(QUARTER, seen).weights) == QUARTER == world.shares()
        return
    with pytest.raises(TrafficError) as caught:
        adapter.shift(QUARTER, seen)
    sentence(caught.value, "The zone is out of order", "blue 100, green 0")


def test_a_lost_answer_is_looked_up(world: UrlMapWorld) -> None:
    adapter = world.adapter(timeout=3)
    seen = adapter.observe()
    world.server.faults.deaf = True
    assert percent(adapter.shift(QUARTER, seen).weights) == QUARTER == world.shares()
    assert len(world.state.operations) == 1


def test_an_operation_without_end(world: UrlMapWorld) -> None:
    adapter = world.adapter(timeout=2)
    seen = adapter.observe()
    world.server.faults.stuck = True
    began = time.monotonic()
    with pytest.raises(TrafficError) as caught:
        adapter.shift(QUARTER, seen)
    assert time.monotonic() - began < 8
    sentence(caught.value, "operation-", "blue 100, green 0, which may still change")
    world.mend()
    assert world.shares() == QUARTER


def test_what_is_not_ready_is_told_again(world: UrlMapWorld) -> None:
    adapter = world.adapter()
    world.server.faults.unready = 2
    adapter.shift(QUARTER, adapter.observe())
    assert world.shares() == QUARTER


@pytest.mark.parametrize("fault", ["no file", "no JSON", "another key"])
def test_credentials_that_are_of_no_use(
    world: UrlMapWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    account = json.loads(world.account.read_text())
    path = tmp_path / "other.json"
    if fault == "another key":
        path.write_text(json.dumps({**account, "private_key_id": account["private_key_id"] + "x"}))
    elif fault == "no JSON":
        path.write_text(world.account.read_text()[:-20])
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    with pytest.raises(TrafficError) as caught:
        world.adapter(timeout=5).observe()
    sentence(caught.value, "credentials")


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"project": ""}, "project"),
        ({"scope": ""}, "scope"),
        ({"scope": "zonal"}, "'zonal'"),
        ({"scope": "regional"}, "region"),
        ({"url_map": ""}, "url_map"),
        ({"api_endpoint": "http://10.0.0.1"}, "api_endpoint"),
        ({"api_endpoint": "https://user:hush-hush@p.googleapis.com"}, "api_endpoint"),
        ({"api_endpoint": "https://p.googleapis.com/compute"}, "api_endpoint"),
        ({"api_endpoint": "https://p.googleapis.com:x"}, "api_endpoint"),
    ],
)
def test_settings_that_are_wrong(world: UrlMapWorld, settings: dict[str, str], word: str) -> None:
    right = world.balancer()
    with pytest.raises(ArgumentError) as caught:
        open_adapter(replace(right, settings={**right.settings, **settings}), world.hosts(), Limits())
    sentence(caught.value, "web", word)


@pytest.mark.parametrize(
    ("blue", "green", "word"),
    [
        ({"backend_service": "demo-blue"}, {}, "green"),
        ({"backend_service": "demo-blue"}, {"backend_service": "a b"}, "'a b'"),
        (
            {"backend_service": "demo-blue"},
            {"backend_service": f"{BASE}/global/backendServices/demo-blue"},
            "two pools",
        ),
        ({"backend_service": "demo-blue"}, {"backend_service": "demo-green", "port": "70000"}, "'70000'"),
    ],
)
def test_settings_of_pools_that_are_wrong(
    world: UrlMapWorld, blue: dict[str, str], green: dict[str, str], word: str
) -> None:
    right = world.balancer()
    shares = tuple(replace(share, settings=given) for share, given in zip(right.shares, (blue, green), strict=True))
    with pytest.raises(ArgumentError) as caught:
        open_adapter(replace(right, shares=shares), world.hosts(), Limits())
    sentence(caught.value, "web", word)


# -- hosts


def test_draining_is_waited_for_within_patience(world: UrlMapWorld) -> None:
    adapter = world.adapter()
    began = time.monotonic()
    adapter.take_out(BLUE[0], patience(20))
    assert time.monotonic() - began >= DRAINING
    service = world.state.resources[f"{BASE}/global/backendServices/demo-blue"]
    service["connectionDraining"] = {"drainingTimeoutSec": 600}
    began = time.monotonic()
    adapter.take_out(BLUE[1], patience(2))
    assert 1.5 < time.monotonic() - began < 6
    assert not world.serves(BLUE[1])


def test_another_process_puts_a_host_back(world: UrlMapWorld) -> None:
    world.adapter().take_out(BLUE[1], patience(20))
    seen = world.adapter().observe()
    assert BLUE[1] not in {one.host for one in seen.members}
    world.adapter().put_back(BLUE[1], patience(20))
    path = world.group("blue", ZONES[1])
    assert world.state.members[path] == [{"instance": URL + instance(BLUE[1])}]


def test_an_operation_of_a_group_that_fails(world: UrlMapWorld) -> None:
    adapter = world.adapter()
    world.server.faults.failing = "The group is busy."
    with pytest.raises(TrafficError) as caught:
        adapter.take_out(BLUE[0], patience(20))
    sentence(caught.value, instance(BLUE[0]).rpartition("/")[2], "The group is busy")
    assert world.serves(BLUE[0])
    world.server.faults.deaf = True
    adapter.take_out(BLUE[0], patience(3))
    assert not world.serves(BLUE[0])


def test_hosts_that_cannot_be_placed(world: UrlMapWorld) -> None:
    with pytest.raises(ArgumentError) as caught:
        world.adapter().take_out("stranger", patience(5))
    sentence(caught.value, "stranger")

    hosts = tuple(replace(host, id="4711") if host.name == BLUE[0] else host for host in world.hosts())
    nameless = open_adapter(world.balancer(), hosts, Limits(timeout=20))
    assert BLUE[0] not in {one.host for one in nameless.observe().members}
    with pytest.raises(FleetError) as caught:
        nameless.put_back(BLUE[0], patience(5))
    sentence(caught.value, BLUE[0], "'4711'")

    world.state.members[world.group("green", ZONES[0])].append({"instance": URL + instance(BLUE[0])})
    with pytest.raises(TrafficError) as caught:
        world.adapter().observe()
    sentence(caught.value, BLUE[0], "blue", "green")


def test_a_host_that_is_listed_twice(make: Make) -> None:
    world = make(kind="networkEndpointGroups")
    path = world.group("blue", ZONES[0])
    world.state.members[path].append({**world.state.members[path][0], "port": 8081})
    with pytest.raises(TrafficError) as caught:
        world.adapter().take_out(BLUE[0], patience(20))
    sentence(caught.value, BLUE[0], "2 times")
    assert len(world.state.members[path]) == 3


def test_a_whole_wave_leaves_at_once(world: UrlMapWorld, caplog: pytest.LogCaptureFixture) -> None:
    """More threads than the SDK has connections; nothing is printed of it."""
    hosts = [(pool, f"demo-{pool}-{number}") for pool in ("blue", "green") for number in range(1, 13)]
    for pool, host in hosts:
        members = world.state.members[world.group(pool, zone_of(host))]
        if not any(instance(host) in member["instance"] for member in members):
            members.append({"instance": URL + instance(host)})
    known = tuple(PoolHost(host, pool, "10.10.9.9", instance(host)) for pool, host in hosts)
    adapter = open_adapter(world.balancer(), known, Limits(timeout=20))
    with ThreadPoolExecutor(len(hosts)) as threads:
        for done in [threads.submit(adapter.take_out, host, patience(40)) for _pool, host in hosts]:
            done.result()
    assert not any(world.serves(host) for _pool, host in hosts)
    assert not [record for record in caplog.records if record.name.startswith("urllib3")]


def test_a_host_known_by_name_alone(world: UrlMapWorld) -> None:
    name = instance(BLUE[0]).rpartition("/")[2]
    hosts = tuple(replace(host, id="4711", name=name) if host.name == BLUE[0] else host for host in world.hosts())
    adapter = open_adapter(world.balancer(), hosts, Limits(timeout=20))
    assert name in {one.host for one in adapter.observe().members}
    adapter.take_out(name, patience(20))
    assert not world.serves(BLUE[0])


def test_a_group_that_takes_no_single_hosts(world: UrlMapWorld) -> None:
    group = f"{BASE}/regions/europe-west3/instanceGroups/managed"
    world.state.put(group, {"name": "managed"})
    world.put_service("demo-green", {group: 1.0})
    with pytest.raises(TrafficError) as caught:
        world.adapter().observe()
    sentence(caught.value, "managed", "demo-green")


def test_health_that_is_not_known(world: UrlMapWorld) -> None:
    world.state.health[instance(GREEN[0])] = "UNKNOWN"
    seen = world.adapter().observe()
    assert {one.host: one.well for one in seen.members if one.host in GREEN[:2]} == {GREEN[0]: None, GREEN[1]: True}


class TestEndpoints:
    """Network endpoint groups in place of instance groups."""

    @pytest.fixture
    def world(self, make: Make) -> UrlMapWorld:
        return make(kind="networkEndpointGroups")

    def test_a_host_leaves_and_returns(self, world: UrlMapWorld) -> None:
        path = world.group("blue", ZONES[0])
        world.sicken(BLUE[1])
        seen = world.adapter().observe()
        assert {one.host: one.well for one in seen.members} == {**dict.fromkeys((*BLUE, *GREEN), True), BLUE[1]: False}
        adapter = world.adapter()
        for _again in range(2):
            adapter.take_out(BLUE[0], patience(20))
            assert not world.serves(BLUE[0])
        assert "compute.networkEndpointGroups.detachNetworkEndpoints" in world.server.calls
        for _again in range(2):
            world.adapter().put_back(BLUE[0], patience(20))
            assert world.serves(BLUE[0])
        assert [member["instance"] for member in world.state.members[path]].count(URL + instance(BLUE[0])) == 1

    def test_a_port_that_would_be_lost(self, world: UrlMapWorld) -> None:
        path = world.group("blue", ZONES[0])
        for member in world.state.members[path]:
            member["port"] = 9000
        with pytest.raises(TrafficError) as caught:
            world.adapter().take_out(BLUE[0], patience(20))
        sentence(caught.value, "9000", "port")
        assert world.serves(BLUE[0])
        adapter = open_adapter(_with_port(world.balancer(), "9000"), world.hosts(), Limits(timeout=20))
        adapter.take_out(BLUE[0], patience(20))
        adapter.put_back(BLUE[0], patience(20))
        assert {member["port"] for member in world.state.members[path]} == {9000}


def _with_port(balancer: Balancer, port: str) -> Balancer:
    shares = tuple(replace(share, settings={**share.settings, "port": port}) for share in balancer.shares)
    return replace(balancer, shares=shares)
