"""What bootc says of a host, in both versions of its document."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ParseError
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import CachedUpdate
from ansible_collections.atomic.fleet.plugins.module_utils._parse.bootc import parse_bootc
from tests.unit.plugins.module_utils._parse.status_cases import DIGEST, NEWER, STABLE, A, B, C, boot_entry, bootc


def one(**more: Any) -> Any:
    return parse_bootc("h1", bootc(booted=boot_entry(**more))).deployments[0]


@pytest.mark.parametrize("version", ["v1", "v1alpha1"])
@pytest.mark.parametrize(
    "slots, wanted",
    [
        ({}, []),
        ({"booted": boot_entry(A)}, ["a booted"]),
        ({"booted": boot_entry(A), "rollback": boot_entry(B)}, ["a booted", "b"]),
        ({"booted": boot_entry(A), "rollback": boot_entry(B), "rollbackQueued": True}, ["b", "a booted"]),
        ({"staged": boot_entry(C), "booted": boot_entry(A), "rollback": boot_entry(B)}, ["c staged", "a booted", "b"]),
        ({"staged": boot_entry(C, downloadOnly=True), "booted": boot_entry(A)}, ["c staged locked", "a booted"]),
        ({"booted": boot_entry(A), "otherDeployments": [boot_entry(C)]}, ["a booted", "c"]),
    ],
)
def test_boot_order(version: str, slots: dict[str, Any], wanted: list[str]) -> None:
    found = parse_bootc("h1", bootc(version, **slots)).deployments
    words = ("booted", "staged", "locked")
    assert [" ".join([d.checksum[0], *(w for w in words if getattr(d, w))]) for d in found] == wanted


@pytest.mark.parametrize(
    "reference, wanted",
    [
        ({}, f"ostree-unverified-registry:{STABLE}"),
        ({"signature": "insecure"}, f"ostree-unverified-registry:{STABLE}"),
        ({"signature": "containerPolicy"}, f"ostree-image-signed:docker://{STABLE}"),
        ({"signature": {"ostreeRemote": "fedora"}}, f"ostree-remote-image:fedora:docker://{STABLE}"),
        ({"transport": "oci-archive"}, f"ostree-unverified-image:oci-archive:{STABLE}"),
        ({"transport": "oci-archive", "signature": "containerPolicy"}, f"ostree-image-signed:oci-archive:{STABLE}"),
    ],
)
def test_an_image_is_told_in_the_words_of_origins(reference: dict[str, Any], wanted: str) -> None:
    assert one(reference=reference).image == wanted


def test_what_an_entry_says() -> None:
    found = one(incompatible=True, pinned=True)
    assert (found.digest, found.version, found.incompatible, found.pinned) == (DIGEST, "41.1", True, True)
    assert one(image=None).image is None


def test_the_cached_update_is_the_booted_entry_s() -> None:
    update = {"image": {"image": STABLE, "transport": "registry"}, "version": "42", "imageDigest": NEWER}
    found = parse_bootc("h1", bootc(booted=boot_entry(cachedUpdate=update)))
    assert found.cached_update == CachedUpdate("42", None, NEWER)


def test_composefs_is_told_by_its_verity() -> None:
    entry = boot_entry()
    del entry["ostree"]
    text = bootc(booted={**entry, "composefs": {"verity": "f" * 128}})
    assert parse_bootc("h1", text).deployments[0].checksum == "f" * 128


@pytest.mark.parametrize(
    "text, words",
    [
        ("", "not JSON"),
        ("ERROR Status: must be root", "not JSON"),
        ("{}", "speaks None"),
        (bootc("v9"), "speaks org.containers.bootc/v9"),
        (bootc(booted=3), "no booted that can be read"),
        (bootc(booted={}), "no ostree that can be read"),
        (bootc(booted=boot_entry())[:-30], "not JSON"),
        (bootc(booted=boot_entry(reference={"signature": 3})), "no signature"),
        (bootc(booted=boot_entry(reference={"image": None})), "no image"),
    ],
)
def test_nonsense_names_host_and_tool(text: str, words: str) -> None:
    with pytest.raises(ParseError, match=r"^h1: bootc status --json ") as caught:
        parse_bootc("h1", text)
    assert words in caught.value.message


values = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.text(max_size=3), max_size=2)


@given(st.sampled_from([*boot_entry(), "cachedUpdate", "downloadOnly"]), values)
def test_whatever_a_field_holds_it_is_read_or_refused_by_name(key: str, value: Any) -> None:
    said = ""
    try:
        assert parse_bootc("h1", bootc(booted={**boot_entry(), key: value})).booted is not None
    except ParseError as error:
        said = error.message
    assert said == "" or said.startswith("h1: bootc status")
