# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: shares by whole hosts that are up or down, where a balancer knows no more of them than that.

A host that is down may be so by its pool's share, or because somebody took it out for a while. A pool that serves alone
has all of its hosts up, so there one that is down was taken out. While several pools serve, only who took it out knows.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

_DIGITS = re.compile(r"([0-9]+)")


@dataclass(frozen=True)
class Candidate:
    """A host that could be up. ``up``: it is by now, as decided. ``sick``: nobody should be sent there."""

    host: str
    pool: str
    up: bool
    sick: bool
    well: bool


def decided(up: Mapping[str, bool], pools: Mapping[str, str], away: Collection[str]) -> frozenset[str]:
    """The hosts that are to be up as far as shares go. ``up`` is every host that the balancer knows, ``pools`` the
    pool of each, ``away`` those that are known to have been taken out."""
    there = {host for host, state in up.items() if state or host in away}
    serving = {pools[host] for host in there}
    if len(serving) == 1:
        there |= {host for host in up if pools[host] in serving}
    return frozenset(there)


def weights(there: Collection[str], pools: Mapping[str, str], names: Iterable[str]) -> dict[str, int]:
    """How many of each pool; ``names`` are the pools."""
    return {name: sum(1 for host in there if pools[host] == name) for name in names}


def version(there: Collection[str], known: Collection[str], pools: Mapping[str, str]) -> str:
    """Another text for every other decision. A pool that is up as a whole stays so when a host joins it."""
    said = {}
    for pool in sorted({pools[host] for host in there}):
        whole = {host for host in known if pools[host] == pool}
        mine = {host for host in there if pools[host] == pool}
        said[pool] = ["*"] if mine == whole else sorted(mine)
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def chosen(counts: Mapping[str, int], candidates: Iterable[Candidate]) -> frozenset[str]:
    """So many of each pool: no sick one where there is another, those that are up already first, then by name."""
    best = sorted(candidates, key=lambda one: (one.sick, not one.up, not one.well, by_number(one.host)))
    left, found = dict(counts), set()
    for one in best:
        if left.get(one.pool, 0) > 0:
            left[one.pool] -= 1
            found.add(one.host)
    return frozenset(found)


def by_number(name: str) -> tuple[tuple[int, str], ...]:
    """Sorts web-2 before web-10."""
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in _DIGITS.split(name) if part)
