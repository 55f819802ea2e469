# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a policy, already loaded from YAML, to a Policy, and back.

Held equal in meaning to plugin_utils/data/policy.schema.json by a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Callable

from .._errors import ArgumentError
from .._model.policy import (
    ANY,
    DOUBLE,
    HALT,
    LOCKED,
    NO_PREFETCH,
    PULL,
    REQUIRED,
    ROLLBACK_ALL,
    ROLLBACK_WAVE,
    Amount,
    Policy,
)
from .gate_policy import KINDS, gates
from .named_words import render_named
from .policy_groups import parse_groups, render_groups
from .reader import Reader
from .selection import parse_exclude, parse_order, render_exclusion, render_order
from .service_words import DRAINS, drains
from .window_words import parse_windows, parse_zone, render_windows

POLICY_SCHEMA = "atomic.fleet/policy/v1"
ON_FAILURE = (HALT, ROLLBACK_WAVE, ROLLBACK_ALL)
PREFETCH = (NO_PREFETCH, PULL, LOCKED)


def _canary(read: Reader, key: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        return {"canary": read.spent(key, value)}
    read.only(key, value, ("amount", "hosts"))
    if not value:
        read.wrong(key, "must have an amount or hosts")
    found: dict[str, Any] = {}
    if "amount" in value:
        found["canary"] = read.spent(f"{key}.amount", value["amount"])
    if "hosts" in value:
        found["canary_hosts"] = read.names(f"{key}.hosts", value["hosts"])
    return found


def _waves(read: Reader, key: str, value: Any) -> tuple[Amount | str, ...]:
    if not isinstance(value, list) or not value:
        read.wrong(key, 'must be a list of at least one amount, such as [5, "25%", "100%"]')
    if value[0] == DOUBLE:
        read.wrong(f"{key}[0]", f"is {DOUBLE}, and there is no wave before it; begin with an amount")
    return tuple(DOUBLE if one == DOUBLE else read.limit(f"{key}[{index}]", one) for index, one in enumerate(value))


def _domains(read: Reader, key: str, value: Any) -> Mapping[str, Amount]:
    return _by_variable(read, key, value, read.limit)


def _failure_domains(read: Reader, key: str, value: Any) -> Mapping[str, Amount]:
    return _by_variable(read, key, value, read.spent)


def _by_variable(read: Reader, key: str, value: Any, amount: Callable[[str, Any], Amount]) -> Mapping[str, Amount]:
    if not isinstance(value, dict):
        read.wrong(key, "must map the name of a host variable to a limit, such as {zone: 1}")
    for name in value:
        read.variable(key, name)
    return {name: amount(f"{key}.{name}", one) for name, one in sorted(value.items())}


def _signatures(read: Reader, key: str, value: Any) -> str:
    return read.word(key, value, (REQUIRED, ANY))


def _on_failure(read: Reader, key: str, value: Any) -> str:
    return read.word(key, value, ON_FAILURE)


def _prefetch(read: Reader, key: str, value: Any) -> str:
    return read.word(key, value, PREFETCH)


_KEYS: dict[str, Callable[[Reader, str, Any], Any]] = {
    "waves": _waves,
    "max_unavailable": Reader.limit,
    "domains": _domains,
    "failure_budget": Reader.spent,
    "on_failure": _on_failure,
    "bake_time": Reader.seconds,
    "gates": gates,
    "boot_timeout": Reader.timeout,
    "stage_timeout": Reader.timeout,
    "exclude": parse_exclude,
    "order": parse_order,
    "windows": parse_windows,
    "time_zone": parse_zone,
    "prefetch": _prefetch,
    "failure_domains": _failure_domains,
    "drains": drains,
    "signatures": _signatures,
}


def parse_policy(data: Any, source: str = "policy", lines: Mapping[str, int] | None = None) -> Policy:
    """Turn what YAML gave into a Policy; None is the policy of an empty file, all defaults.

    ``lines`` maps keys to the lines they stand in, where that is known. Raises ArgumentError.
    """
    if data is None:
        return Policy()
    if not isinstance(data, dict):
        raise ArgumentError(f"{source}: a policy is a mapping of keys such as canary, waves and max_unavailable.")
    read = Reader(source, lines or {})
    found: dict[str, Any] = {}
    for key, value in data.items():
        if key == "schema":
            read.word(key, value, (POLICY_SCHEMA,))
        elif key == "canary" or key in _KEYS:
            found.update(_part(read, key, key, value))
        elif key != "groups":
            known = ", ".join(["canary", *sorted([*_KEYS, "groups"])])
            read.wrong(str(key), f"is no key of a policy; there are {known}")
    fleet = Policy(**found)
    return replace(fleet, groups=parse_groups(read, "groups", data.get("groups", []), fleet, _part))


def _part(read: Reader, name: str, key: str, value: Any) -> Mapping[str, Any]:
    return _canary(read, key, value) if name == "canary" else {name: _KEYS[name](read, key, value)}


def render_policy(policy: Policy) -> dict[str, Any]:
    """The policy with every key written out, as parse_policy reads it."""
    canary: Any = _written(policy.canary)
    if policy.canary_hosts:
        canary = {"amount": canary, "hosts": list(policy.canary_hosts)}
    return {
        "canary": canary,
        "waves": [_written(one) for one in policy.waves],
        "max_unavailable": _written(policy.max_unavailable),
        "domains": {name: _written(one) for name, one in sorted(policy.domains.items())},
        "failure_budget": _written(policy.failure_budget),
        "on_failure": policy.on_failure,
        "bake_time": policy.bake_time,
        "gates": [render_named(gate, KINDS) for gate in policy.gates],
        "boot_timeout": policy.boot_timeout,
        "stage_timeout": policy.stage_timeout,
        "exclude": [render_exclusion(one) for one in policy.exclude],
        "order": render_order(policy.order),
        "windows": render_windows(policy.windows),
        "time_zone": policy.time_zone,
        "prefetch": policy.prefetch,
        "failure_domains": {name: _written(one) for name, one in sorted(policy.failure_domains.items())},
        "groups": list(render_groups(policy, render_policy)),
        "drains": [render_named(drain, DRAINS) for drain in policy.drains],
        "signatures": policy.signatures,
    }


def _written(amount: Amount | str) -> Any:
    return amount.value if isinstance(amount, Amount) and not amount.percent else str(amount)
