"""The adapter of Octavia before a double of it; `make test-openstack` runs the same before the real one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.shares import percent
from ansible_collections.atomic.fleet.plugins.plugin_utils._clouds.model import TrafficError
from tests.traffic.conformance import HALF, TO_GREEN, Conformance, member, patience, sentence
from tests.traffic.octavia_api_tests import OctaviaApiTests
from tests.traffic.octavia_tests import OctaviaTests
from tests.traffic.octavia_world import DoubleWorld, clouds_file, double
from tests.traffic.world import BLUE

pytest.importorskip("openstack", reason="the Python package openstacksdk is not installed")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DoubleWorld]:
    yield from double(tmp_path, monkeypatch)


class TestOctavia(Conformance, OctaviaTests, OctaviaApiTests):
    """And what the real one does too seldom, or not when it is told to."""

    def test_a_load_balancer_in_error_is_told(self, world: DoubleWorld) -> None:
        adapter = world.adapter()
        seen = adapter.observe()
        world.server.breaks = "ERROR"
        with pytest.raises(TrafficError) as caught:
            adapter.shift(TO_GREEN, seen)
        sentence(caught.value, "taken", "ERROR", world.ids["load_balancer_id"], "failover")
        with pytest.raises(TrafficError) as caught:
            adapter.shift(HALF, adapter.observe())
        sentence(caught.value, "ERROR")
        assert world.writes() == 1

    def test_a_change_without_end_is_told(self, world: DoubleWorld) -> None:
        adapter = world.adapter(timeout=2)
        seen = adapter.observe()
        world.server.hold(60)
        with pytest.raises(TrafficError) as caught:
            adapter.shift(TO_GREEN, seen)
        sentence(caught.value, "PENDING_UPDATE", "2 s")
        assert world.writes() == 0

    def test_without_a_monitor_nobody_is_well_or_ill(self, world: DoubleWorld) -> None:
        world.server.monitored = False
        adapter = world.adapter()
        adapter.take_out(BLUE[0], patience(30))
        adapter.put_back(BLUE[0], patience(30))
        assert (member(adapter.observe(), BLUE[0]).well, member(adapter.observe(), BLUE[0]).said) == (
            None,
            "NO_MONITOR",
        )

    def test_a_write_that_is_throttled_is_repeated(self, world: DoubleWorld) -> None:
        adapter = world.adapter()

        def throttle() -> None:
            world.front.busy_writes = 2

        seen = adapter.observe()
        throttle()
        after = adapter.shift(HALF, seen)
        assert percent(after.weights) == HALF
        assert world.front.busy_writes == 0
        assert world.writes() == 1

    @pytest.mark.parametrize(
        "wrong,words",
        [
            ({"password": "no"}, "credentials"),
            ({"auth_url": "http://127.0.0.1:9/v3"}, "Keystone"),
        ],
    )
    def test_a_cloud_that_lets_nobody_in(
        self, world: DoubleWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str], words: str
    ) -> None:
        clouds_file(tmp_path, {"auth": {**world.login, **wrong}, "regions": world.regions}, monkeypatch)
        with pytest.raises(TrafficError) as caught:
            world.adapter(timeout=3).observe()
        sentence(caught.value, words)

    def test_an_endpoint_that_is_none(
        self, world: DoubleWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        override = {"load_balancer_endpoint_override": f"{world.front.url}/v2"}
        clouds_file(tmp_path, {"auth": world.login, "regions": world.regions, **override}, monkeypatch)
        with pytest.raises(TrafficError) as caught:
            world.adapter(timeout=3).observe()
        sentence(caught.value, "load_balancer_endpoint_override")

    def test_a_busy_service_is_not_taken_for_one_without_versions(
        self, world: DoubleWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for override in ({}, {"load_balancer_endpoint_override": world.front.url}):
            clouds_file(tmp_path, {"auth": world.login, "regions": world.regions, **override}, monkeypatch)
            world.throttle(2)
            assert percent(world.adapter().observe().weights) == {"blue": 100, "green": 0}

    def test_a_cloud_or_region_that_is_none(self, world: DoubleWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        world.ids = {**world.ids, "region": "lab-2"}  # known to clouds.yaml, and without endpoints
        with pytest.raises(TrafficError) as caught:
            world.adapter(timeout=3).observe()
        sentence(caught.value, "clouds.yaml")
        world.ids = {**world.ids, "region": ""}
        assert percent(world.adapter().observe().weights) == {"blue": 100, "green": 0}
        monkeypatch.setenv("OS_CLOUD", "nowhere")
        with pytest.raises(TrafficError) as caught:
            world.adapter(timeout=3).observe()
        sentence(caught.value, "nowhere", "clouds.yaml")
