# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: how a host is secured, as seen in one look, and what is expected of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .host import HostState
from .packages import Advisory

DAY = 86400.0
SELINUX_MODES = ("enforcing", "permissive", "disabled")
LOCKDOWN_MODES = ("none", "integrity", "confidentiality")
# What may be read to the last byte, which takes long.
VERIFIABLE = ("usr",)
MODIFIED, DELETED, ADDED = "modified", "deleted", "added"
# How many files of each kind a look brings home.
KEPT_FILES = 200


@dataclass(frozen=True)
class Change:
    """A file that is not as the image has it: ``kind`` is modified, deleted or added; never what is in it."""

    kind: str
    path: str


@dataclass(frozen=True)
class Usr:
    """/usr as it is mounted. ``options`` are those of its mount (ro, rw, …), ``fstype`` is overlay where something
    lies over it. ``unlocked`` is ostree's word for a deployment that may be changed (development, hotfix, transient),
    None where it may not be. ``composefs`` is whether an image stands for the deployment's folder, ``verity`` whether
    the kernel checks every file against it when it is read."""

    fstype: str
    options: tuple[str, ...] = ()
    unlocked: str | None = None
    composefs: bool = False
    verity: bool = False

    @property
    def writable(self) -> bool:
        return "rw" in self.options


@dataclass(frozen=True)
class Drift:
    """Files that are not as a commit has them; ``cut`` says that there are more. ``full`` is whether all were read."""

    changes: tuple[Change, ...] = ()
    cut: bool = False
    full: bool = False


@dataclass(frozen=True)
class Chain:
    """A chain of the firewall that sees what comes in. ``family`` is ip, ip6 or inet; ``blocks`` whether a rule of it
    may turn anything away (drop, reject, or a jump to where that may happen)."""

    family: str
    name: str
    policy: str
    rules: int
    blocks: bool

    @property
    def filters(self) -> bool:
        return self.policy != "accept" or self.blocks


@dataclass(frozen=True)
class Firewall:
    """What filters what comes in. ``ipv6`` is whether the host can be reached by IPv6 from outside."""

    chains: tuple[Chain, ...] = ()
    ipv6: bool = False


@dataclass(frozen=True)
class Driver:
    """A unit that updates the host by itself. ``active`` and ``result`` are systemd's words."""

    unit: str
    active: str
    result: str = "success"


@dataclass(frozen=True)
class HostPosture:
    """One look at how one host is secured.

    ``error`` says why nothing is known of it (it cannot be reached, it is no ostree host): then there is nothing else.
    ``gaps`` says, by the name of a field, why that could not be learned; such a field is None.

    ``committed`` is when what runs was made, in seconds since the epoch. ``policy`` is what containers' policy.json
    demands: types of requirements, by ``transport:scope`` (``docker:quay.io/os``), "" the default; empty without a
    file. ``secure_boot`` is on, off, or absent where the machine has no EFI. ``sshd`` is what it goes by (sshd -T).
    """

    host: str
    error: str | None = None
    gaps: Mapping[str, str] = field(default_factory=dict)
    state: HostState | None = None
    committed: float | None = None
    usr: Usr | None = None
    drift: Drift | None = None
    etc: Drift | None = None
    policy: Mapping[str, tuple[str, ...]] | None = None
    selinux: str | None = None
    lockdown: str | None = None
    secure_boot: str | None = None
    fips: bool | None = None
    firewall: Firewall | None = None
    drivers: tuple[Driver, ...] | None = None
    advisories: tuple[Advisory, ...] | None = None
    sshd: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Expected:
    """What is expected of one host. ``now`` is the controller's clock, in seconds since the epoch.

    ``booted`` is the commit or the image's digest that it is to run, ``label`` what people call that, ``unplanned``
    why nothing says it. ``skip`` are names of checks that are not asked. ``etc_allowed`` are globs of files below
    /etc that may differ, beside those that every host changes. ``layered`` are packages that may be layered,
    ``overridden`` such that may be replaced or removed. What is not demanded (``permissive``, ``none``, False) is
    neither passed nor failed.
    """

    now: float
    booted: str | None = None
    label: str = ""
    unplanned: str = "no plan was given that says what it is to run"
    skip: frozenset[str] = frozenset()
    etc_allowed: tuple[str, ...] = ()
    layered: tuple[str, ...] = ()
    overridden: tuple[str, ...] = ()
    selinux: str = "enforcing"
    lockdown: str = "integrity"
    secure_boot: bool = True
    fips: bool = False
    release_max_age: float = 90 * DAY
