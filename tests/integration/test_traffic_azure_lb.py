"""Traffic by Azure's load balancer: the SDKs themselves against Azure Resource Manager on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.traffic.azure_world import AzureWorld, azure_world
from tests.traffic.conformance import Conformance


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AzureWorld]:
    with azure_world(tmp_path) as made:
        yield made


class TestAzure(Conformance):
    pass
