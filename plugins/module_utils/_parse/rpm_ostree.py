# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what ``rpm-ostree status --json`` prints, from the days of refs to those of images.

Only what is named here is read: what is embedded beside it (manifests, signatures, repository data) is most of
the document, and some of it is known to hold nonsense.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .._model.host import CachedUpdate, Deployment
from .json_fields import Fields, load

TOOL = "rpm-ostree status --json"


@dataclass(frozen=True)
class RpmOstree:
    """One status. ``driver`` is the systemd unit of what updates the host by itself, or its name."""

    deployments: tuple[Deployment, ...]
    transaction: str | None = None
    cached_update: CachedUpdate | None = None
    driver: str | None = None


def parse_rpm_ostree(host: str, text: str, locked: bool = False) -> RpmOstree:
    """The deployments in boot order, and what the daemon knows. ``locked`` is whether ostree's lock file stands.
    Raises ParseError."""
    status = load(host, TOOL, text)
    if "deployments" not in status.values:
        status.wrong("deployments")
    found = tuple([_deployment(entry) for entry in status.each("deployments")])
    if locked:
        found = tuple([replace(entry, locked=True) if entry.staged else entry for entry in found])
    return RpmOstree(found, _transaction(status), _cached(status.inner("cached-update")), _driver(status))


def _deployment(entry: Fields) -> Deployment:
    base = entry.text("base-checksum")
    origin = entry.text("origin")
    return Deployment(
        checksum=entry.need("checksum"),
        stateroot=entry.need("osname"),
        serial=entry.whole("serial"),
        version=entry.text("version") or entry.text("base-version"),
        refspec=origin if origin and ":" in origin else None,
        booted=entry.flag("booted"),
        staged=entry.flag("staged"),
        locked=entry.flag("finalization-locked"),
        pinned=entry.flag("pinned"),
        image=entry.text("container-image-reference"),
        digest=entry.text("container-image-reference-digest"),
        base_checksum=base,
        requested_packages=entry.texts("requested-packages"),
        requested_local=entry.texts("requested-local-packages") + entry.texts("requested-local-fileoverride-packages"),
        packages=entry.texts("packages"),
        removed=entry.texts("requested-base-removals"),
        replaced=entry.texts("requested-base-local-replacements") + _remote_replacements(entry),
        # one that was cut off is begun again, so it counts for nothing
        live=None if entry.text("live-inprogress") else entry.text("live-replaced"),
    )


def _remote_replacements(entry: Fields) -> tuple[str, ...]:
    """By source (``repo=…``) in an object, or a list of such objects with their packages, by version of the tool."""
    key = "requested-base-remote-replacements"
    value = entry.values.get(key)
    if isinstance(value, dict):
        names = Fields(entry.host, entry.tool, value)
        return tuple([name for source in value for name in names.texts(source)])
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return tuple([name for source in entry.each(key) for name in source.texts("packages")])
    return entry.texts(key)


def _transaction(status: Fields) -> str | None:
    """Method, sender and path: the method is what people know it by."""
    words = status.texts("transaction")
    return words[0] if words else None


def _cached(update: Fields | None) -> CachedUpdate | None:
    if update is None:
        return None
    digest = update.text("container-image-reference-digest")
    return CachedUpdate(update.text("version"), update.text("checksum"), digest)


def _driver(status: Fields) -> str | None:
    driver = status.inner("update-driver")
    return None if driver is None else driver.text("driver-sd-unit") or driver.text("driver-name")
