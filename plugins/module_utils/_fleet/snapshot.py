# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a snapshot as JSON lines and back: a header, then one host a line.

What equals its default is left out. Reading back gives an equal value for every snapshot.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from functools import lru_cache
from typing import Any

from .._model.fleet import SNAPSHOT_SCHEMA, Snapshot, SnapshotHost
from .._model.host import CachedUpdate, Deployment, Extension, Health, Hold, HostState, Remote, Space, Unit
from .document import Place, canonical_plain, load, plain_numbers


def render_snapshot(snapshot: Snapshot) -> Iterator[str]:
    """Lines without their newline, hosts sorted by name."""
    yield canonical_plain(
        {"schema": SNAPSHOT_SCHEMA, "fleet": snapshot.fleet, "at": snapshot.at, "hosts": len(snapshot.hosts)}
    )
    for host in sorted(snapshot.hosts, key=lambda one: one.name):
        yield canonical_plain(render_host(host))


def render_host(host: SnapshotHost) -> dict[str, Any]:
    line: dict[str, Any] = {"name": host.name}
    if host.domains:
        line["domains"] = dict(host.domains)
    if host.error is not None:
        line["error"] = host.error
    if host.state is not None:
        line["state"] = render_state(host.state)
    return line


def render_state(state: HostState) -> dict[str, Any]:
    """A host's state as plain JSON values."""
    line = _without_defaults(state, HostState("", "", "", ()))
    line["deployments"] = [_without_defaults(one, Deployment("", "")) for one in state.deployments]
    for key, none in (
        ("space", Space("", -1, -1)),
        ("remotes", Remote("", "")),
        ("units", _UNIT),
        ("extensions", Extension("")),
    ):
        if key in line:
            line[key] = [_without_defaults(one, none) for one in line[key]]
    if "gates" in line:
        line["gates"] = dict(state.gates)
    if "uptime" in line:
        line["uptime"] = plain_numbers(state.uptime)
    if state.cached_update is not None:
        line["cached_update"] = _without_defaults(state.cached_update, CachedUpdate())
    if state.hold is not None:
        line["hold"] = _without_defaults(state.hold, _HOLD)
    if "health" in line:
        line["health"] = _without_defaults(state.health, Health())
    return line


_UNIT = Unit("", False)
_HOLD = Hold("")


def _without_defaults(value: Any, default: Any) -> dict[str, Any]:
    line = {}
    for name in _NAMES[type(value)]:
        item = getattr(value, name)
        if item != getattr(default, name):
            line[name] = item
    return line


_NAMES: dict[type, tuple[str, ...]] = {
    kind: tuple(one.name for one in fields(kind))
    for kind in (HostState, Deployment, Health, Remote, Space, Unit, CachedUpdate, Hold, Extension)
}


# The hosts of a fleet say much the same: equal values are one object, which is quicker and a third of the memory.
_one_deployment = lru_cache(4096)(Deployment)
_one_health = lru_cache(4096)(Health)
_one_remote = lru_cache(4096)(Remote)


@lru_cache(4096)
def _one_list(texts: tuple[str, ...]) -> tuple[str, ...]:
    return texts


def parse_snapshot(lines: Iterable[str], source: str) -> Snapshot:
    """Read what render_snapshot wrote; ``source`` is the file's name. Raises ParseError."""
    place = Place(source)
    numbered = iter(enumerate(lines, 1))
    header: Mapping[str, Any] = {}
    for place.line, text in numbered:
        header = load(text, place)
        break
    if header.get("schema") != SNAPSHOT_SCHEMA:
        place.wrong(f"this is not a snapshot of schema {SNAPSHOT_SCHEMA}")
    fleet, announced = place.text(header, "fleet"), place.whole(header, "hosts")
    at = place.maybe_text(header, "at") or ""
    hosts: list[SnapshotHost] = []
    seen = set()
    for place.line, text in numbered:
        if not text.strip():
            continue
        host = parse_host(load(text, place), place)
        if host.name in seen:
            place.wrong(f"host {host.name} is here twice")
        seen.add(host.name)
        hosts.append(host)
    if len(hosts) != announced:
        place.wrong(f"the header announces {announced} hosts, but {len(hosts)} follow")
    return Snapshot(tuple(hosts), fleet, at)


def parse_host(data: Mapping[str, Any], place: Place) -> SnapshotHost:
    state = data.get("state")
    return SnapshotHost(
        place.text(data, "name"),
        None if state is None else parse_state(place.mapping(state, "state"), place),
        place.maybe_text(data, "error"),
        place.words(data, "domains"),
    )


def parse_state(data: Mapping[str, Any], place: Place) -> HostState:
    """Read what render_state wrote. Raises ParseError."""
    health = data.get("health")
    cached, hold = data.get("cached_update"), data.get("hold")
    return HostState(
        host=place.maybe_text(data, "host") or "",
        backend=place.maybe_text(data, "backend") or "",
        boot_id=place.maybe_text(data, "boot_id") or "",
        deployments=tuple([_deployment(one, place) for one in place.items(data, "deployments")]),
        health=Health() if health is None else _health(place.mapping(health, "health"), place),
        space=tuple([_space(one, place) for one in place.items(data, "space")]),
        remotes=tuple([_remote(one, place) for one in place.items(data, "remotes")]),
        kernel_arguments=_one_list(place.texts(data, "kernel_arguments")),
        capabilities=_one_list(place.texts(data, "capabilities")),
        tool_version=place.maybe_text(data, "tool_version"),
        update_driver=place.maybe_text(data, "update_driver"),
        units=tuple([_unit(one, place) for one in place.items(data, "units")]),
        uptime=float(place.number(data, "uptime")),
        transaction=place.maybe_text(data, "transaction"),
        cached_update=None if cached is None else _cached_update(place.mapping(cached, "cached_update"), place),
        architecture=place.maybe_text(data, "architecture"),
        variant=place.maybe_text(data, "variant"),
        hold=None if hold is None else _hold(place.mapping(hold, "hold"), place),
        extensions=tuple([_extension(one, place) for one in place.items(data, "extensions")]),
        gates=place.words(data, "gates"),
        node_id=place.maybe_text(data, "node_id"),
        installed=place.maybe_text(data, "installed"),
    )


def _hold(data: Mapping[str, Any], place: Place) -> Hold:
    return Hold(
        place.maybe_text(data, "owner") or "",
        place.maybe_text(data, "plan"),
        place.maybe_text(data, "since") or "",
        place.texts(data, "units"),
        place.texts(data, "missing"),
    )


def _extension(value: Any, place: Place) -> Extension:
    data = place.mapping(value, "an extension")
    return Extension(
        place.maybe_text(data, "name") or "",
        place.maybe_text(data, "path"),
        place.maybe_text(data, "checksum"),
        place.flag(data, "merged"),
    )


def _cached_update(data: Mapping[str, Any], place: Place) -> CachedUpdate:
    return CachedUpdate(*[place.maybe_text(data, name) for name in ("version", "checksum", "digest")])


def _deployment(value: Any, place: Place) -> Deployment:
    data = place.mapping(value, "a deployment")
    return _one_deployment(
        place.maybe_text(data, "checksum") or "",
        place.maybe_text(data, "stateroot") or "",
        place.whole(data, "serial"),
        place.maybe_text(data, "version"),
        place.maybe_text(data, "refspec"),
        place.flag(data, "booted"),
        place.flag(data, "staged"),
        place.flag(data, "locked"),
        place.flag(data, "pinned"),
        place.maybe_text(data, "image"),
        place.maybe_text(data, "digest"),
        place.maybe_text(data, "base_checksum"),
        place.texts(data, "requested_packages"),
        place.texts(data, "requested_local"),
        place.texts(data, "packages"),
        place.texts(data, "removed"),
        place.texts(data, "replaced"),
        place.flag(data, "incompatible"),
    )


def _health(data: Mapping[str, Any], place: Place) -> Health:
    system = data.get("system", "unknown")
    if not isinstance(system, str):
        place.wrong("system is not text")
    return _one_health(system, place.texts(data, "failed_units"), place.maybe_text(data, "greenboot"))


def _space(value: Any, place: Place) -> Space:
    data = place.mapping(value, "space")
    return Space(place.maybe_text(data, "mount") or "", place.whole(data, "total", -1), place.whole(data, "free", -1))


def _remote(value: Any, place: Place) -> Remote:
    data = place.mapping(value, "a remote")
    name, url = place.maybe_text(data, "name") or "", place.maybe_text(data, "url") or ""
    verify, options = place.flag(data, "gpg_verify", True), place.words(data, "options")
    return Remote(name, url, verify, options) if options else _one_remote(name, url, verify)


def _unit(value: Any, place: Place) -> Unit:
    data = place.mapping(value, "a unit")
    result = data.get("result", "success")
    if not isinstance(result, str):
        place.wrong("result is not text")
    return Unit(
        place.maybe_text(data, "name") or "",
        place.flag(data, "active"),
        result,
        place.whole(data, "exit_status"),
        place.maybe_text(data, "output") or "",
    )
