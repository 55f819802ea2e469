"""The HTTP and TCP gates against real servers on loopback."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.plugin_utils._http import Clock
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.http import HttpGate, TcpGate
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.model import Patience, Served
from tests.unit.plugins.scripted_server import Say, ScriptedServer

PATIENCE = Patience(5.0, Clock(time.monotonic, time.sleep), lambda _note: None)


def ask(gate: HttpGate | TcpGate, address: str = "127.0.0.1", **words: Any) -> str | None:
    return gate.ask(Served("edge-1", address, words), PATIENCE)


@pytest.mark.parametrize(
    "path, words, told",
    [
        ("/well", {}, None),
        ("/well", {"contains": "all is well"}, None),
        ("/well", {"contains": "2.0"}, "answers without the text that it is to contain"),
        ("/well", {"status": (204,)}, "answers 200"),
        ("/none", {"status": (200, 404)}, None),
        ("/ill", {}, "answers 503"),
        ("/away", {}, "answers 302"),
        ("/torn", {}, "does not answer (RemoteDisconnected)"),
    ],
)
def test_answers(path: str, words: dict[str, Any], told: str | None) -> None:
    script = {
        "/well": [Say(200, b"all is well here")],
        "/ill": [Say(503)],
        "/away": [Say(302, headers={"Location": "/well"})],
        "/torn": [Say(None)],
    }
    with ScriptedServer(script) as server:
        assert ask(HttpGate(), url=server.url + path, **words) == (f"{server.url}{path} {told}" if told else None)


def test_headers_are_sent_and_secrets_of_the_url_are_not_told() -> None:
    with ScriptedServer({"/?token=secret": [Say(401)]}) as server:
        why = ask(HttpGate(), url=f"{server.url}/?token=secret", headers={"X-Key": "key"})
        assert why == f"{server.url}/ answers 401"
        assert server.heard[0].headers["X-Key"] == "key"


@pytest.mark.parametrize("url", ["edge-1/", "ftp://edge-1/", "http:///", "http://[half/", "http://me:hidden@edge-1/"])
def test_url_that_is_none(url: str) -> None:
    with pytest.raises(ArgumentError, match="url must begin with http"):
        ask(HttpGate(), url=url)


def test_ports() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert ask(TcpGate(), port=port) is None
        assert ask(TcpGate(), "192.0.2.1", port=str(port), host="127.0.0.1") is None
    assert ask(TcpGate(), port=port) == f"127.0.0.1 port {port} does not answer (Connection refused)"
    for wrong in ("http", 0, 70000, ""):
        with pytest.raises(ArgumentError, match="which is no port"):
            ask(TcpGate(), port=wrong)
