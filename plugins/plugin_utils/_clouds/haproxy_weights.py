# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the weights of a backend of HAProxy: what they mean for pools, and how they are moved."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ...module_utils._fleet.shares import member_weights, percent
from ...module_utils._model.traffic import Member, Standing
from ...module_utils._parse.haproxy import MOST_WEIGHT, Stat, State
from .model import TrafficError


@dataclass(frozen=True)
class Backend:
    """``who`` is for sentences; ``pools`` are the balancer's, ``pool_of`` leads from a host to its own."""

    who: str
    name: str
    pools: tuple[str, ...]
    pool_of: Mapping[str, str]


@dataclass(frozen=True)
class Look:
    """``weights`` are those of the servers that are hosts, by name."""

    standing: Standing
    weights: Mapping[str, int]


def look(backend: Backend, states: Iterable[State], stats: Iterable[Stat]) -> Look:
    """What stands. Raises TrafficError where shares would not be what they seem."""
    said = {stat.name: stat for stat in stats}
    members, weights = [], {}
    for state in states:
        stat = said.get(state.name) or Stat(state.name, "", 0, "", backup=False)
        pool = backend.pool_of.get(state.name)
        if pool is None:
            _refuse_stranger(backend, state, stat)
            continue
        if stat.backup:
            raise TrafficError(
                f"{backend.who}: {backend.name}/{state.name} is a backup server, which no share reaches: take `backup` "
                "off it in HAProxy's configuration."
            )
        serving = not (state.maintained or state.drained)
        members.append(Member(state.name, pool, serving, state.well, str(stat), stat.sessions))
        weights[state.name] = state.weight
    of_pools = {pool: sum(weights[member.host] for member in members if member.pool == pool) for pool in backend.pools}
    return Look(Standing(of_pools, tuple(members), _version(weights)), weights)


def _refuse_stranger(backend: Backend, state: State, stat: Stat) -> None:
    if state.weight and not state.maintained and not stat.backup:
        raise TrafficError(
            f"{backend.who}: {backend.name}/{state.name} has weight {state.weight} and is no host of "
            f"{', '.join(backend.pools)}: name servers as their hosts, or give it weight 0 or maintenance."
        )


def _version(weights: Mapping[str, int]) -> str:
    text = "\n".join(f"{name} {weight}" for name, weight in sorted(weights.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def weights_for(shares: Mapping[str, int], found: Look) -> dict[str, int]:
    """The weight of each server, so that the pools get their shares."""
    members = found.standing.members
    sizes = {pool: sum(member.pool == pool for member in members) for pool in shares}
    each = member_weights(shares, sizes, MOST_WEIGHT)
    return {member.host: each[member.pool] for member in members}


def have_servers(backend: Backend, shares: Mapping[str, int], found: Look) -> None:
    """Raises TrafficError: a pool is to get a share, and there is nobody who would get it."""
    for pool in sorted(pool for pool, share in shares.items() if share):
        those = [member for member in found.standing.members if member.pool == pool]
        if not any(member.serving for member in those):
            what = "all its servers are drained or in maintenance" if those else "none of its hosts is a server"
            raise TrafficError(
                f"{backend.who}: {pool} is to get {shares[pool]} %, and {what} of {backend.name}; nothing was moved: "
                "see to its servers first."
            )


@dataclass(frozen=True)
class Move:
    """From one look to what is wanted, in as many goes as it takes."""

    shares: Mapping[str, int]
    begun: Look
    wanted: Mapping[str, int]

    def done(self, found: Look) -> bool:
        """It stands, maybe in other figures: shares are so, and those of a pool are alike."""
        if found.weights == self.wanted:
            return True
        alike = all(
            len({found.weights[member.host] for member in found.standing.members if member.pool == pool}) <= 1
            for pool in self.shares
        )
        return alike and percent(found.standing.weights) == self.shares

    def ours(self, found: Look) -> bool:
        """Nobody else's hand: each server has the weight it had, or the one it is to have."""
        return found.weights.keys() == self.wanted.keys() and all(
            weight in (self.begun.weights[name], self.wanted[name]) for name, weight in found.weights.items()
        )

    def raised(self, found: Look) -> dict[str, int]:
        """First: whatever comes in between, somebody serves."""
        return {name: weight for name, weight in self.wanted.items() if weight > found.weights[name]}

    def lowered(self, found: Look) -> dict[str, int]:
        return {name: weight for name, weight in self.wanted.items() if weight < found.weights[name]}
