# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the documents of the fleet engine: snapshot, targets, policy, plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, Optional, Tuple

from .host import HostState

SNAPSHOT_SCHEMA = "atomic.fleet/snapshot/v1"
PLAN_SCHEMA = "atomic.fleet/plan/v1"
JOURNAL_SCHEMA = "atomic.fleet/journal/v1"


@dataclass(frozen=True)
class SnapshotHost:
    """One line of a snapshot. ``state`` is None for a host that could not be observed; ``error`` says why.

    ``domains`` are the host variables that failure domains count by (zone, pool, rack, …).
    """

    name: str
    state: Optional[HostState] = None
    error: Optional[str] = None
    domains: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshot:
    hosts: Tuple[SnapshotHost, ...]


@dataclass(frozen=True)
class Target:
    """What is wanted, made exact: the commit to boot, and the refspec its origin shall keep."""

    checksum: str
    version: Optional[str] = None
    refspec: Optional[str] = None

    @property
    def label(self) -> str:
        return self.version or self.checksum[:12]


@dataclass(frozen=True)
class Amount:
    """A number of hosts, or a share of them in percent."""

    value: int
    percent: bool = False


@dataclass(frozen=True)
class Policy:
    """How a fleet may be changed. Amounts are of the hosts to change for waves, of all hosts for limits."""

    canary: Amount = Amount(1)
    waves: Tuple[Amount, ...] = (Amount(25, True), Amount(50, True), Amount(100, True))
    max_unavailable: Amount = Amount(25, True)
    domains: Mapping[str, Amount] = field(default_factory=dict)
    failure_budget: Amount = Amount(0)
    on_failure: str = "rollback_wave"
    bake_time: float = 0.0
    gates: Tuple[str, ...] = ("deployment", "failed_units", "greenboot")
    boot_timeout: float = 600.0
    stage_timeout: float = 1800.0


@dataclass(frozen=True)
class PlannedHost:
    """One host in the plan. ``action`` is update, none or skip; ``way_back`` is on_disk, fetchable or gone."""

    name: str
    action: str
    reason: str
    from_checksum: Optional[str] = None
    from_version: Optional[str] = None
    from_refspec: Optional[str] = None
    way_back: Optional[str] = None
    wave: Optional[int] = None
    domains: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Wave:
    name: str
    hosts: Tuple[str, ...]


@dataclass(frozen=True)
class FleetPlan:
    """A plan without its id: the id is the hash of everything in here (see _fleet.document)."""

    target: Target
    policy: Policy
    hosts: Tuple[PlannedHost, ...]
    waves: Tuple[Wave, ...]
    warnings: Tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        return any(host.action == "update" for host in self.hosts)
