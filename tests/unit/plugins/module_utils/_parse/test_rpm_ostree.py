"""What rpm-ostree says of a host, through its ages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ParseError
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import CachedUpdate
from ansible_collections.atomic.fleet.plugins.module_utils._parse.rpm_ostree import RpmOstree, parse_rpm_ostree
from tests.unit.plugins.module_utils._parse.status_cases import BASE, DIGEST, SIGNED, A, B, C, entry, oci, status

LAYERED = entry(
    A,
    None,
    **{
        "booted": True,
        "base-checksum": BASE,
        "base-version": "41.1",
        "requested-packages": ["xsel", "gdb"],
        "requested-local-packages": ["own-1.0-1.x86_64"],
        "packages": ["fish", "gdb", "own"],
        "layered-commit-meta": {"rpmostree.clientlayer": True, "rpmmd-repos": [{"timestamp": -62135596800}]},
    },
)
OVERRIDDEN = entry(
    A,
    **{
        "booted": True,
        "base-checksum": BASE,
        "requested-base-removals": ["nano"],
        "base-removals": [[["nano-8.1-1.x86_64", "nano"], ["nano-8.1-1.x86_64", "nano"]]],
        "requested-base-local-replacements": ["podman-5.0-1.x86_64"],
        "base-local-replacements": [[["podman-5.0-1.x86_64", "podman"], ["podman-4.9-1.x86_64", "podman"]]],
        "requested-base-remote-replacements": {"repo=updates": ["kernel"]},
    },
)


def one(document: dict[str, Any], **more: Any) -> Any:
    return parse_rpm_ostree("h1", status(document, **more)).deployments[0]


@pytest.mark.parametrize(
    "document, wanted",
    [
        (entry(), {"checksum": A, "version": "41.1", "refspec": "fedora:fedora/x86_64/coreos/stable", "image": None}),
        (entry(origin=BASE), {"refspec": None}),
        (entry(origin="fedora/x86_64/silverblue"), {"refspec": None}),
        (entry(booted=True), {"booted": True, "staged": False, "layered": False}),
        (entry(pinned=True, serial=3), {"pinned": True, "serial": 3}),
        (entry(staged=True, **{"finalization-locked": True}), {"staged": True, "locked": True}),
        (entry(staged=True), {"staged": True, "locked": False}),
        (oci(), {"image": SIGNED, "digest": DIGEST, "refspec": None, "version": "41.1"}),
        (
            LAYERED,
            {
                "version": "41.1",
                "base_checksum": BASE,
                "requested_packages": ("xsel", "gdb"),
                "requested_local": ("own-1.0-1.x86_64",),
                "packages": ("fish", "gdb", "own"),
                "layered": True,
            },
        ),
        (OVERRIDDEN, {"removed": ("nano",), "replaced": ("podman-5.0-1.x86_64", "kernel"), "layered": True}),
        (
            entry(**{"requested-base-remote-replacements": [{"source": "repo=x", "packages": ["a"]}]}),
            {"replaced": ("a",)},
        ),
        ({"osname": "os", "checksum": C}, {"stateroot": "os", "checksum": C, "version": None, "booted": False}),
    ],
)
def test_deployment(document: dict[str, Any], wanted: dict[str, Any]) -> None:
    found = one(document)
    assert {name: getattr(found, name) for name in wanted} == wanted


@pytest.mark.parametrize("wanted, yes", [(A, True), (BASE, True), (DIGEST, False), (B, False)])
def test_a_layered_deployment_is_at_its_base(wanted: str, yes: bool) -> None:
    assert one(LAYERED).is_at(wanted) is yes


def test_order_is_kept_and_the_lock_file_counts() -> None:
    text = status(entry(B, staged=True), entry(A, booted=True), entry(C))
    found = parse_rpm_ostree("h1", text, locked=True).deployments
    assert [(each.checksum, each.locked) for each in found] == [(B, True), (A, False), (C, False)]


@pytest.mark.parametrize(
    "more, wanted",
    [
        ({}, RpmOstree(())),
        ({"transaction": ["upgrade", ":1.2", "/x"]}, RpmOstree((), "upgrade")),
        (
            {"update-driver": {"driver-name": "Zincati", "driver-sd-unit": "zincati.service"}},
            RpmOstree((), driver="zincati.service"),
        ),
        ({"update-driver": {"driver-name": "Mine"}}, RpmOstree((), driver="Mine")),
        (
            {"cached-update": {"version": "42", "checksum": B, "rpm-diff": {"upgraded": []}}},
            RpmOstree((), cached_update=CachedUpdate("42", B)),
        ),
    ],
)
def test_what_the_daemon_knows(more: dict[str, Any], wanted: RpmOstree) -> None:
    assert parse_rpm_ostree("h1", status(**more)) == wanted


def test_notes_around_the_document_do_no_harm() -> None:
    text = "note: automatic updates are off\n" + status(entry(booted=True)) + "\nnote: bye\n"
    assert parse_rpm_ostree("h1", text).deployments[0].booted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "error: no such thing",
        "[]",
        "{}",
        status(entry())[:-40],
        '{"deployments": 3}',
        '{"deployments": [3]}',
        status({}),
        status(entry(checksum=None)),
        status(entry(serial="0")),
        status(entry(**{"requested-packages": "gdb"})),
        status(entry(booted="yes")),
        "[" * 100000,
    ],
)
def test_nonsense_names_host_and_tool(text: str) -> None:
    with pytest.raises(ParseError, match=r"^h1: rpm-ostree status --json ") as caught:
        parse_rpm_ostree("h1", text)
    assert len(caught.value.message) < 300


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
keys = st.sampled_from([*LAYERED, *OVERRIDDEN, *oci(), "staged", "finalization-locked"])


@given(st.dictionaries(keys, values, max_size=4))
def test_whatever_a_field_holds_it_is_read_or_refused_by_name(changes: dict[str, Any]) -> None:
    said = ""
    try:
        found = one(entry(**changes))
        assert all(isinstance(name, str) for name in (found.checksum, *found.requested_packages, *found.replaced))
    except ParseError as error:
        said = error.message
    assert said == "" or said.startswith("h1: rpm-ostree status")


@given(st.integers(0, 400))
def test_a_document_that_is_cut_off_is_refused(length: int) -> None:
    text = status(entry(booted=True))
    with pytest.raises(ParseError):
        parse_rpm_ostree("h1", text[: min(length, len(text) - 1)])


def test_nothing_that_is_embedded_is_kept() -> None:
    assert "layers" not in repr(one(oci()))
    assert json.loads(status(oci()))["deployments"][0]["base-commit-meta"]
