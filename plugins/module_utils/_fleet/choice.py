# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what the planner makes of one host: change it, leave it, or skip it, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from .._host.gates import gate_troubles
from .._host.health import CHECKS, ailments
from .._model.fleet import ENOUGH, FETCHABLE, GONE, NONE, ON_DISK, SKIP, UNKNOWN, UPDATE, SnapshotHost, Target
from .._model.gate import Gate
from .._model.host import HostState
from .._parse.extension import CAPABILITY
from .layers import standing

# A kernel with its initramfs, written beside those of the deployments already there.
BOOT_NEEDS = 128 * 1024**2
# What a release adds to the repository where most of its objects are new.
SYSROOT_NEEDS = 512 * 1024**2
# ostree keeps this share of the file system free and refuses to pull into it (min-free-space-percent).
SYSROOT_KEEPS = 0.03


@dataclass(frozen=True)
class Choice:
    action: str
    reason: str


def choose(host: SnapshotHost, target: Target | None, without: str | None = None) -> Choice:
    """What is to happen to the host. ``target`` is None where none was given for it, ``without`` says
    why, for one that has nothing to go to."""
    state = host.state
    if state is None:
        return Choice(SKIP, "unreachable: {}".format(host.error or "it was not observed"))
    if not state.backend:
        return Choice(SKIP, "is no ostree host")
    if target is None:
        return Choice(SKIP, "no target was given for this host" if without is None else without.rstrip("."))
    if target.layers:
        return _layered(state, target)
    if state.backend != target.backend:
        return Choice(SKIP, "is a host of {}, the target is for {}".format(state.backend or "nothing", target.backend))
    booted, upcoming = state.booted, state.next_boot
    if booted is None:
        return Choice(SKIP, "runs no deployment")
    if booted.incompatible and state.backend == "bootc":
        return Choice(SKIP, "is incompatible with bootc: take what is layered off with `rpm-ostree reset`")
    if booted.is_at(target.checksum):
        if upcoming is not None and not upcoming.is_at(target.checksum):
            return Choice(NONE, f"runs {target.label} already, but would boot {upcoming.label} next")
        return Choice(NONE, f"runs {target.label} already")
    way = way_to(state, target)
    change = f"{booted.label} to {target.label}"
    if way == ON_DISK:
        return Choice(UPDATE, change + ", on disk already")
    if way == GONE:
        return Choice(SKIP, f"has no remote {remote_of(target.refspec)} to get {target.label} from")
    return Choice(UPDATE, change)


def _layered(state: HostState, target: Target) -> Choice:
    now = standing(state, target.layers)
    if now is None or not state.can(CAPABILITY):
        return Choice(SKIP, "has no systemd-sysext")
    if now.is_at(target.checksum):
        return Choice(NONE, f"has {target.label} already")
    return Choice(UPDATE, f"{now.label} to {target.label}")


def remote_of(refspec: str | None) -> str:
    return (refspec or "").partition(":")[0]


def way_to(state: HostState, target: Target) -> str:
    """How the host gets at a commit: on_disk, fetchable (its remote is configured), or gone.

    The booted deployment stays on disk when another is staged: to what it runs now, a host always has a way.
    """
    if any(one.is_at(target.checksum) for one in state.deployments):
        return ON_DISK
    if not target.refspec or any(one.name == remote_of(target.refspec) for one in state.remotes):
        return FETCHABLE
    return GONE


def way_back(state: HostState | None) -> str | None:
    """How the host gets back to what it runs now, once it runs something else. None where it runs nothing."""
    return ON_DISK if state is not None and state.booted is not None else None


def unavailable(host: SnapshotHost, gates: Collection[Gate]) -> str | None:
    """Why the host does not serve now, judged by the policy's gates; None where it does.

    Such a host uses up ``max_unavailable`` whether we touch it or not.
    """
    state = host.state
    if state is None:
        return "unreachable"
    # the first says most: where a unit fails, greenboot is often red on its account
    kinds = {gate.kind for gate in gates}
    ill = ailments(state, [name for name in CHECKS if name in kinds]) + gate_troubles(state, gates)
    return next(iter(ill), None)


def room(state: HostState, target: Target) -> str | None:
    """Whether the file systems have room for the target; None where it is on disk already and needs none."""
    if target.layers or way_to(state, target) == ON_DISK:
        return None
    if not any(space.mount in ("/boot", "/sysroot") for space in state.space):
        return UNKNOWN
    full = lacks_space(state)
    return ENOUGH if full is None else full[1:]


def lacks_space(state: HostState) -> str | None:
    """The file system that is too full for another deployment, or None. Unknown space is no complaint."""
    for space in state.space:
        if space.mount == "/boot" and space.free < BOOT_NEEDS:
            return "/boot"
        if space.mount == "/sysroot" and space.free < SYSROOT_NEEDS + space.total * SYSROOT_KEEPS:
            return "/sysroot"
    return None


def few(names: Iterable[str], most: int = 5) -> str:
    """Some names for a sentence: the first ones, and how many more there are."""
    every: tuple[str, ...] = tuple(names)
    rest = len(every) - most
    shown = ", ".join(every[:most])
    return shown if rest <= 0 else f"{shown} and {rest} more"
