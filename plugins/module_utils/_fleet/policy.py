# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a policy, already loaded from YAML, to a Policy, and back.

Held equal in meaning to plugin_utils/data/policy.schema.json by a test. Written by hand because the core
has only the standard library, and because a user is owed a sentence that names the key.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Callable, NoReturn

from .._errors import ArgumentError
from .._model.fleet import DOUBLE, HALT, ROLLBACK_WAVE, Amount, Policy

POLICY_SCHEMA = "atomic.fleet/policy/v1"
GATES = ("deployment", "failed_units", "greenboot")
ON_FAILURE = (HALT, ROLLBACK_WAVE)
MOST = 10_000_000
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_PERCENT = re.compile(r"(0|[1-9][0-9]{0,2})%\Z", re.ASCII)
_SPAN = re.compile(r"([0-9]{1,7})([smhd])\Z", re.ASCII)
_DOMAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}\Z")


class _Policy:
    """Reads one policy and knows where its keys stand, for the sentence when one is wrong."""

    def __init__(self, source: str, lines: Mapping[str, int]) -> None:
        self.source = source
        self.lines = lines

    def wrong(self, key: str, what: str) -> NoReturn:
        line = self.lines.get(key, self.lines.get(key.partition(".")[0]))
        where = self.source if line is None else f"{self.source} line {line}"
        raise ArgumentError(f"{where}: {key} {what}.")

    def amount(self, key: str, value: Any, least: int) -> Amount:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool):
            if not least <= value <= MOST:
                self.wrong(key, f"is {value}; it must be from {least} to {MOST}")
            return Amount(value)
        found = _PERCENT.match(value) if isinstance(value, str) else None
        if found is None:
            self.wrong(key, f'is {value!r}; write a number of hosts such as 3, or a share such as "25%"')
        share = int(found.group(1))
        if not least <= share <= 100:
            self.wrong(key, f'is "{share}%"; a share goes from {least}% to 100%')
        return Amount(share, True)

    def limit(self, key: str, value: Any) -> Amount:
        """An amount that lets at least one host go; with 0 no host could ever be changed."""
        return self.amount(key, value, 1)

    def spent(self, key: str, value: Any) -> Amount:
        return self.amount(key, value, 0)

    def seconds(self, key: str, value: Any) -> float:
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= MOST:
            return float(value)
        found = _SPAN.match(value) if isinstance(value, str) else None
        if found is None:
            self.wrong(key, f'is {value!r}; write seconds, or a time such as "30s", "10m" or "1h"')
        return float(int(found.group(1)) * _SECONDS[found.group(2)])

    def timeout(self, key: str, value: Any) -> float:
        found = self.seconds(key, value)
        if not found:
            self.wrong(key, "is 0; nothing can be done in no time")
        return found

    def waves(self, key: str, value: Any) -> tuple[Amount | str, ...]:
        if not isinstance(value, list) or not value:
            self.wrong(key, 'must be a list of at least one amount, such as [5, "25%", "100%"]')
        if value[0] == DOUBLE:
            self.wrong(f"{key}[0]", f"is {DOUBLE}, and there is no wave before it; begin with an amount")
        return tuple(DOUBLE if one == DOUBLE else self.limit(f"{key}[{index}]", one) for index, one in enumerate(value))

    def domains(self, key: str, value: Any) -> Mapping[str, Amount]:
        if not isinstance(value, dict):
            self.wrong(key, "must map the name of a host variable to a limit, such as {zone: 1}")
        for name in value:
            if not isinstance(name, str) or not _DOMAIN.match(name):
                self.wrong(key, f"has {name!r} as the name of a host variable")
        return {name: self.limit(f"{key}.{name}", one) for name, one in sorted(value.items())}

    def names(self, key: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not value or not all(isinstance(one, str) and one for one in value):
            self.wrong(key, "must be a list of at least one name")
        twice = sorted({one for one in value if value.count(one) > 1})
        if twice:
            self.wrong(key, f"names {twice[0]} twice")
        return tuple(value)

    def gates(self, key: str, value: Any) -> tuple[str, ...]:
        names = () if value == [] else self.names(key, value)
        for name in names:
            self.word(key, name, GATES)
        return names

    def word(self, key: str, value: Any, words: tuple[str, ...]) -> str:
        if value not in words or not isinstance(value, str):
            self.wrong(key, "is {!r}; it must be one of {}".format(value, ", ".join(words)))
        return value

    def on_failure(self, key: str, value: Any) -> str:
        return self.word(key, value, ON_FAILURE)


_KEYS: dict[str, Callable[[_Policy, str, Any], Any]] = {
    "waves": _Policy.waves,
    "max_unavailable": _Policy.limit,
    "domains": _Policy.domains,
    "failure_budget": _Policy.spent,
    "on_failure": _Policy.on_failure,
    "bake_time": _Policy.seconds,
    "gates": _Policy.gates,
    "boot_timeout": _Policy.timeout,
    "stage_timeout": _Policy.timeout,
}


def parse_policy(data: Any, source: str = "policy", lines: Mapping[str, int] | None = None) -> Policy:
    """Turn what YAML gave into a Policy; None is the policy of an empty file, all defaults.

    ``lines`` maps keys to the lines they stand in, where that is known. Raises ArgumentError.
    """
    if data is None:
        return Policy()
    if not isinstance(data, dict):
        raise ArgumentError(f"{source}: a policy is a mapping of keys such as canary, waves and max_unavailable.")
    read = _Policy(source, lines or {})
    found: dict[str, Any] = {}
    for key, value in data.items():
        if key == "schema":
            read.word(key, value, (POLICY_SCHEMA,))
        elif key == "canary":
            found.update(_canary(read, value))
        elif key in _KEYS:
            found[key] = _KEYS[key](read, key, value)
        else:
            known = ", ".join(["canary", *sorted(_KEYS)])
            read.wrong(str(key), f"is no key of a policy; there are {known}")
    return Policy(**found)


def _canary(read: _Policy, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        return {"canary": read.spent("canary", value)}
    for key in value:
        if key not in ("amount", "hosts"):
            read.wrong(f"canary.{key}", "is no key of canary; there are amount, hosts")
    if not value:
        read.wrong("canary", "must have an amount or hosts")
    found: dict[str, Any] = {}
    if "amount" in value:
        found["canary"] = read.spent("canary.amount", value["amount"])
    if "hosts" in value:
        found["canary_hosts"] = read.names("canary.hosts", value["hosts"])
    return found


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
        "gates": list(policy.gates),
        "boot_timeout": policy.boot_timeout,
        "stage_timeout": policy.stage_timeout,
    }


def _written(amount: Amount | str) -> Any:
    return amount.value if isinstance(amount, Amount) and not amount.percent else str(amount)


def at_most(amount: Amount, hosts: int) -> int:
    """A limit as a number of hosts: a share is rounded down, but lets at least one host go."""
    return max(1, amount.value * hosts // 100) if amount.percent else amount.value


def at_least(amount: Amount, hosts: int) -> int:
    """A size as a number of hosts: a share is rounded up."""
    return math.ceil(amount.value * hosts / 100) if amount.percent else amount.value


def budget(amount: Amount, hosts: int) -> int:
    """A budget as a number of hosts: a share is rounded down, and may come to none."""
    return amount.value * hosts // 100 if amount.percent else amount.value
