# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: references to container images, bare and in rpm-ostree's and bootc's forms."""

from __future__ import annotations

import re

from .._errors import ArgumentError
from .._model.image import (
    REMOTE,
    REMOTE_REGISTRY,
    SHORT_SCHEMES,
    SIGNED,
    UNVERIFIED,
    UNVERIFIED_REGISTRY,
    ImageReference,
)

HUB = "docker.io"
HUB_NAMES = (HUB, "index.docker.io", "registry-1.docker.io")
_SCHEMES = (SIGNED, UNVERIFIED, UNVERIFIED_REGISTRY, REMOTE, REMOTE_REGISTRY)
_TRANSPORTS = ("docker://", "registry:")
# what else skopeo takes images from: none of them can be asked for a tag from afar
_ELSEWHERE = ("containers-storage", "docker-archive", "docker-daemon", "dir", "oci", "oci-archive", "ostree", "sif")

_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_REGISTRY = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{{1,5}}))?", re.ASCII)
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_PART}(?:/{_PART})*", re.ASCII)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_REMOTE = re.compile(r"[A-Za-z0-9_.-]+", re.ASCII)
_ACI = re.compile(r"(?:aci|rkt|appc):|\S*\.aci$|(?:docker://)?coreos\.com/", re.ASCII | re.IGNORECASE)


def parse_reference(text: str, argument: str) -> ImageReference:
    """An image as people and rpm-ostree (`container-image-reference`) write it. ArgumentError names ``argument``."""
    _refuse_odd(text, argument)
    scheme, remote, rest = _scheme(text, argument)
    transport = "" if scheme in SHORT_SCHEMES else next((way for way in _TRANSPORTS if rest.startswith(way)), "")
    if not transport and scheme not in SHORT_SCHEMES:
        _refuse_elsewhere(rest, text, argument)
        if scheme:
            raise _wrong(text, argument, f"say where it is after {scheme}:, as in {scheme}:docker://quay.io/os:stable")
    registry, repository, tag, digest = _split(rest[len(transport) :], text, argument)
    return ImageReference(registry, repository, tag, digest, scheme, remote, transport)


def is_digest(text: str) -> bool:
    return _DIGEST.fullmatch(text) is not None


def _scheme(text: str, argument: str) -> tuple[str | None, str | None, str]:
    """rpm-ostree's word, the ostree remote and the rest; a bare name has only the rest."""
    word, _colon, rest = text.partition(":")
    if word not in _SCHEMES:
        if word.startswith("ostree-"):
            raise _wrong(text, argument, f"{word} is none of rpm-ostree's words ({', '.join(_SCHEMES)})")
        return None, None, text
    if word not in (REMOTE, REMOTE_REGISTRY):
        return word, None, rest
    remote, _colon, rest = rest.partition(":")
    if not _REMOTE.fullmatch(remote) or not rest:
        raise _wrong(text, argument, f"after {word}: stand the name of an ostree remote, a colon, and the image")
    return word, remote, rest


def _split(name: str, text: str, argument: str) -> tuple[str, str, str | None, str | None]:
    """Registry, repository, tag and digest of a bare name, with Docker's defaults."""
    rest, at, digest = name.partition("@")
    if at and not _DIGEST.fullmatch(digest):
        raise _wrong(text, argument, "after the @ stands a digest: sha256: and 64 hex digits")
    first, slash, path = rest.partition("/")
    # Docker's rule: what has no dot, no colon and is not localhost is no registry
    if not slash or not ("." in first or ":" in first or first == "localhost" or first != first.lower()):
        first, path = HUB, rest
    path, colon, tag = path.partition(":")
    if colon and not _TAG.fullmatch(tag):
        raise _wrong(text, argument, "a tag is letters, digits, dots, dashes and underscores, at most 128")
    found = _REGISTRY.fullmatch(first)
    if found is None or not 0 < int(found["port"] or 1) < 65536:
        raise _wrong(text, argument, f"{_shown(first)} is no name and port of a registry")
    registry = HUB if first in HUB_NAMES else first
    if registry == HUB and "/" not in path:
        path = f"library/{path}"
    if not _REPOSITORY.fullmatch(path) or len(registry) + len(path) >= 255:
        raise _wrong(
            text, argument, "the name of a repository is lower case: letters, digits, and . _ - / between them"
        )
    return registry, path, tag or None, digest or None


def _refuse_odd(text: str, argument: str) -> None:
    if _ACI.match(text):
        raise ArgumentError(
            f"{argument}: {_shown(text)} is an App Container image, and those died with rkt in 2020: "
            "publish it as an OCI image and name that one."
        )
    if re.match(r"https?://", text):
        raise _wrong(text, argument, "leave out the http:// or https:// (a registry without TLS is named as insecure)")


def _refuse_elsewhere(rest: str, text: str, argument: str) -> None:
    way, colon, _rest = rest.partition(":")
    if colon and way in _ELSEWHERE:
        why = f"{way} is on the host itself, where no tag can be made exact; name an image in a registry"
        raise _wrong(text, argument, why)


def _shown(text: str) -> str:
    """A text for a sentence. People write user:password@registry, and that is for nobody's eyes."""
    before, at, after = text.rpartition("@")
    if at and not after.startswith("sha256:"):
        text = f"…@{after}"
    elif "@" in before:
        text = f"…@{before.rpartition('@')[2]}@{after}"
    return repr(text if len(text) <= 200 else text[:200] + "…")


def _wrong(text: str, argument: str, why: str) -> ArgumentError:
    return ArgumentError(f"{argument}: {_shown(text)} names no image: {why}.")
