"""The adapter of Octavia before a double of it; `make test-openstack` runs the same class before the real one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.traffic.conformance import Conformance
from tests.traffic.octavia_world import DoubleWorld, double

pytest.importorskip("openstack", reason="the Python package openstacksdk is not installed")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DoubleWorld]:
    yield from double(tmp_path, monkeypatch)


class TestOctavia(Conformance):
    pass
