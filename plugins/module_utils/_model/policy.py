# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: how a fleet may be changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .gate import Gate
from .window import UTC_NAME, Window

HALT, ROLLBACK_WAVE, ROLLBACK_ALL = "halt", "rollback_wave", "rollback_all"
# what is done on every host before the first wave: nothing, fetch, or fetch and stage, held back from plain reboots
NO_PREFETCH, PULL, LOCKED = "none", "pull", "locked"
# a wave of twice the size of the one before
DOUBLE = "double"
# in an order, the hosts of all values that it does not name
OTHERS = "*"
# must a host check signatures
REQUIRED, ANY = "required", "any"


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

    ``failure_domains`` says how many hosts may fail of every value of a host variable, beside ``failure_budget``.
    ``groups`` have policies of their own; a host is in the first that has it.

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
    failure_domains: Mapping[str, Amount] = field(default_factory=dict)
    groups: tuple[Group, ...] = ()
    drains: tuple[Gate, ...] = ()
    signatures: str = ANY

    def group_of(self, domains: Mapping[str, str]) -> int | None:
        """The index of the group that a host of these domains is in; None where it is in none."""
        for index, group in enumerate(self.groups):
            if group.has(domains):
                return index
        return None

    def of(self, domains: Mapping[str, str]) -> Policy:
        """The policy by which a host of these domains is changed."""
        group = self.group_of(domains)
        return self if group is None else self.groups[group].policy


@dataclass(frozen=True)
class Group:
    """Hosts with a policy of their own, by their host variables. ``policy`` is whole: what the group does not say
    itself is the fleet's, but for ``canary`` (none), ``max_unavailable`` and ``failure_budget`` (all): these are
    amounts of the group's hosts, and count beside the fleet's."""

    where: Mapping[str, str]
    policy: Policy

    def has(self, domains: Mapping[str, str]) -> bool:
        return all(domains.get(key) == value for key, value in self.where.items())

    @property
    def label(self) -> str:
        return ", ".join([f"{key} {value}" for key, value in sorted(self.where.items())])
