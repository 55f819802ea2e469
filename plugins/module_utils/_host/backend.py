# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what a tool has to give so that deployments can be changed with it.

What is to be done is decided once, in deployment.py and boot.py; here is only how to say it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from .._command import ostree
from .._command.reboot import reboot_argv
from .._errors import HostError
from .._model.host import Deployment, HostState
from .._model.steps import Step
from .wish import Exact

Steps = tuple[Step, ...]


@dataclass(frozen=True)
class Staging:
    """How to stage. ``lock`` holds it back from plain reboots, ``cache_only`` fetches nothing, ``bypass_driver``
    goes ahead where something else is registered to update the host."""

    lock: bool = False
    cache_only: bool = False
    bypass_driver: bool = False


ORDINARY = Staging()


class Backend(Protocol):
    """One tool. Methods return steps, and raise HostError with a sentence where the tool or its version cannot."""

    def check(self, state: HostState) -> None:
        """Refuse a host whose deployments this tool cannot change."""

    def stay(self, state: HostState, before: tuple[tuple[int, Deployment], ...]) -> Steps:
        """Take away what would boot instead of what runs; ``before`` are those, with their places."""

    def back(self, state: HostState, exact: Exact) -> Steps | None:
        """Have what is on disk boot next as it stands, with the /etc it was left with; None where that cannot be."""

    def stage(self, state: HostState, exact: Exact, how: Staging) -> Steps:
        """Stage it, fetched where it is not there."""

    def fetch(self, state: HostState, exact: Exact) -> Steps:
        """Fetch it, and stage nothing."""

    def release(self, state: HostState, staged: Deployment) -> Steps:
        """Let what was held back be applied at the next reboot."""

    def reboot(self, state: HostState, target: Deployment) -> Steps:
        """Boot what boots next, unlocked first; the last step is the timer that reboots."""


def lock_means(state: HostState) -> str:
    """How what is staged is held back from plain reboots on this host: its tool's own option, ostree's verb, or, on
    older ones, the file that ostree heeds."""
    if state.backend == "rpm-ostree" and state.can("rpm-ostree-lock"):
        return "lock-finalization"
    if state.backend == "bootc" and state.can("bootc-download-only"):
        return "download-only"
    return "lock-finalization" if state.can("lock-finalization") else "lock-file"


def hold_back(state: HostState, staged: str) -> Step:
    """Lock what is staged. It is ostree that keeps what is staged, whichever tool staged it."""
    return Step("lock", f"lock the staged {staged}", ostree.lock(state.can("lock-finalization")))


def let_go(state: HostState, staged: Deployment) -> Step:
    """Unlock what is staged, with ostree again."""
    return Step("unlock", f"unlock the staged {staged.label}", ostree.unlock(state.can("lock-finalization")))


def dropped(state: HostState, staged: Deployment | None) -> Steps:
    """What is to follow when what is staged was taken away: older ostree leaves its lock behind, for whatever is
    staged next."""
    if staged is None or not staged.locked or state.can("lock-finalization"):
        return ()
    return (let_go(state, staged),)


def arm(label: str) -> Step:
    return Step("arm", f"have {label} finalised at shutdown", ostree.arm())


def plain_reboot(backend: Backend, state: HostState, target: Deployment) -> Steps:
    """Unlock, finalise, reboot."""
    steps: Steps = backend.release(state, target) if target.locked else ()
    if target.staged:
        steps += (arm(target.label),)
    return (*steps, reboot_step(target))


def reboot_step(target: Deployment, command: tuple[str, ...] = ("systemctl", "reboot")) -> Step:
    return Step("reboot", f"reboot into {target.label}", tuple(reboot_argv(command)))


def only_staged(state: HostState) -> HostError:
    return HostError(state.host, "no tool fetches an image without staging it")


def root_only(state: HostState) -> None:
    if not state.can("root"):
        raise HostError(state.host, "deployments can only be changed by root: set become, or connect as root")


def carries_rpm_ostree(state: HostState) -> bool:
    """Whether rpm-ostree is there, if only beside bootc: it can do what bootc has no command for."""
    return state.backend == "rpm-ostree" or state.can("rpm-ostree-lock")
