# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: which tool drives a host that carries several, and its deployments in that tool's words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from .._model.host import CachedUpdate, Deployment
from .bootc import Bootc
from .rpm_ostree import RpmOstree

# Systems that carry both tools and are made to be driven by rpm-ostree: by os-release's VARIANT_ID.
_RPM_OSTREE_VARIANTS = ("coreos", "iot", "silverblue", "kinoite", "sericea", "onyx", "sway-atomic", "cosmic-atomic")


@dataclass(frozen=True)
class Driven:
    """The deployments in boot order, by the tool that is to change them."""

    backend: str
    deployments: tuple[Deployment, ...]
    driver: str | None = None
    transaction: str | None = None
    cached_update: CachedUpdate | None = None


def drive(plain: tuple[Deployment, ...], rpm: RpmOstree | None, bootc: Bootc | None, variant: str | None) -> Driven:
    """bootc where it booted an image it can go on from, rpm-ostree where that has a say in the host, else ostree.

    bootc knows of things in an image that rpm-ostree does not (images bound to it), and rpm-ostree of layers and
    update drivers that bootc does not: so each has what it made.
    """
    if bootc is not None and _is_bootc(bootc, rpm, variant):
        entries = _in_order(tuple([_completed(entry, plain) for entry in bootc.deployments]), plain)
        return Driven("bootc", entries, None if rpm is None else rpm.driver, _busy(rpm), bootc.cached_update)
    if rpm is not None:
        entries = tuple([_completed(entry, () if bootc is None else bootc.deployments) for entry in rpm.deployments])
        return Driven("rpm-ostree", entries, rpm.driver, rpm.transaction, rpm.cached_update)
    return Driven("ostree", plain)


def _is_bootc(bootc: Bootc, rpm: RpmOstree | None, variant: str | None) -> bool:
    booted = bootc.booted
    if booted is None or booted.image is None:
        return False
    if rpm is None:
        return True
    theirs = rpm.driver is not None or variant in _RPM_OSTREE_VARIANTS
    return not theirs and not booted.incompatible and not any(entry.layered for entry in rpm.deployments)


def _in_order(entries: tuple[Deployment, ...], plain: tuple[Deployment, ...]) -> tuple[Deployment, ...]:
    """In ostree's order, by whose places deployments are pinned and taken away; bootc tells them by their roles."""
    places = {(entry.checksum, entry.serial): place for place, entry in enumerate(plain)}
    keys = [(entry.checksum, entry.serial) for entry in entries]
    if sorted(keys) != sorted(places):
        return entries
    return tuple(sorted(entries, key=lambda entry: places[entry.checksum, entry.serial]))


def _busy(rpm: RpmOstree | None) -> str | None:
    return None if rpm is None else rpm.transaction


def _completed(entry: Deployment, others: Iterable[Deployment]) -> Deployment:
    """With what another tool knows of the same deployment and its own does not say."""
    for other in others:
        if (other.checksum, other.serial) == (entry.checksum, entry.serial):
            return replace(
                entry,
                stateroot=entry.stateroot if entry.stateroot != "default" else other.stateroot,
                version=entry.version or other.version,
                pinned=entry.pinned or other.pinned,
                locked=entry.locked or (entry.staged and other.locked),
                incompatible=entry.incompatible or other.incompatible,
            )
    return entry
