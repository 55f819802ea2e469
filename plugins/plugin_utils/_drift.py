# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what the inventory knows of images, and what is newest, asked of remotes and registries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..module_utils._errors import ArgumentError, FleetError
from ..module_utils._fleet.image_targets import image_asks, image_target
from ..module_utils._fleet.targets import groups
from ..module_utils._host.images import reference
from ..module_utils._host.wish import Wish
from ..module_utils._model.drift import Created, PoolImage
from ..module_utils._model.fleet import Snapshot, SnapshotHost, Target
from ._fleet_task import FleetAction
from ._images import Images
from ._known import Known
from ._targets import ask_groups
from ._transport.watch import Watch

POOL_IMAGES = "atomic_fleet_pool_images"
LABELS = "atomic_fleet_labels"
# the label that says which release is in the image a host was created from
RELEASE_LABEL = "image_release"
_CREATED = {"fleet": "atomic_fleet_name", "pool": "atomic_fleet_pool", "image": "atomic_fleet_image"}


def from_terraform(known: Known, hosts: Sequence[str]) -> tuple[Mapping[str, Created], tuple[PoolImage, ...]]:
    """What Terraform says of hosts, by name, and of their fleets' pools. Raises ArgumentError where a person wrote
    something else than the inventory plugin would."""
    created: dict[str, Created] = {}
    pools: dict[str, tuple[PoolImage, ...]] = {}
    for host in hosts:
        found = known.some(host, _CREATED)
        if len(found) < len(_CREATED):
            continue
        labels = known.value(host, LABELS)
        release = labels.get(RELEASE_LABEL) if isinstance(labels, Mapping) else None
        created[host] = Created(found["fleet"], found["pool"], found["image"], str(release) if release else None)
        if found["fleet"] not in pools:
            pools[found["fleet"]] = _pools(host, found["fleet"], known.value(host, POOL_IMAGES))
    return created, tuple([pool for fleet in pools.values() for pool in fleet])


def _pools(host: str, fleet: str, value: Any) -> tuple[PoolImage, ...]:
    if value is None:
        return ()
    if not isinstance(value, Mapping):
        raise ArgumentError(f"{host}: {POOL_IMAGES} is no mapping: give each pool's image in it, or remove it.")
    for name, image in value.items():
        if not isinstance(image, str):
            raise ArgumentError(f"{host}: {POOL_IMAGES} has no image of the pool {name}: give what its new hosts boot.")
    return tuple([PoolImage(fleet, str(name), str(image)) for name, image in value.items()])


def ask_newest(
    action: FleetAction, arguments: Mapping[str, Any], variables: Mapping[str, Any], snapshot: Snapshot, watch: Watch
) -> tuple[Mapping[str, Target], tuple[FleetError, ...]]:
    """The newest of what every host follows, and why that is not known where it is not: one remote or registry that
    does not answer says nothing of the others."""
    newest: dict[str, Target] = {}
    errors: list[FleetError] = []
    asked = groups(snapshot)
    answers = ask_groups(action, arguments, variables, snapshot, watch, asked, Wish(target="latest"))
    for follows, answer in answers.items():
        if isinstance(answer, Target):
            newest.update(dict.fromkeys(asked[follows], answer))
        else:
            errors.append(answer)
    if watch.reason:
        raise FleetError(f"Asking what is newest was stopped ({watch.reason}); nothing was changed, start again.")
    images = Images(arguments["registry"])
    for ask, names in image_asks(_on_tags(snapshot)).items():
        try:
            target = image_target(ask, images.resolve(ask.image, ask.machine))
            newest.update(dict.fromkeys(names, target))
        except FleetError as error:
            errors.append(error)
    return newest, tuple(errors)


def _on_tags(snapshot: Snapshot) -> Snapshot:
    """The hosts that follow a tag: of a digest there is nothing newer."""
    return Snapshot(tuple([host for host in snapshot.hosts if _follows_tag(host)]), snapshot.fleet, snapshot.at)


def _follows_tag(host: SnapshotHost) -> bool:
    booted = host.state.booted if host.state else None
    return booted is not None and booted.image is not None and reference(booted.image).digest is None
