"""Status documents of rpm-ostree and bootc in the shapes that hosts of different ages print."""

from __future__ import annotations

import json
from typing import Any

A, B, C, BASE = "a" * 64, "b" * 64, "c" * 64, "d" * 64
DIGEST, NEWER = "sha256:" + "1" * 64, "sha256:" + "2" * 64
STABLE = "quay.io/fedora/fedora-coreos:stable"
SIGNED = f"ostree-image-signed:docker://{STABLE}"


def entry(checksum: str = A, version: str | None = "41.1", **more: Any) -> dict[str, Any]:
    """One deployment as rpm-ostree of the days of refs has it."""
    return {
        "id": f"fedora-coreos-{checksum}.0",
        "osname": "fedora-coreos",
        "checksum": checksum,
        "serial": 0,
        "booted": False,
        "pinned": False,
        "unlocked": "none",
        "version": version,
        "timestamp": 1762837557,
        "origin": "fedora:fedora/x86_64/coreos/stable",
        "requested-packages": [],
        "requested-local-packages": [],
        "requested-base-removals": [],
        "requested-base-local-replacements": [],
        "packages": [],
        "base-removals": [],
        "base-local-replacements": [],
        "base-commit-meta": {"version": version},
        "regenerate-initramfs": False,
        **more,
    }


def oci(checksum: str = A, digest: str = DIGEST, image: str = SIGNED, **more: Any) -> dict[str, Any]:
    """One deployment made of a container image, with its manifest beside it."""
    meta = {"ostree.manifest-digest": digest, "ostree.manifest": json.dumps({"layers": [{"size": 1}] * 50})}
    found = entry(checksum, **{"container-image-reference": image, "container-image-reference-digest": digest, **more})
    del found["origin"]
    return {**found, "base-commit-meta": meta, "staged": more.get("staged", False), "base-remote-replacements": {}}


def status(*deployments: dict[str, Any], **more: Any) -> str:
    return json.dumps({"deployments": list(deployments), "transaction": None, "cached-update": None, **more})


def boot_entry(
    checksum: str = A, image: str | None = STABLE, digest: str = DIGEST, serial: int = 0, **more: Any
) -> dict[str, Any]:
    """One entry of bootc's status."""
    found: dict[str, Any] = {"image": None, "incompatible": False, "pinned": False, **more}
    if image is not None:
        name = {"image": image, "transport": "registry", **more.pop("reference", {})}
        found["image"] = {"image": name, "version": "41.1", "timestamp": None, "imageDigest": digest}
    found.pop("reference", None)
    return {**found, "ostree": {"checksum": checksum, "deploySerial": serial}}


def bootc(version: str = "v1", **slots: Any) -> str:
    found = {"staged": None, "booted": None, "rollback": None, "type": "bootcHost", **slots}
    return json.dumps(
        {
            "apiVersion": f"org.containers.bootc/{version}",
            "kind": "BootcHost",
            "metadata": {"name": "host"},
            "spec": {"image": None},
            "status": found,
        }
    )
