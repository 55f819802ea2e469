# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what a registry keeps: manifests, lists of them, and the configurations of images."""

from __future__ import annotations

import hashlib

from .._errors import ParseError
from .._model.image import ImageConfig, ImageEntry, Manifest, architecture_word
from .image_reference import is_digest
from .json_fields import Fields, load

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
MANIFESTS, LISTS = (OCI_MANIFEST, DOCKER_MANIFEST), (OCI_INDEX, DOCKER_LIST)
# what a client says it can read; a registry may answer with something else
ACCEPTED = (*MANIFESTS, *LISTS)
_CONFIGS = ("application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json")
_OLD = "application/vnd.docker.distribution.manifest.v1+"
_REGISTRY = "the registry"
_VERSIONS = ("org.opencontainers.image.version", "version")


def digest_of(data: bytes) -> str:
    """What these bytes are called."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def check_digest(name: str, data: bytes, digest: str) -> None:
    """ParseError where these are not the bytes that were asked for: a broken cache, or somebody in between."""
    found = digest_of(data)
    if found != digest:
        raise ParseError(
            f"{name}: the registry answered with other bytes than {digest} names ({found}): "
            "do not use it before you know who changed them, a mirror, a proxy or the registry."
        )


def parse_manifest(name: str, data: bytes, media_type: str) -> Manifest:
    """A manifest or a list. ``name`` is the image's, for errors; ``media_type`` what the answer said it is."""
    document = load(name, _REGISTRY, data.decode("utf-8", "replace"))
    # the answer's header may be a proxy's guess; what the document says of itself is under the digest
    kind = document.text("mediaType") or media_type.partition(";")[0].strip()
    if kind.startswith(_OLD) or document.values.get("schemaVersion") == 1:
        raise ParseError(
            f"{name}: the image is of Docker's schema 1, which no host boots: push it anew as an OCI image."
        )
    if kind in LISTS:
        entries = []
        for entry in document.each("manifests"):
            platform = entry.inner("platform")
            entries.append(
                ImageEntry(
                    digest=_digest(entry),
                    os=platform.text("os") if platform else None,
                    architecture=platform.text("architecture") if platform else None,
                    media_type=entry.text("mediaType"),
                )
            )
        return Manifest(kind, entries=tuple(entries))
    config = document.inner("config")
    if kind not in MANIFESTS or config is None or config.text("mediaType") not in _CONFIGS:
        what = (config.text("mediaType") if config else None) or kind or "nothing"
        raise ParseError(f"{name}: this is no container image but {what[:80]}: name an image that hosts can boot.")
    return Manifest(kind, config=_digest(config))


def _digest(held: Fields) -> str:
    digest = held.need("digest")
    return digest if is_digest(digest) else held.wrong("digest")


def choose(name: str, entries: tuple[ImageEntry, ...], machine: str) -> ImageEntry:
    """The image in a list for Linux on a machine (x86_64 or amd64); ParseError says what there is instead."""
    architecture = architecture_word(machine)
    for entry in entries:
        if entry.os == "linux" and architecture_word(entry.architecture or "") == architecture:
            return entry
    # signatures and provenance stand in lists as images of no system
    labels = sorted({entry.label for entry in entries if entry.os not in (None, "unknown")})
    raise ParseError(
        f"{name}: there is no image for {machine} (linux/{architecture}), only for {', '.join(labels) or 'nothing'}: "
        "publish one, or leave hosts of that architecture out."
    )


def parse_config(name: str, data: bytes) -> ImageConfig:
    """What the image says of itself. Hosts keep the same labels, `ostree.commit` and the like."""
    document = load(name, _REGISTRY, data.decode("utf-8", "replace"))
    config = document.inner("config")
    found = config.inner("Labels") if config else None
    labels = {key: value for key, value in (found.values if found else {}).items() if isinstance(value, str)}
    return ImageConfig(
        architecture=document.text("architecture"),
        version=next((labels[key] for key in _VERSIONS if labels.get(key)), None),
        created=document.text("created"),
        labels=labels,
    )


def check_architecture(name: str, config: ImageConfig, machine: str) -> None:
    """ParseError where an image that stands alone is for another machine."""
    if config.architecture and architecture_word(config.architecture) != architecture_word(machine):
        raise ParseError(
            f"{name}: the image is for {config.architecture}, and there are hosts of {machine}: "
            "publish a list of images for both, or leave those hosts out."
        )
