# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: which images a fleet's hosts are to boot: what to ask for, and what the answers make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .._errors import ArgumentError
from .._host.images import as_origin, reference
from .._model.fleet import Snapshot, Target
from .._model.host import HostState
from .._model.image import ResolvedImage
from .._model.stream import NextRelease
from .choice import few


@dataclass(frozen=True)
class ImageAsk:
    """One question to a registry: an image in the words of origins, for the hosts of one tool and architecture."""

    backend: str
    image: str
    machine: str | None


def image_asks(snapshot: Snapshot, image: str | None = None) -> Mapping[ImageAsk, tuple[str, ...]]:
    """The questions, with the hosts each answer serves: ``image`` for all hosts that can boot one, else what each
    that boots one follows. Raises ArgumentError where that is a digest, of which there is no newer one."""
    found: dict[ImageAsk, list[str]] = {}
    fixed: list[str] = []
    for host in snapshot.hosts:
        state = host.state
        wanted = None if state is None else _wanted(state, image)
        if state is None or wanted is None:
            continue
        if image is None and reference(wanted).digest is not None:
            fixed.append(host.name)
        found.setdefault(ImageAsk(state.backend, wanted, state.architecture), []).append(host.name)
    if fixed:
        raise ArgumentError(
            f"What these hosts boot is named by a digest, and follows no tag ({few(fixed)}): say image, with a tag."
        )
    return {ask: tuple(names) for ask, names in sorted(found.items(), key=lambda item: _order(item[0]))}


def _wanted(state: HostState, image: str | None) -> str | None:
    booted = state.booted
    if booted is None or (image is None and booted.image is None):
        return None
    if image is None:
        return booted.image
    # plain ostree boots no images
    return None if state.backend == "ostree" else as_origin(image, state)


def _order(ask: ImageAsk) -> tuple[str, str, str]:
    return (ask.backend, ask.image, ask.machine or "")


def image_target(ask: ImageAsk, found: ResolvedImage) -> Target:
    return Target(found.digest, found.config.version, None, ask.backend, ask.image)


def release_target(state: HostState, going: NextRelease) -> Target | None:
    """The next release of a stream for a host, as what it boots now: an image, or a commit of the ref it follows.
    None where it stays, or the release comes in no form the host can take."""
    booted, release = state.booted, going.release
    if booted is None or release is None:
        return None
    if booted.image is None and release.commit is not None:
        return Target(release.commit, release.version, booted.refspec, state.backend)
    if release.image is None:
        return None
    image = as_origin(release.image, state)
    digest = reference(image).digest
    return None if digest is None else Target(digest, release.version, None, state.backend, image)
