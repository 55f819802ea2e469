# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a plan as a file and back.

The file is JSON laid out for reading: one line a wave, one line a host. ``hash`` is the digest of everything
else in it but ``packages`` and ``estimate``, ``id`` the start of that hash; a plan that was edited no longer fits its
hash and is refused. What is known of packages depends on who could be asked, estimates on what was done before, and
neither changes what is done: so they are beside the hash, and a plan that was made again is the same plan.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from .._errors import ArgumentError
from .._model.fleet import (
    BOOT,
    ENOUGH,
    FETCHABLE,
    GONE,
    NONE,
    ON_DISK,
    PLAN_SCHEMA,
    SKIP,
    SYSROOT,
    UNKNOWN,
    UPDATE,
    FleetPlan,
    PlannedHost,
    Target,
    Wave,
)
from .._model.layer import Layer
from .document import Place, digest_plain, load, plain_numbers, short
from .estimate import parse_pace, render_estimate
from .layers import render_layer
from .package_file import parse_pair, render_pair
from .policy import parse_policy, render_policy
from .prefetch import how_prefetched

PLAN_ID = re.compile(r"plan-[0-9a-f]{12}\Z")


def plan_id(plan: FleetPlan) -> str:
    """The plan's short name: ``plan-`` and the start of the hash of its content."""
    return short("plan", digest_plain(_content(plan)))


def render_plan(plan: FleetPlan) -> str:
    """The plan as the text of a file, its last newline included."""
    content = _content(plan)
    full = digest_plain(content)
    lines = ["{", '  "id": "{}",'.format(short("plan", full)), f'  "hash": "{full}",']
    if plan.packages:
        content["packages"] = [render_pair(pair, target_names(plan)) for pair in plan.packages]
    if plan.pace is not None:
        content["estimate"] = render_estimate(plan, plan.pace)
    for key, value in content.items():
        if isinstance(value, list) and value:
            lines += [f'  "{key}": [', ",\n".join("    " + _line(item) for item in value), "  ],"]
        else:
            lines.append(f'  "{key}": {_line(value)},')
    lines[-1] = lines[-1][:-1]
    lines += ["}", ""]
    return "\n".join(lines)


def target_names(plan: FleetPlan) -> Mapping[Target, str]:
    """What hosts and packages call the targets."""
    return {target: f"t{index}" for index, target in enumerate(plan.targets, 1)}


def _line(value: Any) -> str:
    return json.dumps(value)


def _content(plan: FleetPlan) -> dict[str, Any]:
    names = target_names(plan)
    return {
        "schema": PLAN_SCHEMA,
        "fleet": plan.fleet,
        "summary": {action: sum(host.action == action for host in plan.hosts) for action in (UPDATE, SKIP, NONE)},
        "targets": [_lean({"name": names[one], **_target(one)}) for one in plan.targets],
        "policy": plain_numbers(render_policy(plan.policy)),
        "warnings": list(plan.warnings),
        **({"undo": True} if plan.undo else {}),
        "waves": [{"name": wave.name, "hosts": list(wave.hosts)} for wave in plan.waves],
        "hosts": [_host(host, names, how_prefetched(host, plan.policy_for(host.name))) for host in plan.hosts],
    }


def _target(target: Target) -> dict[str, Any]:
    return {
        "checksum": target.checksum,
        "version": target.version,
        "refspec": target.refspec,
        "backend": target.backend,
        "image": target.image,
        "layers": [render_layer(one) for one in target.layers] or None,
    }


def _host(host: PlannedHost, names: Mapping[Target, str], prefetch: str | None) -> dict[str, Any]:
    line: dict[str, Any] = {
        "name": host.name,
        "action": host.action,
        "reason": host.reason,
        "wave": host.wave,
        "to": None if host.target is None else names[host.target],
        "from_checksum": host.from_checksum,
        "from_version": host.from_version,
        "from_refspec": host.from_refspec,
        "from_base": host.from_base,
        "from_image": host.from_image,
        "from_digest": host.from_digest,
        "from_layers": [render_layer(one) for one in host.from_layers] or None,
        "locked_staging": host.locked_staging,
        "prefetch": prefetch,
        "way_back": host.way_back,
        "room": host.room,
        "unavailable": host.unavailable,
    }
    if host.domains:
        line["domains"] = dict(sorted(host.domains.items()))
    for flag in ("excluded", "pinned"):
        if getattr(host, flag):
            line[flag] = True
    if host.node_id:
        line["node_id"] = host.node_id
    return _lean(line)


def _lean(line: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in line.items() if value is not None}


def parse_plan(text: str, source: str) -> FleetPlan:
    """Read what render_plan wrote; ``source`` is the file's name.

    Raises ParseError where it is no plan, ArgumentError where it was changed since it was made.
    """
    place = Place(source)
    data = load(text, place)
    if data.get("schema") != PLAN_SCHEMA:
        place.wrong(f"this is not a plan of schema {PLAN_SCHEMA}")
    content = {key: value for key, value in data.items() if key not in ("id", "hash", "packages", "estimate")}
    try:
        full = digest_plain(content)
    except ValueError:
        full = ""
    if data.get("hash") != full or data.get("id") != short("plan", full):
        raise ArgumentError(
            f"{source}: this plan is not what it was when it was made (its hash does not fit); make a new plan."
        )
    targets = {
        place.text(one, "name"): Target(
            place.text(one, "checksum"),
            place.maybe_text(one, "version"),
            place.maybe_text(one, "refspec"),
            place.text(one, "backend"),
            place.maybe_text(one, "image"),
            _layers(one, "layers", place),
        )
        for one in _objects(data, "targets", place)
    }
    return FleetPlan(
        place.text(data, "fleet"),
        tuple(targets.values()),
        parse_policy(place.mapping(data.get("policy"), "policy"), source),
        tuple([_parse_host(one, targets, place) for one in _objects(data, "hosts", place)]),
        tuple([Wave(place.text(one, "name"), place.texts(one, "hosts")) for one in _objects(data, "waves", place)]),
        place.texts(data, "warnings"),
        tuple([parse_pair(one, targets, place) for one in _objects(data, "packages", place)]),
        place.flag(data, "undo"),
        None if "estimate" not in data else parse_pace(place.mapping(data["estimate"], "estimate")),
    )


def _objects(data: Mapping[str, Any], key: str, place: Place) -> list[Mapping[str, Any]]:
    return [place.mapping(one, f"what stands in {key}") for one in place.items(data, key)]


def _parse_host(data: Mapping[str, Any], targets: Mapping[str, Target], place: Place) -> PlannedHost:
    to = place.maybe_text(data, "to")
    if to is not None and to not in targets:
        place.wrong("host {} goes to {}, which is no target of the plan".format(data.get("name"), to))
    return PlannedHost(
        place.text(data, "name"),
        _one_of(data, "action", (UPDATE, NONE, SKIP), place),
        place.maybe_text(data, "reason") or "",
        None if to is None else targets[to],
        place.maybe_text(data, "from_checksum"),
        place.maybe_text(data, "from_version"),
        place.maybe_text(data, "from_refspec"),
        None if data.get("way_back") is None else _one_of(data, "way_back", (ON_DISK, FETCHABLE, GONE), place),
        None if data.get("wave") is None else place.whole(data, "wave"),
        place.maybe_text(data, "unavailable"),
        place.words(data, "domains"),
        place.maybe_text(data, "from_base"),
        place.maybe_text(data, "from_image"),
        place.maybe_text(data, "from_digest"),
        _layers(data, "from_layers", place),
        place.maybe_text(data, "locked_staging"),
        place.flag(data, "excluded"),
        place.maybe_text(data, "node_id"),
        place.flag(data, "pinned"),
        None if data.get("room") is None else _one_of(data, "room", (ENOUGH, BOOT, SYSROOT, UNKNOWN), place),
    )


def _layers(data: Mapping[str, Any], key: str, place: Place) -> tuple[Layer, ...]:
    return tuple(
        [
            Layer(
                place.text(one, "name"),
                place.maybe_text(one, "checksum"),
                place.maybe_text(one, "url"),
                place.texts(one, "units"),
            )
            for one in _objects(data, key, place)
        ]
    )


def _one_of(data: Mapping[str, Any], key: str, words: tuple[str, ...], place: Place) -> str:
    word = place.text(data, key)
    if word not in words:
        place.wrong("{} is {}, not one of {}".format(key, word, ", ".join(words)))
    return word
