"""References to images: what is understood, what is refused, and that a reference is written as it was read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.module_utils._model.image import ImageReference
from ansible_collections.atomic.fleet.plugins.module_utils._parse.image_reference import (
    parse_reference,
)

DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "text,registry,repository,tag,digest",
    [
        ("quay.io/fedora/fedora-coreos:stable", "quay.io", "fedora/fedora-coreos", "stable", None),
        ("quay.io/fedora/fedora-coreos", "quay.io", "fedora/fedora-coreos", None, None),
        (f"quay.io/os@{DIGEST}", "quay.io", "os", None, DIGEST),
        (f"quay.io/os:1.0@{DIGEST}", "quay.io", "os", "1.0", DIGEST),
        ("fedora", "docker.io", "library/fedora", None, None),
        ("fedora:42", "docker.io", "library/fedora", "42", None),
        ("me/os:42", "docker.io", "me/os", "42", None),
        ("docker.io/fedora", "docker.io", "library/fedora", None, None),
        ("index.docker.io/me/os", "docker.io", "me/os", None, None),
        ("localhost/os", "localhost", "os", None, None),
        ("localhost:5000/os", "localhost:5000", "os", None, None),
        ("127.0.0.1:5000/a/b/c:x", "127.0.0.1:5000", "a/b/c", "x", None),
        ("[::1]:5000/os:x", "[::1]:5000", "os", "x", None),
        ("HOST/os", "HOST", "os", None, None),
        ("reg.example/a__b/c-d.e_f---g:_X.y-z", "reg.example", "a__b/c-d.e_f---g", "_X.y-z", None),
    ],
)
def test_bare_names(text: str, registry: str, repository: str, tag: str | None, digest: str | None) -> None:
    assert parse_reference(text, "image") == ImageReference(registry, repository, tag, digest)


@pytest.mark.parametrize(
    "text,scheme,remote,transport",
    [
        ("ostree-image-signed:docker://quay.io/os:1", "ostree-image-signed", None, "docker://"),
        ("ostree-image-signed:registry:quay.io/os:1", "ostree-image-signed", None, "registry:"),
        ("ostree-unverified-image:docker://quay.io/os:1", "ostree-unverified-image", None, "docker://"),
        ("ostree-unverified-registry:quay.io/os:1", "ostree-unverified-registry", None, ""),
        ("ostree-remote-registry:fedora:quay.io/os:1", "ostree-remote-registry", "fedora", ""),
        ("ostree-remote-image:fedora:docker://quay.io/os:1", "ostree-remote-image", "fedora", "docker://"),
        ("docker://quay.io/os:1", None, None, "docker://"),
    ],
)
def test_the_forms_of_rpm_ostree(text: str, scheme: str | None, remote: str | None, transport: str) -> None:
    found = parse_reference(text, "image")
    assert found == ImageReference("quay.io", "os", "1", None, scheme, remote, transport)
    assert found.text == text
    assert found.pinned(DIGEST).text == text.replace(":1", f"@{DIGEST}")
    assert found.signed is (scheme == "ostree-image-signed")


def test_what_bootc_and_rpm_ostree_are_given() -> None:
    bare = parse_reference(f"quay.io/os:1@{DIGEST}", "image")
    assert bare.wanted == DIGEST
    assert bare.pinned(DIGEST).name == f"quay.io/os@{DIGEST}"
    assert bare.pinned(DIGEST).origin == f"ostree-unverified-registry:quay.io/os@{DIGEST}"
    followed = parse_reference("ostree-remote-image:fedora:docker://quay.io/os:1", "image")
    assert bare.vouched_as(followed).pinned(DIGEST).origin == f"ostree-remote-image:fedora:docker://quay.io/os@{DIGEST}"


@pytest.mark.parametrize(
    "text,why",
    [
        ("", "no name and port|lower case"),
        ("quay.io/", "lower case"),
        ("quay.io/OS", "lower case"),
        ("quay.io/os:", "a tag is"),
        ("quay.io/os:a b", "a tag is"),
        ("quay.io/os:" + "x" * 129, "a tag is"),
        ("quay.io/os@sha256:abc", "64 hex digits"),
        ("quay.io/os@md5:" + "0" * 32, "64 hex digits"),
        ("quay.io:99999/os", "no name and port"),
        ("-quay.io/os", "no name and port"),
        ("quay.io/os\n", "lower case"),
        ("https://quay.io/os", "leave out the http"),
        ("ostree-image-signed:quay.io/os", "ostree-image-signed:docker://quay.io/os:stable"),
        ("ostree-image-verified:docker://quay.io/os", "none of rpm-ostree's words"),
        ("ostree-remote-registry:quay.io/os", "name of an ostree remote"),
        ("ostree-unverified-image:containers-storage:localhost/os", "on the host itself"),
        ("ostree-unverified-image:oci-archive:/var/os.tar", "on the host itself"),
        ("oci:/var/os", "on the host itself"),
    ],
)
def test_what_is_no_reference(text: str, why: str) -> None:
    with pytest.raises(ArgumentError, match=why) as caught:
        parse_reference(text, "image of pool blue")
    assert caught.value.message.startswith("image of pool blue: ")
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "aci://coreos.com/etcd",
        "rkt://coreos.com/etcd",
        "coreos.com/etcd:v3.0.6",
        "https://example.org/os-1.0.aci",
        "os.aci",
    ],
)
def test_an_app_container_image_is_told_what_became_of_it(text: str) -> None:
    with pytest.raises(ArgumentError, match="died with rkt in 2020: publish it as an OCI image"):
        parse_reference(text, "image")


@pytest.mark.parametrize(
    "text", ["anna:hunter2@quay.io/os:1", f"anna:hunter2@quay.io/os@{DIGEST}", "https://anna:hunter2@quay.io/os"]
)
def test_a_password_is_not_repeated(text: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        parse_reference(text, "image")
    assert "hunter2" not in caught.value.message


part = st.from_regex(r"[a-z0-9]{1,6}((\.|_|__|-{1,3})[a-z0-9]{1,6}){0,2}", fullmatch=True)
references = st.builds(
    lambda registry, parts, tag, digest, form: ImageReference(registry, "/".join(parts), tag, digest, *form),
    st.sampled_from(["quay.io", "localhost", "localhost:5000", "10.0.0.1:80", "[fe80::1]", "a.b-c.example:1", "REG"]),
    st.lists(part, min_size=1, max_size=4),
    st.none() | st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,20}", fullmatch=True),
    st.none() | st.from_regex(r"sha256:[0-9a-f]{64}", fullmatch=True),
    st.sampled_from(
        [
            (None, None, ""),
            (None, None, "docker://"),
            ("ostree-image-signed", None, "docker://"),
            ("ostree-unverified-image", None, "registry:"),
            ("ostree-unverified-registry", None, ""),
            ("ostree-remote-registry", "fedora", ""),
            ("ostree-remote-image", "fedora-iot_2", "docker://"),
        ]
    ),
)


@given(references)
def test_a_reference_is_written_as_it_was_read(reference: ImageReference) -> None:
    assert parse_reference(reference.text, "image") == reference
    assert parse_reference(reference.origin, "image").name == reference.name
    pinned = reference.pinned(DIGEST)
    assert parse_reference(pinned.text, "image") == pinned
    assert (pinned.wanted, pinned.tag) == (DIGEST, None)
    bare = parse_reference(reference.name, "image")
    assert bare.vouched_as(reference) == reference


def answer(text: str) -> str:
    """The reference as it is written after reading, or the sentence that refuses it."""
    try:
        return parse_reference(text, "image").text
    except ArgumentError as error:
        return error.message


@given(st.text(max_size=60))
def test_any_text_is_an_image_or_one_sentence(text: str) -> None:
    said = answer(text)
    assert said.startswith("image: ") or answer(said) == said
