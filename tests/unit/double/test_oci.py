"""References to images, as origins and bootc write them."""

from __future__ import annotations

import pytest

from tests.double import bootc_status, oci
from tests.double.errors import ToolError

DIGEST = "sha256:" + "ab" * 32


@pytest.mark.parametrize(
    "reference,plain,signature",
    [
        ("ostree-unverified-registry:h:5000/n:t", "h:5000/n:t", None),
        ("ostree-unverified-image:docker://h/n", "h/n", None),
        ("ostree-image-signed:docker://h/n:t", "h/n:t", "containerPolicy"),
        ("ostree-image-signed:registry:h/n:t", "h/n:t", "containerPolicy"),
        ("ostree-remote-registry:lab:h/n:t", "h/n:t", {"ostreeRemote": "lab"}),
        ("ostree-remote-image:lab:docker://h/n:t", "h/n:t", {"ostreeRemote": "lab"}),
    ],
)
def test_a_reference_is_taken_apart(reference: str, plain: str, signature: object) -> None:
    assert oci.plain(reference) == plain
    shown = {"image": plain, "transport": "registry"} | ({"signature": signature} if signature else {})
    assert bootc_status.image_reference(reference) == shown


@pytest.mark.parametrize(
    "image,parts",
    [
        ("h:5000/a/b:t", ("h:5000", "a/b", "t")),
        ("h/a", ("h", "a", "latest")),
        (f"h/a:t@{DIGEST}", ("h", "a", DIGEST)),
    ],
)
def test_split(image: str, parts: tuple[str, str, str]) -> None:
    assert oci.split(image) == parts


@pytest.mark.parametrize("image", ["alone", "h/a:t:u", "h/a@sha256:12"])
def test_split_refuses(image: str) -> None:
    with pytest.raises(ToolError, match="invalid reference format"):
        oci.split(image)


def test_a_name_in_a_ref() -> None:
    assert oci.escape("h:5000/a_b:t") == "h_3A_5000/a__b_3A_t"
