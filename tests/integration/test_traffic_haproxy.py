"""HAProxy itself moves traffic: what every adapter does, what only this one has, and who is really sent requests."""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError, FleetError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.shares import percent
from ansible_collections.atomic.fleet.plugins.plugin_utils._clouds.choose import open_adapter
from ansible_collections.atomic.fleet.plugins.plugin_utils._clouds.model import Limits, TrafficError
from tests.traffic.conformance import TO_GREEN, Conformance, member, patience, sentence
from tests.traffic.haproxy_front import WHOLE, Interruption
from tests.traffic.haproxy_world import HAProxy, HAProxyWorld, balancer, running
from tests.traffic.web_app import until
from tests.traffic.world import BLUE, GREEN

pytestmark = pytest.mark.skipif(shutil.which("haproxy") is None, reason="HAProxy is not installed")
QUARTER = {"blue": 75, "green": 25}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[HAProxyWorld]:
    with running(HAProxy(tmp_path)) as found:
        yield found


class TestHAProxy(Conformance):
    """With the fixture above."""


def shift(world: HAProxyWorld, shares: Mapping[str, int]) -> None:
    adapter = world.adapter()
    adapter.shift(shares, adapter.observe())


def of_pools(found: Counter[str]) -> dict[str, int]:
    return percent({"blue": sum(found[name] for name in BLUE), "green": sum(found[name] for name in GREEN)})


# -- who is sent requests


def test_requests_go_where_shares_say(world: HAProxyWorld) -> None:
    for shares in (QUARTER, {"blue": 95, "green": 5}):
        shift(world, shares)
        found = world.haproxy.crowd(2000)
        assert sum(found.values()) == 2000
        assert abs(of_pools(found)["green"] - shares["green"]) <= 2, found
        assert max(found[name] for name in BLUE) - min(found[name] for name in BLUE) < 60, found
    shift(world, TO_GREEN)
    found = world.haproxy.crowd(1000)
    assert set(found) == set(GREEN), found


def test_pools_of_unequal_size_get_their_shares(world: HAProxyWorld) -> None:
    hosts = tuple(host for host in world.hosts() if host.name not in GREEN[1:])
    adapter = open_adapter(world.balancer(), hosts, Limits(timeout=20))
    adapter.shift(QUARTER, adapter.observe())
    found = world.haproxy.crowd(2000)
    assert set(found) == {*BLUE, GREEN[0]}
    assert abs(of_pools(found)["green"] - 25) <= 2, found


def test_requests_under_way_end_well_after_their_pool_got_nothing(world: HAProxyWorld) -> None:
    got: list[str] = []
    slow = [threading.Thread(target=lambda: got.append(world.haproxy.get("/slow"))) for _number in range(6)]
    for thread in slow:
        thread.start()
    apps = world.haproxy.apps
    until(lambda: all(apps[name].waiting == 2 for name in BLUE))
    shift(world, TO_GREEN)
    assert set(world.haproxy.crowd(100)) == set(GREEN)
    seen = world.adapter().observe()
    assert [member(seen, name).sessions for name in BLUE] == [2, 2, 2]
    for name in BLUE:
        apps[name].slow.set()
    for thread in slow:
        thread.join(20)
    assert sorted(got) == sorted((*BLUE, *BLUE))


# -- what breaks


@pytest.mark.parametrize("at,writes", [(0, 2), (1, 2), (2, 2), (WHOLE, 1)])
def test_a_connection_that_breaks_is_no_end(world: HAProxyWorld, at: int, writes: int) -> None:
    """Nothing was set, or some, or all and the answer is lost: it goes on from there."""
    world.front.interruption = Interruption(at)
    shift(world, QUARTER)
    assert world.shares() == QUARTER
    assert world.writes() == writes


def test_what_never_comes_through_is_told(world: HAProxyWorld) -> None:
    adapter = world.adapter(timeout=1)
    seen = adapter.observe()
    world.front.interruption = Interruption(0, times=WHOLE)
    with pytest.raises(TrafficError) as caught:
        adapter.shift(QUARTER, seen)
    sentence(caught.value, "web", "it closed the connection in the middle", "what stands is not known")
    assert world.writes() > 1
    assert world.shares() == {"blue": 100, "green": 0}


def test_somebody_elses_hand_is_seen_also_half_way(world: HAProxyWorld) -> None:
    """Between the first try, of which a part was done, and the second."""
    world.front.interruption = Interruption(2, lambda: _meddle_and_break(world))
    adapter = world.adapter()
    seen = adapter.observe()
    with pytest.raises(FleetError) as caught:
        adapter.shift(QUARTER, seen)
    sentence(caught.value, "somebody else", "nothing was overwritten")
    assert world.haproxy.weights()[BLUE[0]] == 33


def _meddle_and_break(world: HAProxyWorld) -> None:
    world.haproxy.say(f"set server app/{BLUE[0]} weight 33")
    raise OSError("the connection breaks")


# -- what a backend may have


def test_a_stranger_that_takes_traffic_is_named(world: HAProxyWorld) -> None:
    known = tuple(host for host in world.hosts() if host.name != BLUE[1])
    adapter = open_adapter(world.balancer(), known, Limits(timeout=20))
    with pytest.raises(TrafficError) as caught:
        adapter.observe()
    sentence(caught.value, f"app/{BLUE[1]} has weight 100 and is no host of blue, green")
    world.haproxy.say(f"set server app/{BLUE[1]} state maint")
    assert len(adapter.observe().members) == 5
    world.haproxy.say(f"set server app/{BLUE[1]} state ready;set server app/{BLUE[1]} weight 0")
    assert len(adapter.observe().members) == 5


def test_a_backup_is_no_stranger_and_no_member(tmp_path: Path) -> None:
    haproxy = HAProxy(tmp_path)
    haproxy.configure("server sorry 127.0.0.1:1 backup", f"server {BLUE[0]} 127.0.0.1:1 backup", without=BLUE[0])
    with running(haproxy) as world:
        known = tuple(host for host in world.hosts() if host.name != BLUE[0])
        assert len(open_adapter(world.balancer(), known, Limits(timeout=20)).observe().members) == 5
        with pytest.raises(TrafficError) as caught:
            world.adapter().observe()
        sentence(caught.value, f"app/{BLUE[0]} is a backup server")


def test_a_balance_of_fixed_weights_is_refused_and_nobody_is_left_alone(tmp_path: Path) -> None:
    """HAProxy takes 0 there, and no other weight: without care nobody would serve."""
    with running(HAProxy(tmp_path, balance="static-rr")) as world:
        for shares in (QUARTER, TO_GREEN):
            with pytest.raises(TrafficError) as caught:
                shift(world, shares)
            sentence(caught.value, "only accepts weights '0%' and '100%'", "blue 100, green 0 now", "`balance`")
            assert world.shares() == {"blue": 100, "green": 0}


def test_a_pool_whose_servers_are_all_away_gets_nothing(world: HAProxyWorld) -> None:
    for name in GREEN:
        world.haproxy.say(f"set server app/{name} state maint")
    with pytest.raises(TrafficError) as caught:
        shift(world, TO_GREEN)
    sentence(caught.value, "green is to get 100 %, and all its servers are drained or in maintenance")
    assert world.writes() == 0


def test_a_new_server_of_weight_0_gets_its_part_and_shares_stay(world: HAProxyWorld) -> None:
    shift(world, QUARTER)
    world.haproxy.say(f"set server app/{GREEN[2]} weight 0;set server app/{GREEN[2]} state maint")
    green = world.haproxy.weights()[GREEN[0]]
    world.adapter().put_back(GREEN[2], patience(30))
    weights = world.haproxy.weights()
    assert weights[GREEN[2]] == weights[GREEN[0]] != 0 != green
    # two of three had 18 %, and that is what stood
    assert world.shares() == {"blue": 82, "green": 18}


def test_a_host_that_is_drained_does_not_serve_and_is_a_member(world: HAProxyWorld) -> None:
    world.haproxy.say(f"set server app/{BLUE[0]} state drain;set server app/{BLUE[1]} state maint")
    seen = world.adapter().observe()
    assert [member(seen, name).serving for name in BLUE] == [False, False, True]
    assert member(seen, BLUE[1]).well is None
    assert seen.weights == {"blue": 300, "green": 0}


@pytest.mark.parametrize(
    "settings,said",
    [
        ({"socket": "/s"}, "its settings lack backend"),
        ({"backend": "app"}, "its settings lack socket"),
        ({"socket": "/s", "backend": "app", "statefile": "/x"}, "'statefile' is no setting of HAProxy's"),
        ({"socket": "/s", "backend": "app;quit"}, "backend is 'app;quit'"),
        ({"socket": "/s", "backend": "app", "state_file": "x"}, "state_file is x"),
        ({"socket": "admin", "backend": "app"}, "socket is admin"),
    ],
)
def test_settings_are_looked_at(settings: dict[str, str], said: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        open_adapter(balancer(settings), (), Limits(timeout=5)).observe()
    sentence(caught.value, "web", said)


def test_who_is_no_host_is_not_taken_out(world: HAProxyWorld) -> None:
    for call in (world.adapter().take_out, world.adapter().put_back):
        with pytest.raises(ArgumentError) as caught:
            call("demo-red-1", patience(5))
        sentence(caught.value, "demo-red-1 is no host of blue, green")
