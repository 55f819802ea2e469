# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what a user asks a host to boot, and that wish made exact."""

from __future__ import annotations

from dataclasses import dataclass

from .._command.ostree import split_refspec
from .._command.quote import check_checksum, check_line, check_ref, check_remote
from .._errors import ArgumentError
from .._model.host import Deployment, HostState


@dataclass(frozen=True)
class Wish:
    """What a user asks for: exactly one of ``target`` (latest, previous), ``version``, ``checksum`` and ``image``.

    ``remote`` and ``ref`` default to what the booted deployment follows. With ``target`` latest, ``image`` says
    what is to be followed from now on.
    """

    target: str | None = None
    version: str | None = None
    checksum: str | None = None
    remote: str | None = None
    ref: str | None = None
    image: str | None = None
    allow_downgrade: bool = False

    def __post_init__(self) -> None:
        if sum(value is not None for value in (self.target, self.version, self.checksum, self.image)) != 1:
            raise ArgumentError("exactly one of target, version, checksum and image says what to boot")
        if self.target not in (None, "latest", "previous"):
            raise ArgumentError(f"target is latest or previous, not {self.target!r}")
        if self.version is not None:
            check_line(self.version, "version")
        if self.checksum is not None:
            check_checksum(self.checksum)
        if self.remote is not None:
            check_remote(self.remote)
        if self.ref is not None:
            check_ref(self.ref)
        if self.target == "previous" and (self.remote or self.ref):
            raise ArgumentError("target previous is what is on disk: remote and ref say nothing to it")
        if self.image is not None and (self.remote or self.ref):
            raise ArgumentError("image says where it comes from: remote and ref say nothing to it")


@dataclass(frozen=True)
class Exact:
    """A wish made exact: ``checksum`` is one commit, or the digest of one image's manifest (``sha256:…``).

    ``refspec`` is what its origin shall keep (None: it follows nothing), ``image`` where the digest is to be had, in
    the words of ostree's origins. ``follow`` keeps the image's tag followed, where the newest of it was wished for.
    ``forward`` refuses what is older than what runs.
    """

    checksum: str
    version: str | None = None
    refspec: str | None = None
    back: bool = False
    image: str | None = None
    follow: bool = False
    forward: bool = False

    @property
    def label(self) -> str:
        return self.version or self.checksum.removeprefix("sha256:")[:12]


def check_exact(exact: Exact) -> None:
    """ArgumentError for what comes from a file and names no commit and no digest."""
    if exact.checksum.startswith("sha256:") == (exact.image is None):
        raise ArgumentError(f"{exact.checksum!r} cannot be used: an image goes with its digest, a ref with a commit")
    check_checksum(exact.checksum.removeprefix("sha256:"))


def anew(entry: Deployment) -> Exact:
    """What a deployment was made of, to make another of."""
    if entry.image is not None and entry.digest is not None:
        return Exact(entry.digest, entry.version, image=entry.image)
    return Exact(entry.base_checksum or entry.checksum, entry.version, entry.refspec)


def followed(state: HostState, wish: Wish) -> str | None:
    """The refspec to ask and to keep: what the wish names, else what the booted deployment follows."""
    own = state.booted.refspec if state.booted else None
    remote, ref = split_refspec(own) if own else (None, None)
    remote, ref = wish.remote or remote, wish.ref or ref
    if remote is None or ref is None:
        return own if not (wish.remote or wish.ref) else None
    return f"{remote}:{ref}"
