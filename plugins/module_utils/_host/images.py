# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the images hosts boot, in the words of ostree's origins, as the tools want them said."""

from __future__ import annotations

from .._errors import ArgumentError
from .._model.host import HostState
from .._model.image import ImageReference
from .._parse.image_reference import parse_reference


def reference(image: str) -> ImageReference:
    """Raises ArgumentError for what is no image in a registry."""
    return parse_reference(image, "image")


def pinned(image: str, digest: str) -> str:
    """The image by its digest alone, whatever tag it had."""
    return reference(image).pinned(digest).origin


def as_origin(image: str, state: HostState) -> str:
    """The image as origins have it: vouched for as what is booted is, where nothing is said of that."""
    asked = reference(image)
    own = state.booted.image if state.booted else None
    if asked.scheme is None and own is not None:
        return asked.vouched_as(reference(own)).origin
    return asked.origin


def same_source(one: str | None, other: str) -> bool:
    """Whether both are of one repository, and vouched for in one way; tags may differ."""
    if one is None:
        return False
    try:
        found, wanted = reference(one), reference(other)
    except ArgumentError:
        # what lies on the host itself is of no repository
        return one == other
    return (found.registry, found.repository, found.signed, found.remote) == (
        wanted.registry,
        wanted.repository,
        wanted.signed,
        wanted.remote,
    )


def bootc_name(image: str) -> str:
    """The name for bootc's command line."""
    asked = reference(image)
    if asked.remote is not None:
        raise ArgumentError(f"image {image!r} is vouched for by an ostree remote's keys, which bootc cannot be told")
    return asked.name


def is_signed(image: str) -> bool:
    """Whether the host's container policy has to allow the image."""
    return reference(image).signed
