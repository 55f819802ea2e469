# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what hosts are to boot, as a task's arguments say it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..module_utils._errors import ArgumentError
from ..module_utils._fleet.targets import boots_images, groups
from ..module_utils._host.arguments import REGISTRY
from ..module_utils._model.fleet import Snapshot, Target
from ._fleet_task import FleetAction
from ._image_targets import resolve_images, resolve_stream
from ._targets import resolve_targets

# at most one of them says what to boot
_WISHES = ("version", "checksum", "image", "stream")
TARGET_SPEC: dict[str, dict[str, Any]] = {
    "version": {"type": "str"},
    "checksum": {"type": "str"},
    "remote": {"type": "str"},
    "ref": {"type": "str"},
    "image": {"type": "str"},
    "stream": {"type": "str"},
    "stream_source": {
        "type": "dict",
        "options": {name: {"type": "str"} for name in ("updates", "releases", "graph")},
    },
    "wariness": {"type": "float"},
    **{name: dict(option) for name, option in REGISTRY.items()},
}


def check_wishes(arguments: Mapping[str, Any], more: Sequence[str] = ()) -> None:
    """Only one may say what is wanted. Raises ArgumentError."""
    wishes = [name for name in (*_WISHES, *more) if arguments[name] is not None]
    if len(wishes) > 1:
        raise ArgumentError(f"{' and '.join(wishes)} were given, and only one can say what is wanted; leave one out.")


def wanted_targets(
    action: FleetAction, arguments: Mapping[str, Any], variables: Mapping[str, Any], snapshot: Snapshot
) -> tuple[Mapping[str, Target], Mapping[str, str]]:
    """The targets by host, and why hosts that have none have none."""
    if arguments["stream"] is not None:
        return resolve_stream(arguments, snapshot)
    if arguments["image"] is not None:
        return resolve_images(arguments, snapshot), {}
    named = any(arguments[name] is not None for name in ("version", "checksum", "remote"))
    images = {} if named else resolve_images(arguments, snapshot)
    if images and not groups(snapshot):
        return images, {}
    with action.watch() as watch:
        refs = resolve_targets(action, arguments, variables, snapshot, watch)
    return {**images, **refs}, dict.fromkeys(boots_images(snapshot), "boots container images: say image")
