"""The files of a stream, from a real server and from a disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.atomic.fleet.tests.unit.plugins.scripted_server import Say, ScriptedServer

from ansible_collections.atomic.fleet.plugins.module_utils._errors import FleetError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.stream import next_release
from ansible_collections.atomic.fleet.plugins.plugin_utils._http import Web
from ansible_collections.atomic.fleet.plugins.plugin_utils._stream import StreamPlaces, Streams

FILES = Path(__file__).parents[1] / "module_utils" / "_parse" / "fixtures" / "fcos"
NOW = 1901095200.0


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def on_disk(**named: str) -> StreamPlaces:
    return StreamPlaces(f"{FILES}/updates.json", f"file://{FILES}/releases.json", **named)


def served(name: str) -> list[Say]:
    return [Say(body=(FILES / name).read_bytes()), Say(500)]


@pytest.mark.parametrize("graph", [None, f"{FILES}/graph.json"])
def test_a_host_s_next_release_out_of_files_on_disk(graph: str | None) -> None:
    found = next_release(Streams(Web(), on_disk(graph=graph)).graph("stable", "x86_64"), "71.20300316.3.0", 0.1, NOW)
    assert found.release
    assert found.release.version == "71.20300330.3.0"
    assert found.release.image == "registry.example/os/stream@sha256:" + "7a" * 32


def test_files_of_a_server_are_fetched_once_each() -> None:
    script = {"/updates/stable.json": served("updates.json"), "/stable/releases.json": served("releases.json")}
    with ScriptedServer(script) as server:
        url = server.url
        places = StreamPlaces(f"{url}/updates/{{stream}}.json", f"{url}/{{stream}}/releases.json")
        streams = Streams(Web(), places)
        assert len(streams.graph("stable", "x86_64").releases) == 7
        assert len(streams.graph("stable", "aarch64").releases) == 6
    assert len(server.heard) == 2


def test_cincinnati_is_asked_for_the_stream_and_the_machine() -> None:
    with ScriptedServer({"/v1/graph?stream=next&basearch=x86_64&oci=true": served("graph.json")}) as server:
        graph = f"{server.url}/v1/graph?stream={{stream}}&basearch={{machine}}&oci=true"
        found = Streams(Web(), StreamPlaces(graph=graph)).graph("next", "x86_64")
    assert (found.stream, len(found.releases)) == ("next", 7)


def test_what_is_not_there() -> None:
    with ScriptedServer({}) as server:
        place = f"http://anna:hunter2@{server.name}/{{stream}}.json"
        with pytest.raises(FleetError, match=r"/no%2Fsuch\.json: the server did not hand it out \(404\)") as caught:
            Streams(Web(), StreamPlaces(graph=place)).graph("no/such", "x86_64")
        assert "hunter2" not in caught.value.message
    with pytest.raises(FleetError, match=r"/nosuch\.json: the stream's file cannot be read \(No such file"):
        Streams(Web(), StreamPlaces(graph="/{stream}.json")).graph("nosuch", "x86_64")


def test_what_is_no_such_file() -> None:
    with (
        ScriptedServer({"/stable.json": [Say(body=b"<html>")]}) as server,
        pytest.raises(FleetError, match=rf"^{server.url}/stable\.json: the file printed what is not JSON"),
    ):
        Streams(Web(), StreamPlaces(graph=f"{server.url}/{{stream}}.json")).graph("stable", "x86_64")
