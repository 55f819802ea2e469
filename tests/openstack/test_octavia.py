"""What every adapter of a balancer has to do, by the real Octavia: `make test-openstack`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from openstack.connection import Connection

from tests.openstack.octavia_world import RealWorld, real
from tests.traffic.conformance import Conformance
from tests.traffic.octavia_api_tests import OctaviaApiTests
from tests.traffic.octavia_tests import OctaviaTests
from tests.traffic.octavia_world import clouds_file


@pytest.fixture(scope="module")
def standing(cloud: Connection, name: str) -> Iterator[RealWorld]:
    with real(cloud, f"{name}-traffic") as world:
        yield world


@pytest.fixture
def world(standing: RealWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RealWorld:
    standing.afresh()
    clouds_file(tmp_path, standing.login, monkeypatch)
    return standing


class TestOctavia(Conformance, OctaviaTests, OctaviaApiTests):
    pass
