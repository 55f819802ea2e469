"""The gate that is a query of Prometheus, against a server on loopback that answers as its documents say."""

from __future__ import annotations

import json
import time
import urllib.parse
from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import FleetError
from ansible_collections.atomic.fleet.plugins.plugin_utils._http import Clock
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.model import Patience, Served
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.prometheus import PrometheusGate
from tests.unit.plugins.scripted_server import Say, ScriptedServer

PATIENCE = Patience(2.0, Clock(time.monotonic, time.sleep), lambda _note: None)
QUERY = 'rate(x{job="a"}[1m])'
PATH = f"/api/v1/query?{urllib.parse.urlencode({'query': QUERY})}"


def vector(*values: str) -> bytes:
    result = [{"metric": {"pool": f"p{n}"}, "value": [1, value]} for n, value in enumerate(values)]
    return json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}}).encode()


def ask(server: ScriptedServer, **words: Any) -> str | None:
    return PrometheusGate().ask(Served("green", "", {"url": server.url, "query": QUERY, **words}), PATIENCE)


@pytest.mark.parametrize(
    ("values", "words", "told"),
    [
        (("0.001",), {"at_most": 0.01}, None),
        (("0.01",), {"at_most": 0.01}, None),
        (("0.3",), {"at_most": 0.01}, "the query {pool=p0} is 0.3, more than 0.01"),
        (
            ("0.3", "0", "1", "2"),
            {"at_most": 0.01},
            "{pool=p0} is 0.3, more than 0.01; {pool=p2} is 1, more than 0.01; and 1",
        ),
        (("5",), {"at_least": 10}, "is 5, less than 10"),
        (("5",), {"at_least": 1, "at_most": 9}, None),
        # what is no number is in no bounds
        (("NaN",), {"at_most": 0.01}, "is nan, more than"),
        ((), {"at_most": 1}, "has nothing that fits the query"),
        ((), {"at_most": 1, "empty": "pass"}, None),
    ],
)
def test_bounds(values: tuple[str, ...], words: dict[str, Any], told: str | None) -> None:
    with ScriptedServer({PATH: [Say(200, vector(*values))]}) as server:
        said = ask(server, **words)
        assert said is None if told is None else said is not None and told in said


def test_headers_are_sent() -> None:
    with ScriptedServer({PATH: [Say(200, vector("0"))]}) as server:
        assert ask(server, at_most=1, headers={"Authorization": "Bearer hush"}) is None
        assert server.heard[0].headers["Authorization"] == "Bearer hush"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (Say(400, b'{"status":"error","errorType":"bad_data","error":"parse error"}'), "parse error"),
        (Say(404, b"nothing here"), "there is no /api/v1/query"),
        (Say(200, b"<html>"), "is no JSON"),
        (Say(None), "could not be asked"),
    ],
)
def test_no_answer_is_a_sentence(said: Say, words: str) -> None:
    with ScriptedServer({PATH: [said]}) as server, pytest.raises(FleetError) as caught:
        ask(server, at_most=1, headers={"Authorization": "Bearer hush"})
    assert words in caught.value.message
    assert "hush" not in caught.value.message
