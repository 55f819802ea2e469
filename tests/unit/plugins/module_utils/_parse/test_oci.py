"""Manifests, lists and configurations as registries hand them out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ParseError
from ansible_collections.atomic.fleet.plugins.module_utils._model.image import ImageConfig, ImageEntry
from ansible_collections.atomic.fleet.plugins.module_utils._parse import oci

NAME = "quay.io/os:stable"
A, C, P = (f"sha256:{digit * 64}" for digit in "acf")
CONFIG = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": C, "size": 2}


def data(document: Any) -> bytes:
    return json.dumps(document).encode()


def entry(digest: str, architecture: str, system: str = "linux", variant: str | None = None) -> dict[str, Any]:
    platform = {"architecture": architecture, "os": system, **({"variant": variant} if variant else {})}
    return {"mediaType": oci.OCI_MANIFEST, "digest": digest, "size": 1, "platform": platform}


@pytest.mark.parametrize("kind", oci.MANIFESTS)
@pytest.mark.parametrize("said", [True, False])
def test_a_manifest_says_its_kind_itself_or_the_answer_does(kind: str, said: bool) -> None:
    document = {"schemaVersion": 2, "config": CONFIG, "layers": [], **({"mediaType": kind} if said else {})}
    header = "application/json" if said else f"{kind}; charset=utf-8"
    assert oci.parse_manifest(NAME, data(document), header).config == C


@pytest.mark.parametrize("kind", oci.LISTS)
def test_a_list(kind: str) -> None:
    attestation = entry(P, "unknown", "unknown")
    document = {
        "schemaVersion": 2,
        "mediaType": kind,
        "manifests": [attestation, entry(A, "arm64", "linux", "v8")],
    }
    found = oci.parse_manifest(NAME, data(document), kind)
    assert found.config is None
    assert found.entries[1] == ImageEntry(A, "linux", "arm64", oci.OCI_MANIFEST)


@pytest.mark.parametrize(
    "document,why",
    [
        ({"schemaVersion": 1, "fsLayers": []}, "schema 1"),
        ({"schemaVersion": 2, "mediaType": oci.OCI_MANIFEST}, "no container image"),
        ({"mediaType": oci.OCI_MANIFEST, "config": {"mediaType": "application/vnd.cncf.helm.config.v1+json"}}, "helm"),
        ({"mediaType": "text/html"}, "no container image but text/html"),
        ({"mediaType": oci.OCI_MANIFEST, "config": {**CONFIG, "digest": 3}}, "digest"),
        ({"mediaType": oci.OCI_MANIFEST, "config": {**CONFIG, "digest": "sha512:" + "a" * 128}}, "digest"),
        ({"mediaType": oci.OCI_MANIFEST, "config": {**CONFIG, "digest": "../../x"}}, "digest"),
        ({"mediaType": oci.OCI_INDEX, "manifests": [{"digest": None}]}, "digest"),
        ({"mediaType": oci.OCI_INDEX, "manifests": {}}, "manifests"),
        ([], "no object|not JSON"),
    ],
)
def test_what_is_no_image(document: Any, why: str) -> None:
    with pytest.raises(ParseError, match=why) as caught:
        oci.parse_manifest(NAME, data(document), "")
    assert caught.value.message.startswith(f"{NAME}: ")


ENTRIES = (
    ImageEntry("sha256:p", "unknown", "unknown"),
    ImageEntry("sha256:w", "windows", "amd64"),
    ImageEntry("sha256:x", "linux", "amd64"),
    ImageEntry("sha256:a", "linux", "arm64"),
    ImageEntry("sha256:s", "linux", "s390x"),
)


@pytest.mark.parametrize(
    "machine,digest",
    [("x86_64", "sha256:x"), ("amd64", "sha256:x"), ("aarch64", "sha256:a"), ("s390x", "sha256:s")],
)
def test_the_image_for_a_machine(machine: str, digest: str) -> None:
    assert oci.choose(NAME, ENTRIES, machine).digest == digest


def test_a_list_without_the_machine_says_what_it_has() -> None:
    with pytest.raises(ParseError) as caught:
        oci.choose(NAME, ENTRIES, "ppc64le")
    assert caught.value.message == (
        "quay.io/os:stable: there is no image for ppc64le (linux/ppc64le), only for linux/amd64, linux/arm64, "
        "linux/s390x, windows/amd64: publish one, or leave hosts of that architecture out."
    )
    with pytest.raises(ParseError, match="only for nothing"):
        oci.choose(NAME, ENTRIES[:1], "x86_64")


@pytest.mark.parametrize(
    "labels,version",
    [
        ({"org.opencontainers.image.version": "42.1", "version": "old"}, "42.1"),
        ({"version": "42.2", "ostree.commit": "abc"}, "42.2"),
        ({"ostree.commit": "abc"}, None),
        ({"version": ""}, None),
        (None, None),
    ],
)
def test_what_an_image_says_of_itself(labels: dict[str, str] | None, version: str | None) -> None:
    document = {"architecture": "amd64", "created": "2026-01-02T03:04:05Z", "config": {"Labels": labels}}
    assert oci.parse_config(NAME, data(document)) == ImageConfig("amd64", version, "2026-01-02T03:04:05Z", labels or {})


def test_an_image_that_stands_alone_is_for_the_machine_or_refused() -> None:
    oci.check_architecture(NAME, ImageConfig("amd64"), "x86_64")
    oci.check_architecture(NAME, ImageConfig(None), "x86_64")
    with pytest.raises(ParseError, match="the image is for arm64, and there are hosts of x86_64"):
        oci.check_architecture(NAME, ImageConfig("arm64"), "x86_64")


@given(st.binary(max_size=80))
def test_bytes_are_known_by_their_digest(held: bytes) -> None:
    oci.check_digest(NAME, held, oci.digest_of(held))
    with pytest.raises(ParseError, match="other bytes than"):
        oci.check_digest(NAME, held + b"x", oci.digest_of(held))


KEYS = ("mediaType", "config", "manifests", "digest", "platform", "os", "Labels", "architecture", "schemaVersion")
documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from([*oci.LISTS, CONFIG["mediaType"]]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner),
)


def complaint(parse: Callable[[str, bytes], object], document: Any) -> str:
    """The sentence a document is refused with; the image's name where it is none."""
    try:
        parse(NAME, data(document))
    except ParseError as error:
        return error.message
    return f"{NAME}: "


@given(documents)
def test_nonsense_is_one_sentence(document: Any) -> None:
    assert complaint(lambda name, held: oci.parse_manifest(name, held, oci.OCI_INDEX), document).startswith(f"{NAME}: ")
    assert complaint(oci.parse_config, document).startswith(f"{NAME}: ")
