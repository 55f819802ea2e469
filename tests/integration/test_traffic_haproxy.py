"""HAProxy itself moves traffic: what every adapter does, real requests, and what a reload makes of weights."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.traffic.conformance import Conformance
from tests.traffic.haproxy_world import HAProxy, HAProxyWorld

pytestmark = pytest.mark.skipif(shutil.which("haproxy") is None, reason="HAProxy is not installed")


class TestHAProxy(Conformance):
    @pytest.fixture
    def world(self, tmp_path: Path) -> Iterator[HAProxyWorld]:
        haproxy = HAProxy(tmp_path)
        try:
            haproxy.start()
            world = HAProxyWorld(haproxy)
            yield world
            world.close()
        finally:
            haproxy.end()
