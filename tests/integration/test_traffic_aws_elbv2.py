"""AWS's load balancers, as moto's server has them: weights of target groups in a listener, and in a rule."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers import s3
from tests.traffic.aws_elbv2_world import AwsWorld, Ground, credentials
from tests.traffic.conformance import Conformance
from tests.traffic.elbv2_server import elbv2


@pytest.fixture(scope="module")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with s3(tmp_path_factory.mktemp("moto")) as server:
        yield server.url


@pytest.fixture(scope="module")
def ground(moto: str) -> Ground:
    return Ground(moto)


@pytest.fixture(params=["listener", "rule"])
def world(
    request: pytest.FixtureRequest, ground: Ground, moto: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[AwsWorld]:
    with elbv2(moto) as front:
        credentials(monkeypatch, front.url)
        yield AwsWorld(ground, front, rule=request.param == "rule")


class TestAws(Conformance):
    """All of it, in both places where weights may be."""
