"""What the names of images tell of the release in them, and what they do not."""

from __future__ import annotations

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._parse.image_name import is_exact, release_in

DIGEST = "sha256:" + "b" * 64


@pytest.mark.parametrize(
    "image, release",
    [
        ("lab:lab/x86_64/stable@1.0", "1.0"),
        ("lab:lab/x86_64/stable@3.0-unhealthy", "3.0-unhealthy"),
        (f"lab:lab/x86_64/stable@{'a' * 64}", "a" * 64),
        (f"quay.io/fedora/fedora-coreos@{DIGEST}", DIGEST),
        ("fedora-coreos-44-20260707-3-1-gcp-x86-64", "44.20260707.3.1"),
        (
            (
                "https://www.googleapis.com/compute/v1/projects/fedora-coreos-cloud/global/images/"
                "fedora-coreos-44-20260707-3-1-gcp-x86-64"
            ),
            "44.20260707.3.1",
        ),
        ("fedora-coreos-44.20260707.3.1-openstack.x86_64.qcow2", "44.20260707.3.1"),
        ("Fedora-CoreOS-44.20260707.3.1-x86_64", "44.20260707.3.1"),
        ("rhcos-418.94.202511191518-0-x86_64", "418.94.202511191518-0"),
        ("rhcos-9-6-20251212-1-gcp-x86-64", "9.6.20251212-1"),
        ("ami-0123456789abcdef0", None),
        ("6f1c1a4e-0d6e-4f6f-9d0c-44202607073", None),
        ("/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/galleries/os/images/fcos/versions/1.0.3", None),
        ("projects/fedora-coreos-cloud/global/images/family/fedora-coreos-stable", None),
        ("quay.io/os:1.2", None),
        ("my-image-20260707", None),
        ("someone@example.org", None),
        ("", None),
    ],
)
def test_release(image: str, release: str | None) -> None:
    assert release_in(image) == release


@pytest.mark.parametrize("release, exact", [(DIGEST, True), ("a" * 64, True), ("1.0", False), ("a" * 63, False)])
def test_digests_have_no_order(release: str, exact: bool) -> None:
    assert is_exact(release) is exact
