# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what one host is and does, as seen in one observation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# How the names of our own transient units begin.
OUR_UNITS = "atomic-fleet-"
# Seconds for a tool to say its status: rpm-ostree's daemon has to be waited for where it starts, and may hang.
STATUS_PATIENCE = 30
# What updates a host by itself where it is active.
UPDATE_DRIVERS = ("zincati.service", "rpm-ostreed-automatic.timer", "bootc-fetch-apply-updates.timer")


@dataclass(frozen=True)
class Deployment:
    """One bootable system on a host.

    ``checksum`` is the ostree commit (64 hex digits), ``refspec`` is ``remote:ref`` or None where the
    origin names none, ``serial`` tells deployments of one checksum apart. ``image`` is the container image it
    was made of, in the words of ostree's origins (``ostree-image-signed:docker://quay.io/os:stable``), and
    ``digest`` that of its manifest (``sha256:…``). ``locked`` holds back what is staged from plain reboots.

    Where packages are laid over, ``base_checksum`` is what lies below, ``requested_*`` is what was asked for
    (``requested_local`` from files), ``packages`` what was added for it; ``removed`` and ``replaced`` are
    requested overrides of the base. ``live`` is the commit whose files the booted system was given since it
    booted (apply-live). ``incompatible`` says that bootc does not go on from here.
    """

    checksum: str
    stateroot: str
    serial: int = 0
    version: str | None = None
    refspec: str | None = None
    booted: bool = False
    staged: bool = False
    locked: bool = False
    pinned: bool = False
    image: str | None = None
    digest: str | None = None
    base_checksum: str | None = None
    requested_packages: tuple[str, ...] = ()
    requested_local: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    incompatible: bool = False
    live: str | None = None

    @property
    def label(self) -> str:
        """What people call it: the version, or the start of the checksum where it has none."""
        return self.version or self.checksum[:12]

    @property
    def layered(self) -> bool:
        return bool(self.requested_packages or self.requested_local or self.removed or self.replaced)

    @property
    def base(self) -> str:
        """The commit below all that is layered."""
        return self.base_checksum or self.checksum

    def is_at(self, wanted: str) -> bool:
        """Whether it is what ``wanted`` names: a commit, its own or that of its base, or an image's digest."""
        return wanted in (self.checksum, self.base_checksum, self.digest)


@dataclass(frozen=True)
class Remote:
    """An ostree remote as the host's configuration has it."""

    name: str
    url: str
    gpg_verify: bool = True
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Space:
    """A file system, in bytes."""

    mount: str
    total: int
    free: int


@dataclass(frozen=True)
class Health:
    """What the host says of itself. ``system`` is systemd's word (running, degraded, starting, …);
    ``greenboot`` is green, red or None where no verdict is kept."""

    system: str = "unknown"
    failed_units: tuple[str, ...] = ()
    greenboot: str | None = None


@dataclass(frozen=True)
class Unit:
    """A transient unit of ours: long work that outlives the connection.

    ``active`` while it runs; ``result`` is systemd's Result, ``exit_status`` of the main process.
    """

    name: str
    active: bool
    result: str = "success"
    exit_status: int = 0
    output: str = ""


@dataclass(frozen=True)
class CachedUpdate:
    """What the host's own tool last saw as the next update; it may be old by now."""

    version: str | None = None
    checksum: str | None = None
    digest: str | None = None


@dataclass(frozen=True)
class Hold:
    """Who keeps the host from updating itself, for which plan, and since when (the host's clock, UTC).

    ``units`` do not start while it is held; ``missing`` are the /etc (of what runs, and of the deployments on
    disk) that do not say so yet."""

    owner: str
    plan: str | None = None
    since: str = ""
    units: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Extension:
    """A system extension (systemd-sysext). ``path`` is None where it is merged and no longer on disk; ``merged``
    is false where it changed since. ``checksum`` is what was written down when it was put there, None where
    somebody else did that or changed it."""

    name: str
    path: str | None = None
    checksum: str | None = None
    merged: bool = False


@dataclass(frozen=True)
class HostState:
    """One observation of one host. ``deployments`` are in boot order: the first boots next.

    ``backend`` is the tool that drives it: ostree, rpm-ostree or bootc. ``transaction`` is what rpm-ostree's
    daemon is busy with. ``architecture`` is the machine's own word (x86_64), ``variant`` os-release's. ``gates`` says
    why it does not pass each gate that it was asked, by the gate's key (_parse.gates); nothing where it passes.
    ``node_id`` is what Zincati calls the host, whether it runs there or not. ``installed`` is the release of the disk
    image that the host was made of, where that says so.
    """

    host: str
    backend: str
    boot_id: str
    deployments: tuple[Deployment, ...]
    health: Health = Health()
    space: tuple[Space, ...] = ()
    remotes: tuple[Remote, ...] = ()
    kernel_arguments: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    tool_version: str | None = None
    update_driver: str | None = None
    units: tuple[Unit, ...] = ()
    uptime: float = 0.0
    transaction: str | None = None
    cached_update: CachedUpdate | None = None
    architecture: str | None = None
    variant: str | None = None
    hold: Hold | None = None
    extensions: tuple[Extension, ...] = ()
    gates: Mapping[str, str] = field(default_factory=dict)
    node_id: str | None = None
    installed: str | None = None

    @property
    def booted(self) -> Deployment | None:
        return next((d for d in self.deployments if d.booted), None)

    @property
    def next_boot(self) -> Deployment | None:
        """What a reboot would bring up; a staged but locked deployment is not it."""
        return next((d for d in self.deployments if not (d.staged and d.locked)), None)

    @property
    def staged(self) -> Deployment | None:
        return next((d for d in self.deployments if d.staged), None)

    @property
    def previous(self) -> Deployment | None:
        """The way back: the first deployment after the booted one in boot order."""
        seen = False
        for deployment in self.deployments:
            if seen:
                return deployment
            seen = deployment.booted
        return None

    @property
    def reboot_required(self) -> bool:
        """True as long as something else than what runs boots next."""
        upcoming, running = self.next_boot, self.booted
        if upcoming is None or running is None:
            return False
        return (upcoming.checksum, upcoming.serial, upcoming.staged) != (
            running.checksum,
            running.serial,
            running.staged,
        )

    def extension(self, name: str) -> Extension | None:
        return next((one for one in self.extensions if one.name == name), None)

    def can(self, capability: str) -> bool:
        return capability in self.capabilities
