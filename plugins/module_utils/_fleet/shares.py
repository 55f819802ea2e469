# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: shares in percent, and what each kind of balancer has to be told for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .._errors import ArgumentError
from .._model.traffic import HOSTS, Standing

WHOLE = 100


def percent(weights: Mapping[str, int]) -> dict[str, int]:
    """Weights in whatever unit -> shares: 100 in all, by largest remainder; a weight that is not 0 is at least 1."""
    total = sum(weights.values())
    if total <= 0:
        return dict.fromkeys(weights, 0)
    exact = {pool: weight * WHOLE / total for pool, weight in weights.items()}
    shares = {pool: max(int(part), 1 if weights[pool] else 0) for pool, part in exact.items()}
    left = WHOLE - sum(shares.values())
    by_rest = sorted(exact, key=lambda pool: exact[pool] - shares[pool], reverse=True)
    for pool in by_rest[: max(left, 0)]:
        shares[pool] += 1
    for _over in range(-left):
        # the many that are hardly there take it from who has most
        shares[max(shares, key=lambda pool: shares[pool])] -= 1
    return shares


def completed(given: Mapping[str, Any], pools: list[str], balancer: str) -> dict[str, int]:
    """What a user wrote -> the shares of all pools. One pool may be left out: it gets the rest.

    Raises ArgumentError.
    """
    for pool, share in given.items():
        if pool not in pools:
            raise ArgumentError(
                f"{balancer}: {pool!r} is none of its pools; it knows {', '.join(sorted(pools)) or 'none'}."
            )
        if isinstance(share, bool) or not isinstance(share, int) or not 0 <= share <= WHOLE:
            raise ArgumentError(f"{balancer}: the share of {pool} is {share!r}; give a whole number from 0 to 100.")
    rest, total = [pool for pool in pools if pool not in given], sum(given.values())
    if total > WHOLE or (total < WHOLE and len(rest) != 1):
        raise ArgumentError(
            f"{balancer}: shares are {written(given)}, {total} in all; they have to be 100, or leave out one pool of "
            f"{', '.join(sorted(pools))}, which gets the rest."
        )
    return {pool: given.get(pool, WHOLE - total if len(rest) == 1 else 0) for pool in pools}


def member_weights(shares: Mapping[str, int], sizes: Mapping[str, int], most: int) -> dict[str, int]:
    """The weight of each member of each pool, so that pools get their shares though their sizes differ.

    As fine as weights of at most ``most`` allow. A pool without members gets 0; a share that is not 0 is at least 1.
    """
    each = {pool: share / sizes[pool] if sizes.get(pool) else 0.0 for pool, share in shares.items()}
    top = max(each.values(), default=0.0)
    if top <= 0:
        return dict.fromkeys(shares, 0)
    return {pool: max(round(part * most / top), 1) if part else 0 for pool, part in each.items()}


def hosts_up(shares: Mapping[str, int], sizes: Mapping[str, int]) -> dict[str, int]:
    """How many members of each pool are to be up, where a balancer knows no weights.

    A pool with a share has at least one. Of all that come equally near, the one with most hosts up.
    """
    pools = [pool for pool, share in shares.items() if share and sizes.get(pool)]
    if not pools:
        return dict.fromkeys(shares, 0)
    wanted = sum(shares[pool] for pool in pools)

    def miss(up: Mapping[str, int]) -> tuple[float, int]:
        total = sum(up.values())
        return max(abs(up[pool] / total - shares[pool] / wanted) for pool in pools), -total

    best = min(_candidates(pools, shares, sizes), key=miss)
    return {pool: best.get(pool, 0) for pool in shares}


def _candidates(pools: list[str], shares: Mapping[str, int], sizes: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """For every number of hosts that the first to be full could have: the others in proportion."""
    for lead in pools:
        for count in range(1, sizes[lead] + 1):
            yield {pool: min(max(round(count * shares[pool] / shares[lead]), 1), sizes[pool]) for pool in pools}


def attainable(shares: Mapping[str, int], grain: str, seen: Standing) -> dict[str, int]:
    """What of these shares the balancer can do: all of them by weights, else the nearest by whole hosts."""
    if grain != HOSTS:
        return dict(shares)
    sizes = {pool: sum(1 for member in seen.members if member.pool == pool) for pool in shares}
    return percent(hosts_up(shares, sizes))


def written(shares: Mapping[str, int]) -> str:
    """``blue 75, green 25``."""
    return ", ".join(f"{pool} {share}" for pool, share in sorted(shares.items())) or "none"
