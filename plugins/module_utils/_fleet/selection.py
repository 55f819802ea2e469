# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the keys of a policy that say which hosts are left out, and which go before which."""

from __future__ import annotations

from typing import Any

from .._model.policy import OTHERS, Exclusion, Order
from .reader import Reader


def parse_exclude(read: Reader, key: str, value: Any) -> tuple[Exclusion, ...]:
    if not isinstance(value, list):
        read.wrong(key, 'must be a list of hosts and reasons, such as [{hosts: [edge-7], reason: "in repair"}]')
    return tuple([_exclusion(read, f"{key}[{index}]", one) for index, one in enumerate(value)])


def _exclusion(read: Reader, key: str, value: Any) -> Exclusion:
    if not isinstance(value, dict):
        read.wrong(key, "must have a reason, and hosts or where")
    read.only(key, value, ("hosts", "where", "reason"))
    if "hosts" not in value and "where" not in value:
        read.wrong(key, "must have hosts or where, or it would leave out the whole fleet")
    return Exclusion(
        read.text(f"{key}.reason", value.get("reason")),
        read.names(f"{key}.hosts", value["hosts"]) if "hosts" in value else (),
        read.where(f"{key}.where", value["where"]) if "where" in value else {},
    )


def render_exclusion(one: Exclusion) -> dict[str, Any]:
    asked = {"hosts": list(one.hosts), "where": dict(sorted(one.where.items()))}
    return {**{key: value for key, value in asked.items() if value}, "reason": one.reason}


def parse_order(read: Reader, key: str, value: Any) -> Order | None:
    if isinstance(value, dict) and not value:
        return None
    if not isinstance(value, dict) or len(value) != 1:
        read.wrong(key, 'must map one host variable to its values in order, such as {pool: [cache, "*", database]}')
    ((name, values),) = value.items()
    variable = read.variable(key, name)
    found = read.names(f"{key}.{variable}", values)
    if OTHERS not in found:
        read.wrong(f"{key}.{variable}", f'must have "{OTHERS}" in the place of the hosts with any other value')
    return Order(variable, found)


def render_order(order: Order | None) -> dict[str, Any]:
    return {order.variable: list(order.values)} if order else {}
