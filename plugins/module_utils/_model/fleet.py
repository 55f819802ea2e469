# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the documents of the fleet engine: snapshot, targets, plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from .host import Deployment, HostState
from .layer import Layer
from .pace import Pace
from .packages import NOT_STAGED, PackageDiff
from .policy import Policy

SNAPSHOT_SCHEMA = "atomic.fleet/snapshot/v1"
PLAN_SCHEMA = "atomic.fleet/plan/v1"

UPDATE, NONE, SKIP = "update", "none", "skip"
ON_DISK, FETCHABLE, GONE = "on_disk", "fetchable", "gone"
ENOUGH, BOOT, SYSROOT, UNKNOWN = "enough", "boot", "sysroot", "unknown"


@dataclass(frozen=True)
class SnapshotHost:
    """One line of a snapshot. ``state`` is None for a host that could not be observed; ``error`` says why.

    ``domains`` are the host variables that failure domains count by (zone, pool, rack, …).
    """

    name: str
    state: HostState | None = None
    error: str | None = None
    domains: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshot:
    """The whole fleet as seen once. ``at`` is the time of observing, ISO 8601 in UTC."""

    hosts: tuple[SnapshotHost, ...]
    fleet: str = "fleet"
    at: str = ""


@dataclass(frozen=True)
class Target:
    """What is wanted, made exact: the commit to boot, and the refspec its origin shall keep; or the digest of an
    image's manifest (``sha256:…``, in ``checksum`` too), and the ``image`` it is of. Or the extensions to be layered:
    then the checksum is of ``layers`` together (_fleet.layers)."""

    checksum: str
    version: str | None = None
    refspec: str | None = None
    backend: str = "ostree"
    image: str | None = None
    layers: tuple[Layer, ...] = ()

    @property
    def label(self) -> str:
        return self.version or self.checksum.removeprefix("sha256:")[:12]


@dataclass(frozen=True)
class PlannedHost:
    """One host in the plan. ``action`` is update, none or skip; ``way_back`` is on_disk, fetchable or gone.

    ``from_*`` is what it runs: where packages are layered, ``from_base`` is what lies below ``from_checksum``.
    ``wave`` is the index in the plan's waves. ``unavailable`` says why the host does not serve already now,
    so it uses up the budget whether it is changed or not; None for a host that serves. ``locked_staging`` is how
    the host can hold back what is staged from plain reboots, ``node_id`` what FleetLock knows it by. ``excluded``
    hosts are no part of what limits and budgets count. ``pinned``: the way back stays on disk until
    somebody takes the pin off. ``room`` is for what has to be fetched (ENOUGH, BOOT, SYSROOT where there is little, or
    UNKNOWN).
    """

    name: str
    action: str
    reason: str
    target: Target | None = None
    from_checksum: str | None = None
    from_version: str | None = None
    from_refspec: str | None = None
    way_back: str | None = None
    wave: int | None = None
    unavailable: str | None = None
    domains: Mapping[str, str] = field(default_factory=dict)
    from_base: str | None = None
    from_image: str | None = None
    from_digest: str | None = None
    from_layers: tuple[Layer, ...] = ()
    locked_staging: str | None = None
    excluded: bool = False
    node_id: str | None = None
    pinned: bool = False
    room: str | None = None

    @property
    def was(self) -> Deployment | None:
        """What it ran when the plan was made; None where it ran nothing."""
        if self.from_checksum is None:
            return None
        return Deployment(
            self.from_checksum,
            "",
            version=self.from_version,
            refspec=self.from_refspec,
            image=self.from_image,
            digest=self.from_digest,
            base_checksum=self.from_base,
        )

    @property
    def from_label(self) -> str:
        return self.from_version or (self.from_checksum or "nothing")[:12]


@dataclass(frozen=True)
class Wave:
    name: str
    hosts: tuple[str, ...]


@dataclass(frozen=True)
class PlannedPackages:
    """What changes for the hosts that go from one system to one target. ``from_id`` is the digest of the image that
    they run, else the commit, below what is layered."""

    from_id: str
    from_version: str | None
    target: Target
    diff: PackageDiff = NOT_STAGED

    @property
    def label(self) -> str:
        return f"{self.from_version or self.from_id.removeprefix('sha256:')[:12]} -> {self.target.label}"


@dataclass(frozen=True)
class FleetPlan:
    """A plan without its id: the id is the hash of everything in here but ``packages`` and ``pace``, by which waves
    are estimated (see _fleet.plan_file).

    ``undo`` is set where it takes another plan back: hosts that update themselves stay held after it.
    """

    fleet: str
    targets: tuple[Target, ...]
    policy: Policy
    hosts: tuple[PlannedHost, ...]
    waves: tuple[Wave, ...]
    warnings: tuple[str, ...] = ()
    packages: tuple[PlannedPackages, ...] = ()
    undo: bool = False
    pace: Pace | None = None

    @property
    def changes(self) -> bool:
        return bool(self.waves)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The extensions this plan is about; none where it is about what is booted."""
        return next((target.layers for target in self.targets if target.layers), ())

    @cached_property
    def by_name(self) -> Mapping[str, PlannedHost]:
        return {host.name: host for host in self.hosts}

    @cached_property
    def counted(self) -> tuple[PlannedHost, ...]:
        """The hosts that limits and budgets are counted over: all that the policy does not leave out."""
        return tuple([host for host in self.hosts if not host.excluded])

    def policy_of(self, wave: int) -> Policy:
        """The policy by which a wave goes: that of the group that its hosts are in."""
        return self.policy_for(self.waves[wave].hosts[0])

    def policy_for(self, host: str) -> Policy:
        """The policy of the group that the host is in; the fleet's where it is in none."""
        return self.policy.of(self.by_name[host].domains) if self.policy.groups else self.policy
