# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the files of Fedora CoreOS's update streams, and the graph its hosts ask for (Cincinnati).

Shares of rollouts are called percentages there, and are numbers from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._errors import ParseError
from .._model.stream import IndexedRelease, Release, ReleaseUpdate, Rollout, UpdateGraph
from .json_fields import Fields, load

_FILE = "the file"
_KEY = "org.fedoraproject.coreos."
_UPDATES = _KEY + "updates."
# what the reason says where none is given
_UNSAID = "no reason is given"


def parse_updates(source: str, text: str) -> tuple[ReleaseUpdate, ...]:
    """`updates/STREAM.json`: barriers, dead ends and rollouts. ``source`` is the file's name, for errors."""
    found = []
    for entry in _releases(source, text):
        version, metadata = entry.need("version"), entry.inner("metadata")
        if metadata is None:
            entry.wrong("metadata")
        rollout = metadata.inner("rollout")
        found.append(
            ReleaseUpdate(
                version=version,
                barrier=_reason(metadata.inner("barrier")),
                dead_end=_reason(metadata.inner("deadend")),
                rollout=_rollout(source, version, rollout.values) if rollout else None,
            )
        )
    return tuple(found)


def parse_releases(source: str, text: str) -> tuple[IndexedRelease, ...]:
    """`releases.json`: all releases, the oldest first, with their commits and images by architecture."""
    return tuple(
        IndexedRelease(
            version=entry.need("version"),
            commits={commit.need("architecture"): commit.need("checksum") for commit in entry.each("commits")},
            images={image.need("architecture"): image.need("digest-ref") for image in entry.each("oci-images")},
        )
        for entry in _releases(source, text)
    )


def parse_graph(source: str, text: str, stream: str) -> UpdateGraph:
    """The answer of Cincinnati's `/v1/graph`. Its nodes may come in any order; their age says which is older."""
    document = load(source, _FILE, text)
    nodes = document.each("nodes")
    aged = sorted(range(len(nodes)), key=lambda place: _age(source, nodes[place], place))
    places = {old: new for new, old in enumerate(aged)}
    edges = document.values.get("edges") or []
    if not isinstance(edges, list):
        document.wrong("edges")
    ways = []
    for edge in edges:
        ends = edge if isinstance(edge, list) else []
        if len(ends) != 2 or not all(isinstance(end, int) and end in places for end in ends):
            raise ParseError(f"{source}: an edge leads to no node: {edge!r:.80}")
        ways.append((places[ends[0]], places[ends[1]]))
    return UpdateGraph(stream, tuple(_node(source, nodes[place]) for place in aged), tuple(sorted(ways)))


def version_key(version: str) -> tuple[int, ...]:
    """44.20260707.3.1 by its numbers: release of Fedora, date, stream, build."""
    return tuple(int(part) if part.isdigit() else -1 for part in version.split("."))


def _releases(source: str, text: str) -> tuple[Fields, ...]:
    document = load(source, _FILE, text)
    if "releases" not in document.values:
        document.wrong("releases")
    return document.each("releases")


def _reason(held: Fields | None) -> str | None:
    return None if held is None else held.text("reason") or _UNSAID


def _rollout(source: str, version: str, values: Mapping[str, Any]) -> Rollout:
    """A rollout out of either's words. One that is over may have nothing but its share."""
    start = _number(source, version, "start_percentage", values.get("start_percentage"), 1.0)
    epoch = _number(source, version, "start_epoch", values.get("start_epoch"))
    minutes = _number(source, version, "duration_minutes", values.get("duration_minutes"))
    # a rollout of no minutes is one of a minute, as Cincinnati has it
    return Rollout(epoch or 0.0, start or 0.0, None if minutes is None else max(minutes, 1.0) * 60)


def _number(source: str, version: str, name: str, value: Any, most: float = 1e15) -> float | None:
    if value is None:
        return None
    try:
        number = -1.0 if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        number = -1.0
    if not 0 <= number <= most:
        raise ParseError(f"{source}: {name} of the rollout of {version} is no number from 0 to {most:g}: {value!r:.80}")
    return number


def _age(source: str, node: Fields, place: int) -> int:
    metadata = node.inner("metadata")
    age = metadata.text(_KEY + "releases.age_index") if metadata else None
    if age is None:
        return place
    if not (age.isascii() and age.isdigit()):
        raise ParseError(f"{source}: the age of {node.text('version')} is no number: {age!r:.80}")
    return int(age)


def _node(source: str, node: Fields) -> Release:
    version, payload, metadata = node.need("version"), node.need("payload"), node.inner("metadata")
    held: Mapping[str, Any] = metadata.values if metadata else {}
    rollout = None
    if held.get(_UPDATES + "rollout") == "true":
        words = {
            "start_epoch": "start_epoch",
            "start_percentage": "start_value",
            "duration_minutes": "duration_minutes",
        }
        rollout = _rollout(source, version, {key: held.get(_UPDATES + word) for key, word in words.items()})
    by_image = held.get(_KEY + "scheme") == "oci"
    return Release(
        version=version,
        commit=None if by_image else payload,
        image=payload if by_image else None,
        barrier=_flagged(held, "barrier"),
        dead_end=_flagged(held, "deadend"),
        rollout=rollout,
    )


def _flagged(held: Mapping[str, Any], name: str) -> str | None:
    if held.get(_UPDATES + name) != "true":
        return None
    return str(held.get(f"{_UPDATES}{name}_reason") or _UNSAID)
