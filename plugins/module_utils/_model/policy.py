# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: how a fleet may be changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .gate import Gate
from .window import UTC_NAME, Window

HALT, ROLLBACK_WAVE = "halt", "rollback_wave"
# what is done on every host before the first wave: nothing, fetch, or fetch and stage, held back from plain reboots
NO_PREFETCH, PULL, LOCKED = "none", "pull", "locked"
# a wave of twice the size of the one before
DOUBLE = "double"
# in an order, the hosts of all values that it does not name
OTHERS = "*"


@dataclass(frozen=True)
class Amount:
    """A number of hosts, or a share of them in percent."""

    value: int
    percent: bool = False

    def __str__(self) -> str:
        return f"{self.value}%" if self.percent else str(self.value)


@dataclass(frozen=True)
class Exclusion:
    """Hosts that are left out, and why: those that a name or glob of ``hosts`` fits and that have the values of
    ``where``. What is empty asks nothing."""

    reason: str
    hosts: tuple[str, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Order:
    """The hosts one group after the other: the values of a host variable, with OTHERS among them."""

    variable: str
    values: tuple[str, ...]

    def rank(self, domains: Mapping[str, str]) -> int:
        value = domains.get(self.variable, "")
        return self.values.index(value if value in self.values else OTHERS)


@dataclass(frozen=True)
class Policy:
    """How a fleet may be changed. Times are in seconds.

    ``canary`` and ``waves`` are amounts of the hosts to change, each wave's its own size or DOUBLE, the last one
    repeated until every host has its turn. ``max_unavailable``, ``domains`` and ``failure_budget`` are
    amounts of all hosts (of all hosts in the domain). ``canary_hosts`` names the canaries instead. Without
    ``windows`` hosts may be taken away at any time.
    """

    canary: Amount = Amount(1)
    canary_hosts: tuple[str, ...] = ()
    waves: tuple[Amount | str, ...] = (Amount(25, True), Amount(50, True), Amount(100, True))
    max_unavailable: Amount = Amount(25, True)
    domains: Mapping[str, Amount] = field(default_factory=dict)
    failure_budget: Amount = Amount(0)
    on_failure: str = ROLLBACK_WAVE
    bake_time: float = 0.0
    gates: tuple[Gate, ...] = (Gate("deployment"), Gate("failed_units"), Gate("greenboot"))
    boot_timeout: float = 600.0
    stage_timeout: float = 1800.0
    exclude: tuple[Exclusion, ...] = ()
    order: Order | None = None
    windows: tuple[Window, ...] = ()
    time_zone: str = UTC_NAME
    prefetch: str = NO_PREFETCH
