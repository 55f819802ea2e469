"""`bootc status`: the host as bootc sees it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from . import commits, oci, settings, sysroot
from .errors import ToolError
from .settings import HOME
from .sysroot import Deployment

CACHED = HOME / "cached-image"
SIGNED = {"ostree-image-signed": "containerPolicy"}
# keys that came after bootc 0.1: gone for a host of that time (bootc_api of v1alpha1)
LATER = ("cachedUpdate", "softRebootCapable", "downloadOnly", "store", "composefs")


def collect() -> dict[str, Any]:
    """The whole document."""
    ordered = settings.load()
    if ordered["status_hang"]:
        import time

        while True:
            time.sleep(60)
    entries = sysroot.deployments()
    staged, booted, rollback, others = slots(entries)
    queued = rollback is not None and rollback.index < booted.index
    old = ordered["bootc_api"].endswith("v1alpha1")
    first = describe(staged or booted, old)
    shown: dict[str, Any] = {
        "staged": describe(staged, old) if staged else None,
        "booted": describe(booted, old),
        "rollback": describe(rollback, old) if rollback else None,
    }
    status: dict[str, Any] = dict(shown)
    if others and not old:
        status["otherDeployments"] = [describe(entry, old) for entry in others]
    if not old:
        status["rollbackQueued"] = queued
    status["type"] = "bootcHost" if shown["booted"]["image"] else None
    spec: dict[str, Any] = {"image": first["image"]["image"] if first["image"] else None}
    if not old:
        spec["bootOrder"] = "rollback" if queued else "default"
    return {
        "apiVersion": ordered["bootc_api"], "kind": "BootcHost", "metadata": {"name": "host"}, "spec": spec,
        "status": status,
    }  # fmt: skip


class Slots(NamedTuple):
    """Deployments by what bootc calls them."""

    staged: Deployment | None
    booted: Deployment
    rollback: Deployment | None
    others: list[Deployment]


def slots(entries: Sequence[Deployment]) -> Slots:
    staged = next((entry for entry in entries if entry.staged), None)
    booted = next((entry for entry in entries if entry.booted), None)
    if booted is None:
        raise ToolError("System not booted via bootc")
    rest = [entry for entry in entries if entry not in (staged, booted)]
    return Slots(staged, booted, rest[0] if rest else None, rest[1:])


def describe(entry: Deployment, old: bool) -> dict[str, Any]:
    """One deployment. What rpm-ostree changed is no image any more, for bootc."""
    incompatible = entry.origin.mutated
    image = cached = None
    if entry.origin.image and not incompatible:
        commit = commits.load(entry.checksum)
        image = image_status(
            entry.origin.image, commit.metadata["ostree.manifest-digest"], oci.config_of(entry.checksum)
        )
        newer = read_cached(entry.checksum)
        if newer and newer.digest != image["imageDigest"]:
            cached = image_status(entry.origin.image, newer.digest, json.loads(newer.config))
    found = {
        "image": image,
        "cachedUpdate": cached,
        "incompatible": incompatible,
        "pinned": entry.origin.pinned,
        "softRebootCapable": False,
        "downloadOnly": entry.locked,
        "store": "ostreeContainer",
        "ostree": {"stateroot": entry.osname, "checksum": entry.checksum, "deploySerial": entry.serial},
        "composefs": None,
    }
    lacking = LATER if old else settings.load()["without"]
    if old:
        found["ostree"] = {"checksum": entry.checksum, "deploySerial": entry.serial}
    return {key: value for key, value in found.items() if key not in lacking}


def image_status(reference: str, digest: str, config: dict[str, Any]) -> dict[str, Any]:
    labels = (config.get("config") or {}).get("Labels") or {}
    return {
        "image": image_reference(reference),
        "version": labels.get(oci.VERSION),
        "timestamp": oci.created(config),
        "imageDigest": digest,
        "architecture": config.get("architecture", oci.ARCHITECTURE),
    }


def image_reference(reference: str) -> dict[str, Any]:
    """The image as bootc names it, from the origin's reference."""
    found: dict[str, Any] = {"image": oci.plain(reference), "transport": "registry"}
    prefix = reference.partition(":")[0]
    if prefix in SIGNED:
        found["signature"] = SIGNED[prefix]
    elif prefix.startswith("ostree-remote"):
        found["signature"] = {"ostreeRemote": reference.split(":")[1]}
    return found


# -- what a check found


def read_cached(checksum: str) -> oci.Image | None:
    path: Path = CACHED / f"{checksum}.json"
    return oci.Image(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def write_cached(checksum: str, image: oci.Image) -> None:
    CACHED.mkdir(parents=True, exist_ok=True)
    path: Path = CACHED / f"{checksum}.json"
    path.write_text(json.dumps(image.__dict__), encoding="utf-8")
