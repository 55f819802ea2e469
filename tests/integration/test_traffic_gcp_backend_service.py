"""Traffic by the capacity scalers in a backend service: the shared tests, and what only this balancer has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.traffic.conformance import Conformance
from tests.traffic.gcp_world import BackendServiceWorld


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BackendServiceWorld]:
    made = BackendServiceWorld(tmp_path)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(made.account))
    yield made
    made.close()


class TestBackendService(Conformance):
    pass
