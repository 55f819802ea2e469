# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: asks registries and streams what a fleet's hosts are to boot, exactly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..module_utils._errors import ArgumentError
from ..module_utils._fleet.image_targets import image_asks, image_target, release_target
from ..module_utils._fleet.stream import next_release, wariness_of
from ..module_utils._model.fleet import Snapshot, Target
from ._http import Clock, Web, WebSettings
from ._images import Images
from ._stream import StreamPlaces, Streams


def resolve_images(arguments: Mapping[str, Any], snapshot: Snapshot) -> Mapping[str, Target]:
    """The image of every host that boots one, or of all where ``image`` says which. Raises FleetError."""
    asks = image_asks(snapshot, arguments["image"])
    if arguments["image"] is not None and not asks:
        raise ArgumentError("No host of the fleet that was observed boots container images; see atomic.fleet.status.")
    images = Images(arguments["registry"])
    found: dict[str, Target] = {}
    for ask, names in asks.items():
        target = image_target(ask, images.resolve(ask.image, ask.machine))
        found.update(dict.fromkeys(names, target))
    return found


def resolve_stream(arguments: Mapping[str, Any], snapshot: Snapshot) -> tuple[Mapping[str, Target], Mapping[str, str]]:
    """The next release of every host on a stream, and why those stay that have none. Raises FleetError."""
    given = arguments["stream_source"] or {}
    places = StreamPlaces(**{key: value for key, value in given.items() if value is not None})
    streams = Streams(Web(WebSettings()), places)
    now = Clock().now()
    targets: dict[str, Target] = {}
    reasons: dict[str, str] = {}
    for host in snapshot.hosts:
        if host.state is None or host.state.booted is None:
            continue
        graph = streams.graph(arguments["stream"], host.state.architecture or "x86_64")
        version = host.state.booted.version or ""
        going = next_release(graph, version, wariness_of(host.name, arguments["wariness"]), now)
        target = release_target(host.state, going)
        if target is not None:
            targets[host.name] = target
        reasons[host.name] = going.reason
    return targets, reasons
