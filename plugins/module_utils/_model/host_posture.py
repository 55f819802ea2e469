# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: how a host is secured, as seen in one look, and what is expected of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .host import HostState

DAY = 86400.0
# How far /usr is looked at: by the times and links of its files, or every object by its checksum.
USR_LOOKS = ("quick", "full")
SELINUX_MODES = ("enforcing", "permissive", "disabled")
# What `ostree config-diff` and the like call a change.
MODIFIED, DELETED, ADDED = "modified", "deleted", "added"


@dataclass(frozen=True)
class Change:
    """A file that is not as the image has it: ``kind`` is modified, deleted or added; never what is in it."""

    kind: str
    path: str


@dataclass(frozen=True)
class Usr:
    """/usr as it is mounted. ``options`` are those of its mount (ro, rw, …); ``fstype`` is overlay where something
    lies over it. ``unlocked`` is ostree's word for a deployment that may be changed (development, hotfix, transient),
    None where it may not be. ``extensions`` says that the overlay is that of system extensions alone."""

    fstype: str
    options: tuple[str, ...] = ()
    unlocked: str | None = None
    extensions: bool = False

    @property
    def writable(self) -> bool:
        return "rw" in self.options


@dataclass(frozen=True)
class Drift:
    """What differs from the booted commit below /usr. ``look`` is how it was looked for (USR_LOOKS); ``counted`` is
    how many files were looked at; ``cut`` that there is more than what is listed."""

    look: str
    changes: tuple[Change, ...] = ()
    counted: int = 0
    cut: bool = False


@dataclass(frozen=True)
class Firewall:
    """What filters: the hooks that rules hang on, as found. ``input`` are the chains that see what comes in, with
    their policy and number of rules (``inet filter input``: ("drop", 4))."""

    tool: str
    input: Mapping[str, tuple[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Driver:
    """A unit that updates the host by itself. ``active`` and ``result`` are systemd's words."""

    unit: str
    active: str
    result: str = "success"


@dataclass(frozen=True)
class Advisory:
    """A security advisory that the next update would take care of."""

    name: str
    severity: str = "unknown"
    packages: tuple[str, ...] = ()
    cves: tuple[str, ...] = ()


@dataclass(frozen=True)
class HostPosture:
    """One look at how one host is secured.

    ``error`` says why nothing is known of it (it cannot be reached, it is no ostree host): then there is nothing else.
    ``gaps`` says, by the name of a field, why that could not be learned; such a field is None.
    """

    host: str
    error: str | None = None
    gaps: Mapping[str, str] = field(default_factory=dict)
    state: HostState | None = None
    # of the booted commit, seconds since the epoch
    committed: float | None = None
    usr: Usr | None = None
    drift: Drift | None = None
    etc: tuple[Change, ...] | None = None
    # the type of the default requirement of containers' policy.json; "" where there is none
    policy: str | None = None
    selinux: str | None = None
    lockdown: str | None = None
    # "" where the machine has no EFI
    secure_boot: str | None = None
    fips: bool | None = None
    firewalls: tuple[Firewall, ...] | None = None
    drivers: tuple[Driver, ...] | None = None
    advisories: tuple[Advisory, ...] | None = None
    sshd: Mapping[str, tuple[str, ...]] | None = None


@dataclass(frozen=True)
class Expected:
    """What is expected of one host. ``now`` is the controller's clock, seconds since the epoch.

    ``booted`` is the commit or the image's digest that it is to run, ``label`` what people call that, ``unplanned``
    why nothing says it. ``skip`` are names of checks that are not asked. ``etc_allowed`` are globs of files below
    /etc that may differ, beside those that every host changes. ``layered`` are packages that may be layered,
    ``overridden`` such that may be replaced or removed.
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
