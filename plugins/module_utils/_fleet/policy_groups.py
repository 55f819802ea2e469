# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the groups of a policy: what they say themselves, and what they inherit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Callable

from .._model.policy import Amount, Group, Policy
from .reader import Reader

# What a group may say itself. The others are about the whole fleet.
GROUP_KEYS = (
    "canary",
    "waves",
    "max_unavailable",
    "failure_budget",
    "on_failure",
    "bake_time",
    "gates",
    "boot_timeout",
    "stage_timeout",
    "windows",
    "drains",
)
_ALL = Amount(100, True)

# One key of a policy (its name, what sentences call it, its value) as fields of Policy.
Part = Callable[[Reader, str, str, Any], Mapping[str, Any]]


def parse_groups(read: Reader, key: str, value: Any, fleet: Policy, part: Part) -> tuple[Group, ...]:
    if not isinstance(value, list):
        read.wrong(key, "must be a list of groups, such as [{where: {pool: database}, max_unavailable: 1}]")
    return tuple([_group(read, f"{key}[{index}]", one, fleet, part) for index, one in enumerate(value)])


def _group(read: Reader, key: str, value: Any, fleet: Policy, part: Part) -> Group:
    if not isinstance(value, dict) or len(value) < 2:
        read.wrong(key, "must have where, and what holds for these hosts, such as max_unavailable")
    read.only(key, value, ("where", *GROUP_KEYS))
    where = read.where(f"{key}.where", value.get("where"))
    found: dict[str, Any] = {}
    for name, one in value.items():
        if name != "where":
            found.update(part(read, name, f"{key}.{name}", one))
    return Group(where, replace(inherited(fleet), **found))


def inherited(fleet: Policy) -> Policy:
    """The policy of a group that says nothing itself."""
    return replace(fleet, canary=Amount(0), canary_hosts=(), max_unavailable=_ALL, failure_budget=_ALL, groups=())


def render_groups(fleet: Policy, render: Callable[[Policy], dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each group with what it says itself, as parse_groups reads it."""
    given = render(inherited(fleet)) if fleet.groups else {}
    for group in fleet.groups:
        every = render(group.policy)
        own = {key: every[key] for key in GROUP_KEYS if every[key] != given[key]}
        # a group that says only what holds anyway is still one: its hosts go in waves of their own
        yield {"where": dict(sorted(group.where.items())), **(own or {"on_failure": every["on_failure"]})}
