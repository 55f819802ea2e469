# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what ``bootc status --json`` prints (v1, and v1alpha1 before it)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .._errors import ParseError
from .._model.host import CachedUpdate, Deployment
from .json_fields import Fields, load

TOOL = "bootc status --json"
_VERSIONS = ("org.containers.bootc/v1", "org.containers.bootc/v1alpha1")


@dataclass(frozen=True)
class Bootc:
    """One status, in boot order. No deployments: the host was not booted from an ostree deployment at all."""

    deployments: tuple[Deployment, ...]
    cached_update: CachedUpdate | None = None

    @property
    def booted(self) -> Deployment | None:
        return next((entry for entry in self.deployments if entry.booted), None)


def parse_bootc(host: str, text: str) -> Bootc:
    """Deployments in boot order: a queued rollback stands before what runs. Raises ParseError."""
    document = load(host, TOOL, text)
    spoken = document.text("apiVersion")
    if spoken not in _VERSIONS:
        raise ParseError(f"{host}: {TOOL} speaks {spoken}, and known here are {' and '.join(_VERSIONS)}")
    status = document.inner("status")
    if status is None:
        document.wrong("status")
    booted, staged, rollback = (status.inner(name) for name in ("booted", "staged", "rollback"))
    running = [] if booted is None else [replace(_deployment(booted), booted=True)]
    behind = [] if rollback is None else [_deployment(rollback)]
    first = [] if staged is None else [replace(_deployment(staged), staged=True, locked=staged.flag("downloadOnly"))]
    ordered = behind + running if status.flag("rollbackQueued") else running + behind
    others = [_deployment(entry) for entry in status.each("otherDeployments")]
    return Bootc(tuple(first + ordered + others), _cached(booted))


def _deployment(entry: Fields) -> Deployment:
    image = entry.inner("image")
    ostree, composefs = entry.inner("ostree"), entry.inner("composefs")
    if ostree is None and composefs is None:
        entry.wrong("ostree")
    return Deployment(
        checksum=ostree.need("checksum") if ostree else composefs.need("verity") if composefs else "",
        stateroot=(ostree.text("stateroot") if ostree else None) or "default",
        serial=ostree.whole("deploySerial") if ostree else 0,
        version=image.text("version") if image else None,
        image=_reference(image.inner("image")) if image else None,
        digest=image.text("imageDigest") if image else None,
        pinned=entry.flag("pinned"),
        incompatible=entry.flag("incompatible"),
    )


def _reference(image: Fields | None) -> str | None:
    """The image in the words of ostree's origins, in which bootc itself writes it down."""
    if image is None:
        return None
    name, transport = image.need("image"), image.text("transport") or "registry"
    whole = f"docker://{name}" if transport == "registry" else f"{transport}:{name}"
    signature = image.values.get("signature")
    if signature is None or signature == "insecure":
        return f"ostree-unverified-registry:{name}" if transport == "registry" else f"ostree-unverified-image:{whole}"
    if signature == "containerPolicy":
        return f"ostree-image-signed:{whole}"
    if isinstance(signature, dict) and isinstance(signature.get("ostreeRemote"), str):
        return f"ostree-remote-image:{signature['ostreeRemote']}:{whole}"
    return image.wrong("signature")


def _cached(booted: Fields | None) -> CachedUpdate | None:
    update = booted.inner("cachedUpdate") if booted else None
    return None if update is None else CachedUpdate(update.text("version"), None, update.text("imageDigest"))
