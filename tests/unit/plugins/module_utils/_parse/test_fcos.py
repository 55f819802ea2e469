"""The files of Fedora CoreOS's streams; those in fixtures/fcos are invented, in the documented shape."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ParseError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.stream import build_graph
from ansible_collections.atomic.fleet.plugins.module_utils._model.stream import ReleaseUpdate, Rollout, UpdateGraph
from ansible_collections.atomic.fleet.plugins.module_utils._parse import fcos

FOLDER = Path(__file__).parent / "fixtures" / "fcos"


def text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def graph(source: str, held: str) -> UpdateGraph:
    return fcos.parse_graph(source, held, "stable")


def test_updates() -> None:
    assert fcos.parse_updates("stable", text("updates.json")) == (
        ReleaseUpdate("70.20300105.3.0", dead_end="https://example.org/lost-keys"),
        ReleaseUpdate("70.20300202.3.1", barrier="https://example.org/new-keys"),
        ReleaseUpdate("71.20300316.3.0", rollout=Rollout(0.0, 1.0, None)),
        ReleaseUpdate("71.20300330.3.0", rollout=Rollout(1901095200.0, 0.1, 172800.0)),
    )


def test_releases() -> None:
    found = fcos.parse_releases("stable", text("releases.json"))
    assert [release.version for release in found][:2] == ["70.20300105.3.0", "70.20300119.3.0"]
    assert (set(found[1].commits), found[1].images) == ({"x86_64"}, {})
    assert found[6].commits["aarch64"] == "7b" * 32
    assert found[6].images["x86_64"] == "registry.example/os/stream@sha256:" + "7a" * 32


def test_the_graph_of_the_files_is_the_one_cincinnati_hands_out() -> None:
    index, updates = fcos.parse_releases("r", text("releases.json")), fcos.parse_updates("u", text("updates.json"))
    ours, theirs = build_graph("stable", "x86_64", index, updates), fcos.parse_graph("g", text("graph.json"), "stable")
    assert ours.edges == theirs.edges
    for one, other in zip(ours.releases, theirs.releases, strict=True):
        assert (one.version, one.barrier, one.dead_end, one.rollout) == (
            other.version,
            other.barrier,
            other.dead_end,
            other.rollout,
        )
        assert one.image == other.image if other.image else one.commit == other.commit


def test_a_release_without_the_architecture_is_not_in_its_graph() -> None:
    index = fcos.parse_releases("r", text("releases.json"))
    versions = [release.version for release in build_graph("stable", "aarch64", index, ()).releases]
    assert len(versions) == 6
    assert "70.20300119.3.0" not in versions


@pytest.mark.parametrize(
    "metadata,rollout",
    [
        ({"start_percentage": 0.5}, Rollout(0.0, 0.5, None)),
        ({"start_epoch": 10}, Rollout(10.0, 0.0, None)),
        ({"start_epoch": 10, "start_percentage": 0, "duration_minutes": 0}, Rollout(10.0, 0.0, 60.0)),
        ({}, Rollout(0.0, 0.0, None)),
    ],
)
def test_a_rollout_may_lack_anything(metadata: dict[str, Any], rollout: Rollout) -> None:
    document = {"releases": [{"version": "1", "metadata": {"rollout": metadata}}]}
    assert fcos.parse_updates("u", json.dumps(document))[0].rollout == rollout


@pytest.mark.parametrize(
    "parse,document,why",
    [
        (fcos.parse_updates, {}, "releases"),
        (fcos.parse_updates, {"releases": [{"metadata": {}}]}, "version"),
        (fcos.parse_updates, {"releases": [{"version": "1"}]}, "metadata"),
        (fcos.parse_updates, {"releases": [{"version": "1", "metadata": {"rollout": {"start_percentage": 100}}}]},
         "start_percentage of the rollout of 1 is no number from 0 to 1"),
        (fcos.parse_updates, {"releases": [{"version": "1", "metadata": {"rollout": {"start_epoch": "now"}}}]},
         "start_epoch"),
        (fcos.parse_releases, {"releases": {}}, "releases"),
        (fcos.parse_releases, {"releases": [{"version": "1", "commits": [{"checksum": "x"}]}]}, "architecture"),
        (graph, {"nodes": [], "edges": [[0, 1]]}, "leads to no node"),
        (graph, {"nodes": [{"version": "1"}]}, "payload"),
    ],
)  # fmt: skip
def test_what_is_no_such_file(parse: Any, document: Any, why: str) -> None:
    with pytest.raises(ParseError, match=why) as caught:
        parse("https://builds.example/x.json", json.dumps(document))
    assert caught.value.message.startswith("https://builds.example/x.json: ")
    with pytest.raises(ParseError, match="not JSON"):
        parse("x.json", json.dumps(document)[:-1])
