# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: container images in the words of ostree's origins, as the tools that boot them want them."""

from __future__ import annotations

import re

from .._errors import ArgumentError
from .._model.host import HostState

_SCHEME = re.compile(
    r"(?P<scheme>ostree-image-signed:docker://|ostree-unverified-image:docker://|ostree-unverified-registry:"
    r"|ostree-remote-registry:[^:]+:|ostree-remote-image:[^:]+:docker://)?(?P<rest>.+)"
)
_REST = re.compile(r"(?P<name>[^@]+?)(?::(?P<tag>[\w][\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?")
UNVERIFIED = "ostree-unverified-registry:"


def split_image(image: str) -> tuple[str, str, str | None, str | None]:
    """(scheme, name, tag, digest) of an image; the scheme is empty where none is said."""
    outer = _SCHEME.fullmatch(image)
    inner = _REST.fullmatch(outer.group("rest")) if outer else None
    if outer is None or inner is None:
        raise ArgumentError(f"image {image!r} cannot be used: it is no name of a container image")
    return outer.group("scheme") or "", inner.group("name"), inner.group("tag"), inner.group("digest")


def pinned(image: str, digest: str) -> str:
    """The image by its digest alone, whatever tag it had."""
    scheme, name, _tag, _digest = split_image(image)
    return f"{scheme}{name}@{digest}"


def with_scheme(image: str, state: HostState) -> str:
    """The image as origins have it: judged as what is booted was, where no scheme says how."""
    scheme, _name, _tag, _digest = split_image(image)
    if scheme:
        return image
    own = state.booted.image if state.booted else None
    return (split_image(own)[0] if own else UNVERIFIED) + image


def same_source(one: str | None, other: str) -> bool:
    """Whether both are of one repository, judged by the same signatures; tags may differ."""
    return one is not None and split_image(one)[:2] == split_image(other)[:2]


def bootc_name(image: str) -> tuple[str, str]:
    """(name, transport) for bootc's command line."""
    scheme, name, tag, digest = split_image(image)
    if "remote" in scheme:
        raise ArgumentError(f"image {image!r} is judged by an ostree remote's keys, which bootc cannot be told to")
    return name + (f":{tag}" if tag else "") + (f"@{digest}" if digest else ""), "registry"


def is_signed(image: str) -> bool:
    """Whether the host's container policy has to allow the image."""
    return image.startswith("ostree-image-signed:")
