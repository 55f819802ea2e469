"""Traffic by the weights in a URL map: the shared tests, and what only this balancer has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.traffic.conformance import Conformance
from tests.traffic.gcp_world import UrlMapWorld


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[UrlMapWorld]:
    made = UrlMapWorld(tmp_path)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(made.account))
    yield made
    made.close()


class TestUrlMap(Conformance):
    pass
