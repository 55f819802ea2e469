"""What real ostrees printed, as text (2022.7, 2025.2) and JSON (2026.4), and what is not theirs."""

from __future__ import annotations

import json

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import HostError, ParseError
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Deployment, HostState
from ansible_collections.atomic.fleet.plugins.module_utils._parse.keyfile import parse_remotes
from ansible_collections.atomic.fleet.plugins.module_utils._parse.observation import (
    parse_greenboot,
    parse_observation,
    parse_space,
    parse_units,
)
from ansible_collections.atomic.fleet.plugins.module_utils._parse.ostree import parse_log, parse_status, parse_version
from ansible_collections.atomic.fleet.plugins.module_utils._parse.sections import Section, parse_sections
from ansible_collections.atomic.fleet.plugins.module_utils._parse.systemd import (
    parse_active,
    parse_failed,
    parse_system,
)
from tests.unit.plugins.talking import fixture, observed

REF = "lab:lab/x86_64/stable"


def marks(entry: Deployment) -> str:
    words = ("booted", "staged", "locked", "pinned")
    return " ".join([entry.label, *(word for word in words if getattr(entry, word))])


@pytest.mark.parametrize(
    "name, expected",
    [
        ("ostree-2022.7-booted.txt", ["5.0 booted", "1.0"]),
        ("ostree-2022.7-staged.txt", ["2.0 staged", "5.0 booted pinned", "1.0"]),
        ("ostree-2022.7-staged-locked.txt", ["2.0 staged locked", "5.0 booted pinned", "1.0"]),
        ("ostree-2022.7-unhealthy.txt", ["3.0-unhealthy booted", "5.0"]),
        ("ostree-2022.7-way-back.txt", ["5.0 staged", "3.0-unhealthy booted", "5.0"]),
        ("ostree-2022.7-back.txt", ["5.0 booted", "3.0-unhealthy"]),
        ("ostree-2025.2-booted.txt", ["5.0 booted", "1.0"]),
        ("ostree-2025.2-staged.txt", ["2.0 staged", "5.0 booted pinned", "1.0"]),
        ("ostree-2025.2-staged-locked.txt", ["2.0 staged locked", "5.0 booted pinned", "1.0"]),
        ("ostree-2025.2-way-back.txt", ["5.0", "3.0-unhealthy booted"]),
    ],
)
def test_observations(name: str, expected: list[str]) -> None:
    state = observed(name)
    assert [marks(entry) for entry in state.deployments] == expected
    assert {entry.refspec for entry in state.deployments} == {REF}
    assert state.tool_version == name.split("-")[1]
    assert state.backend == "ostree"
    assert {"root", "stage"} <= set(state.capabilities)
    assert state.can("set-default") == state.can("lock-finalization") == (state.tool_version != "2022.7")
    assert [space.mount for space in state.space] == ["/sysroot", "/boot", "/var"]
    assert state.remotes[0].name == "lab"
    assert len(state.boot_id) == 36
    assert any(word.startswith("ostree=") for word in state.kernel_arguments)


@pytest.mark.parametrize(
    "name, expected",
    [
        ("booted", ["1.0 booted"]),
        ("staged-locked", ["2.0 staged locked", "1.0 booted"]),
        ("staged-pinned", ["2.0 staged", "1.0 booted pinned"]),
        ("pending", ["2.0", "1.0 booted pinned"]),
        ("rollback", ["1.0 booted pinned", "2.0"]),
        ("staged-no-ref", ["1.0 staged", "1.0 booted pinned", "2.0"]),
    ],
)
def test_json_of_newer_ones(name: str, expected: list[str]) -> None:
    entries = parse_status("h1", fixture(f"ostree-2026.4-{name}.json"))
    assert [marks(entry) for entry in entries] == expected
    assert entries[0].refspec == (None if name == "staged-no-ref" else REF)


def test_text_of_newer_ones_says_locked_in_place_of_staged() -> None:
    entries = parse_status("h1", fixture("ostree-2026.4-staged-locked.txt"))
    assert [marks(entry) for entry in entries] == ["2.0 staged locked", "1.0 booted"]


@pytest.mark.parametrize("name", ["unhealthy", "booted"])
def test_health(name: str) -> None:
    health = observed(f"ostree-2022.7-{name}.txt").health
    if name == "booted":
        assert (health.system, health.failed_units, health.greenboot) == ("running", (), "green")
    else:
        assert (health.system, health.failed_units, health.greenboot) == ("degraded", ("lab-required.service",), "red")


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        '{"deployments": [{}]}',
        '{"deployments": 3}',
        '{"deployments": [3]}',
        "error: no such command\n",
        "nonsense",
    ],
)
def test_nonsense_names_host_and_tool(text: str) -> None:
    with pytest.raises(ParseError, match=r"^h1: ostree admin status"):
        parse_status("h1", text)


def test_a_field_that_is_missing_is_named() -> None:
    document = json.loads(fixture("ostree-2026.4-booted.json"))
    del document["deployments"][0]["checksum"]
    with pytest.raises(ParseError, match="checksum"):
        parse_status("h1", json.dumps(document))


def test_a_version_may_hold_anything() -> None:
    text = fixture("ostree-2026.4-staged-locked.txt").replace("Version: 2.0", "Version: 2 (staged) * \u00e4; $(id)")
    assert parse_status("h1", text)[0].version == "2 (staged) * \u00e4; $(id)"


def change(**sections: Section | None) -> HostState:
    found = dict(parse_sections("h1", fixture("ostree-2022.7-booted.txt")))
    for name, section in sections.items():
        if section is None:
            del found[name]
        else:
            found[name] = section
    return parse_observation("h1", found)


@pytest.mark.parametrize(
    "sections, error, words",
    [
        ({"booted": Section("", 1)}, HostError, "not booted from an ostree deployment"),
        ({"status": Section("error: loading sysroot", 1)}, HostError, "error: loading sysroot"),
        ({"status": Section("No deployments.")}, ParseError, "names no booted deployment"),
        ({"boot": Section("x")}, ParseError, "boot id"),
        ({"boot": None}, ParseError, "section boot is missing"),
        ({"units": Section("what is this about")}, ParseError, "units"),
    ],
)
def test_hosts_that_are_not_as_they_should_be(sections: dict, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        change(**sections)


def test_what_updates_by_itself_is_told() -> None:
    assert change(updaters=Section("active\ninactive\ninactive")).update_driver == "zincati.service"
    assert parse_active("inactive\nfailed", ("a", "b")) is None


def test_log() -> None:
    one, two = "1" * 64, "2" * 64
    text = (
        f"commit {one}\nParent:  {two}\nVersion: 2.0\n\n    commit {'3' * 64}\n    Version: no\n\n"
        f"commit {two}\n(no subject)\n\n<< History beyond this commit not fetched >>\n"
    )
    assert [(c.checksum, c.version) for c in parse_log("h1", text)] == [(one, "2.0"), (two, None)]
    with pytest.raises(ParseError, match="ostree log"):
        parse_log("h1", "nothing")


def test_remotes() -> None:
    text = """[core]
mode=bare
url=no
[remote "a b"]
url=http://x/y?a=b
# c=d
gpg-verify=false
branches=a;b\\s;

[remote "c"]
url=x
"""
    first, second = parse_remotes(text)
    assert (first.name, first.url, first.gpg_verify) == ("a b", "http://x/y?a=b", False)
    assert dict(first.options) == {"branches": "a;b ;"}
    assert (second.name, second.gpg_verify) == ("c", True)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("a active \n", [("a", True, "running", 0)]),
        ("a inactive 0\n", [("a", False, "success", 0)]),
        ("a inactive 3\n", [("a", False, "exit-code", 3)]),
        ("a active 3\n", [("a", False, "exit-code", 3)]),
        ("a inactive \nb failed", [("a", False, "lost", 0), ("b", False, "lost", 0)]),
        ("", []),
    ],
)
def test_units(text: str, expected: list[tuple[str, bool, str, int]]) -> None:
    assert [(u.name, u.active, u.result, u.exit_status) for u in parse_units("h1", text)] == expected


def test_small_outputs() -> None:
    assert parse_failed(
        "● a.service loaded failed failed A\natomic-fleet-x.service loaded failed\n", "atomic-fleet-"
    ) == ("a.service",)
    assert [parse_system(text) for text in ("running\n", "degraded", "", "System has not been booted")] == [
        "running",
        "degraded",
        "unknown",
        "unknown",
    ]
    assert parse_version("version '2022.7'\nstage\n") == "2022.7"
    assert parse_version("?") is None
    assert [parse_greenboot(text) for text in ("Boot Status is RED - x", "Boot Status is GREEN", "")] == [
        "red",
        "green",
        None,
    ]
    (space,) = parse_space(
        "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/x 10 4 6 40% /a b\ndf: /x: no\n"
    )
    assert (space.mount, space.total, space.free) == ("/a b", 10240, 6144)
