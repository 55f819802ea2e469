# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: plans that layer system extensions. What such a plan is about on a host, taken together,
stands where a plan of deployments has what is booted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._errors import ArgumentError
from .._host.extension import ABSENT, PRESENT, WishedExtension
from .._host.render import without_password
from .._model.fleet import PlannedHost, Target
from .._model.host import Deployment, HostState
from .._model.layer import Layer
from .document import digest

BACKEND = "sysext"
# in place of a checksum
UNKNOWN, UNMERGED = "unknown", "not merged"


def standing(state: HostState, layers: Sequence[Layer]) -> Deployment | None:
    """What of a plan's subject the host has: what is booted, or, of a plan about ``layers``, those, as one."""
    if not layers:
        return state.booted
    found = found_layers(state, layers)
    return Deployment(fingerprint(found), "", version=label(found), booted=True)


def found_layers(state: HostState, layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """The same extensions as the host has them, by what was written down when they were put there."""
    return tuple([Layer(one.name, _found(state, one.name), None, one.units) for one in layers])


def _found(state: HostState, name: str) -> str | None:
    there = state.extension(name)
    if there is None:
        return None
    return (there.checksum or UNKNOWN) if there.merged else UNMERGED


def on_the_way(state: HostState, planned: PlannedHost) -> bool:
    """Whether a host has some of what is wanted, and of the rest what it had, or nothing that is merged: that is how
    an interrupted turn leaves it."""
    if planned.target is None or not planned.target.layers:
        return False
    wanted, had = _checksums(planned.target.layers), _checksums(planned.from_layers)
    found = _checksums(found_layers(state, planned.target.layers))
    return all(one in (UNMERGED, wanted[name], had.get(name)) for name, one in found.items())


def _checksums(layers: Sequence[Layer]) -> Mapping[str, str | None]:
    return {one.name: one.checksum for one in layers}


def fingerprint(layers: Sequence[Layer]) -> str:
    return digest(dict(_checksums(layers)))


def label(layers: Sequence[Layer]) -> str:
    return ", ".join([one.label for one in layers])


def target_of(layers: Sequence[Layer]) -> Target:
    return Target(fingerprint(layers), label(layers), None, BACKEND, layers=tuple(layers))


def parse_wishes(value: Sequence[Mapping[str, Any]]) -> Target:
    """The extensions that a user wants on every host. Raises ArgumentError."""
    if not value:
        raise ArgumentError("extensions names none: say which with -e @extensions.yml")
    layers = []
    for one in value:
        state = one.get("state") or PRESENT
        wished = WishedExtension(
            one["name"], state, one.get("checksum"), one.get("url"), units=tuple(one.get("units") or ())
        )
        if wished.url is not None and without_password(wished.url) != wished.url:
            raise ArgumentError(
                f"extensions: the url of {wished.name} holds a password, and a plan is no place for that; let hosts "
                "fetch it without one"
            )
        if state == PRESENT and wished.url is None:
            raise ArgumentError(f"extensions: {wished.name} has no url that the hosts could fetch it from")
        checksum = None if state == ABSENT else wished.checksum
        layers.append(Layer(wished.name, checksum, wished.url if checksum else None, wished.units))
    if len({one.name for one in layers}) != len(layers):
        raise ArgumentError("extensions: an extension stands there twice")
    return target_of(sorted(layers, key=lambda one: one.name))


def way_back(planned: PlannedHost, recorded: Sequence[Mapping[str, Any]] = ()) -> tuple[Layer, ...]:
    """What to put back on a host: what the journal recorded, and where it did not, what the plan did.

    An interrupted turn that went on found some of what was wanted already: there, too, the plan knows better."""
    wanted = _checksums(planned.target.layers if planned.target else ())
    seen = {one.name: one for one in map(parse_layer, recorded)}
    return tuple(
        [
            seen[one.name] if one.name in seen and seen[one.name].checksum != wanted.get(one.name) else one
            for one in planned.from_layers
        ]
    )


def render_layer(one: Layer) -> dict[str, Any]:
    line: dict[str, Any] = {"name": one.name}
    if one.checksum is not None:
        line["checksum"] = one.checksum
    if one.url is not None:
        line["url"] = one.url
    if one.units:
        line["units"] = list(one.units)
    return line


def parse_layer(data: Mapping[str, Any]) -> Layer:
    return Layer(str(data["name"]), data.get("checksum"), data.get("url"), tuple(data.get("units", ())))
