"""What a backend of Google's may take, by its balancing mode."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._parse.gcp_link import Link
from ansible_collections.atomic.fleet.plugins.plugin_utils._clouds.gcp_backends import BackendsReader, Target
from ansible_collections.atomic.fleet.plugins.plugin_utils._clouds.model import TrafficError

compute = pytest.importorskip(
    "google.cloud.compute_v1", reason="the Python package google-cloud-compute is not installed"
)

SERVICE = Link("p-1", "global", "backendServices", "web")
BLUE, GREEN = (Link("p-1", "zones/europe-west3-a", "instanceGroups", name) for name in ("blue", "green"))
READER = BackendsReader("web", SERVICE, {"blue": (BLUE,), "green": (GREEN,)})


def service(**blue: Any) -> Any:
    """A backend service whose first backend is like this; the other balances in the same way, and gets nothing."""
    mode = {name: value for name, value in blue.items() if name not in ("capacity_scaler", "preference")}
    backends = [
        {"group": f"https://www.googleapis.com/compute/v1/{BLUE.path}", **blue},
        {"group": f"https://www.googleapis.com/compute/v1/{GREEN.path}", **mode, "capacity_scaler": 0.0},
    ]
    return compute.BackendService(name="web", fingerprint="AAAA", protocol="HTTP", backends=backends)


@pytest.mark.parametrize(
    ("backend", "target", "of_two"),
    [
        ({}, Target(each=0.8), 1.6),
        ({"balancing_mode": "UTILIZATION", "max_utilization": 0.5}, Target(each=0.5), 1.0),
        ({"balancing_mode": "UTILIZATION", "max_utilization": 0.5, "max_rate_per_instance": 9}, Target(each=0.5), 1.0),
        ({"balancing_mode": "RATE", "max_rate": 300}, Target(whole=300.0), 300.0),
        ({"balancing_mode": "RATE", "max_rate_per_instance": 12.5}, Target(each=12.5), 25.0),
        ({"balancing_mode": "RATE", "max_rate_per_endpoint": 10}, Target(each=10.0), 20.0),
        ({"balancing_mode": "CONNECTION", "max_connections": 50}, Target(whole=50.0), 50.0),
        ({"balancing_mode": "CONNECTION", "max_connections_per_instance": 7}, Target(each=7.0), 14.0),
        ({"balancing_mode": "IN_FLIGHT", "max_in_flight_requests_per_endpoint": 8}, Target(each=8.0), 16.0),
    ],
)
def test_targets(backend: dict[str, Any], target: Target, of_two: float) -> None:
    found = READER.read(service(**backend)).targets[BLUE]
    assert found.each == pytest.approx(target.each)
    assert found.whole == target.whole
    assert found.capacity(2) == pytest.approx(of_two)
    assert found.capacity(0) == 0


@pytest.mark.parametrize(
    ("backend", "scaler"), [({}, 100), ({"capacity_scaler": 0.0}, 0), ({"capacity_scaler": 0.37}, 37)]
)
def test_scalers(backend: dict[str, Any], scaler: int) -> None:
    assert READER.read(service(**backend)).scalers == {BLUE: scaler, GREEN: 0}


def test_only_scalers_are_sent() -> None:
    before = service(balancing_mode="RATE", max_rate=300, description="blue's")
    patch, was = (
        json.loads(compute.BackendService.to_json(one, always_print_fields_with_no_presence=False))
        for one in (READER.scaled(before, {"blue": 0, "green": 33}), before)
    )
    assert set(patch) == {"fingerprint", "backends"}
    assert [backend.pop("capacityScaler") for backend in patch["backends"]] == [0, 0.33]
    assert patch["backends"] == [
        {name: value for name, value in backend.items() if name != "capacityScaler"} for backend in was["backends"]
    ]


@pytest.mark.parametrize("mode", ["RATE", "CONNECTION", "IN_FLIGHT", "CUSTOM_METRICS", "NEWER_THAN_WE_ARE"])
def test_no_target(mode: str) -> None:
    with pytest.raises(TrafficError, match=mode):
        READER.read(service(balancing_mode=mode))


def test_versions() -> None:
    """Another for another scaler or target, and not for anything else."""
    first = READER.read(service(balancing_mode="RATE", max_rate=300)).version
    assert READER.read(service(balancing_mode="RATE", max_rate=300, description="x")).version == first
    assert READER.read(service(balancing_mode="RATE", max_rate=301)).version != first
    assert READER.read(service(balancing_mode="RATE", max_rate=300, capacity_scaler=0.9)).version != first
