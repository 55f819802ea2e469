# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what balancers do with traffic, the same for each of them.

A share is a pool's part of the requests in percent, a whole number. The shares of a balancer's pools sum to 100, or are
all 0 where nobody is sent anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# How finely a balancer can divide: by weights, to about a percent, or only by whole hosts that are up.
WEIGHTS, HOSTS = "weights", "hosts"


@dataclass(frozen=True)
class PoolHost:
    """A host of the inventory, as an adapter may find it behind the balancer. ``id`` is the cloud's name for it."""

    name: str
    pool: str
    address: str
    id: str


@dataclass(frozen=True)
class Member:
    """A host behind the balancer.

    ``serving``: its pool's share reaches it, that is, nobody took it out by itself. ``well`` is the balancer's own
    opinion of it, None while it has none; ``said`` is that in its words. ``sessions`` are those under way, where it
    counts them. A host of the pool that the balancer does not know is no member.
    """

    host: str
    pool: str
    serving: bool
    well: bool | None
    said: str
    sessions: int | None = None


@dataclass(frozen=True)
class Standing:
    """What a balancer does now, for every pool that the contract gives it.

    ``weights`` are each pool's, in the balancer's own unit, over all members (for HOSTS: how many are up). Those of
    a member that was taken out for a while count as if it were there: what is read here is what was decided, not who
    happens to be away. ``version`` is another text whenever anybody moved traffic, and the same otherwise.
    ``remarks`` are sentences on what makes shares less than true, such as clients that stay with a pool.
    """

    weights: Mapping[str, int]
    members: tuple[Member, ...]
    version: str
    remarks: tuple[str, ...] = ()
