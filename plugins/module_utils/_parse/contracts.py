# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the value of an output -> the fleets in it: one contract, or lists and maps of them.

A module with ``count`` makes a list of contracts, one with ``for_each`` a map: ``{ for k, m in module.fleet : k =>
m.fleet }``. Which instance a contract came from is said in errors the way Terraform writes it: ``fleet["eu"]``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from .._errors import ArgumentError
from .._model.contract import Fleet
from .contract import ContractError, parse_fleet


def parse_fleets(value: Any, source: str, output: str) -> tuple[tuple[str, Fleet], ...]:
    """The decoded value of ``output`` -> each fleet and the name of its source for errors; none where there is none.

    Raises ContractError, one sentence. What is no contract is never shown in it: it may be a secret.
    """
    return tuple((title, parse_fleet(document, title)) for title, document in _contracts(value, source, output, ""))


def only_pools(fleets: Iterable[tuple[str, Fleet]], pools: tuple[str, ...]) -> tuple[tuple[str, Fleet], ...]:
    """The fleets with the hosts of these pools alone; all of them where ``pools`` is empty.

    Raises ArgumentError for a pool that none of the fleets has.
    """
    found = tuple(fleets)
    if not pools or not found:
        return found
    known = sorted({pool.name for _title, fleet in found for pool in fleet.pools})
    for name in pools:
        if name not in known:
            raise ArgumentError(
                f"{found[0][0]} has no pool {name!r} (it has: {', '.join(known) or 'none'}): correct `pools`."
            )
    return tuple(
        (
            title,
            replace(
                fleet,
                hosts=tuple(host for host in fleet.hosts if host.pool in pools),
                pools=tuple(pool for pool in fleet.pools if pool.name in pools),
            ),
        )
        for title, fleet in found
    )


def _contracts(value: Any, source: str, output: str, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        for i, entry in enumerate(value):
            yield from _contracts(entry, source, output, f"{path}[{i}]")
    elif isinstance(value, dict) and _is_map(value):
        for key, entry in value.items():
            yield from _contracts(entry, source, output, f"{path}[{json.dumps(key)}]")
    elif isinstance(value, dict):
        yield (f"{source}: {output}{path}" if path else source), value
    else:
        kind = {str: "a text", bool: "true or false", type(None): "null"}.get(type(value), "a number")
        raise ContractError(
            f"{source}: {output}{path} is {kind}, and not the contract of a fleet: name the output of the modules "
            "with `output`."
        )


def _is_map(value: dict[str, Any]) -> bool:
    """A map of contracts, or of maps and lists of them: it has no ``schema`` of its own, and no other word of one."""
    if "schema" in value and not isinstance(value["schema"], (dict, list)):
        return False
    return not value or (
        all(isinstance(entry, (dict, list)) for entry in value.values()) and not isinstance(value.get("hosts"), list)
    )
