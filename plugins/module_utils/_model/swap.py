# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: traffic goes from the pools that serve to another one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .gate import Gate

# Nothing to do; to a pool step by step; to a pool at once, as it is.
REST, FORWARD, BACK = "rest", "forward", "back"


@dataclass(frozen=True)
class PoolView:
    """A pool behind the balancers. ``share`` is the least that one of them gives it. ``at_target``: all of its hosts
    run what is wanted; None where that was not asked."""

    name: str
    share: int
    hosts: tuple[str, ...]
    at_target: bool | None = None


@dataclass(frozen=True)
class Course:
    """Where traffic is to go, and why. ``upgrade`` are the hosts that are brought to the target before."""

    kind: str
    to: str
    why: str
    upgrade: tuple[str, ...] = ()


@dataclass(frozen=True)
class SwapRules:
    """How traffic is moved. ``steps`` are shares of the new pool in percent, rising to 100; times are in seconds.

    ``floor`` is how many hosts have to be well for all of the traffic; of a part of it, that part. ``budget`` is how
    many of the new pool may be sick.
    """

    steps: tuple[int, ...]
    bake_time: float
    gates: tuple[Gate, ...]
    drain_time: float
    hold_time: float
    health_timeout: float
    floor: int
    budget: int


@dataclass(frozen=True)
class TrafficRecord:
    """What we last did with a balancer: the shares we left, and those that we were about to make."""

    shares: Mapping[str, int]
    intended: Mapping[str, int]
    at: str
    by: str
