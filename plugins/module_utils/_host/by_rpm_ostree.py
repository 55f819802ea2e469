# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: deployments changed through rpm-ostree, which keeps what is layered on them."""

from __future__ import annotations

from .._command import rpm_ostree
from .._errors import HostError
from .._model.host import Deployment, HostState
from .._model.steps import Step
from .backend import ORDINARY, Staging, Steps, arm, dropped, hold_back, let_go, only_staged, reboot_step, root_only
from .images import pinned
from .wish import Exact


class ByRpmOstree:
    """Fedora CoreOS, Fedora IoT, RHEL for Edge, Atomic desktops."""

    def check(self, state: HostState) -> None:
        root_only(state)

    def stay(self, state: HostState, before: tuple[tuple[int, Deployment], ...]) -> Steps:
        labels = ", ".join(entry.label for _index, entry in before)
        step = Step("cleanup", f"take {labels} away, which would boot next", rpm_ostree.cleanup_pending())
        return (step, *dropped(state, state.staged))

    def back(self, state: HostState, exact: Exact) -> Steps | None:
        behind = state.previous
        if behind is None or behind.checksum != exact.checksum:
            return None
        steps: list[Step] = []
        if not state.deployments[0].booted:
            label = state.deployments[0].label
            steps.append(Step("cleanup", f"take {label} away, which would boot next", rpm_ostree.cleanup_pending()))
            steps += dropped(state, state.staged)
        return (*steps, Step("rollback", f"boot {exact.label} next", rpm_ostree.rollback()))

    def stage(self, state: HostState, exact: Exact, how: Staging) -> Steps:
        own = state.can("rpm-ostree-lock")
        argv = _command(state, exact, _flags(state, exact, how, own))
        steps: Steps = (Step("stage", f"stage {exact.label} for the next boot", argv), arm(exact.label))
        if not how.lock and state.staged is not None and state.staged.locked:
            steps = (*self.release(state, state.staged), *steps)
        return (*steps, hold_back(state, exact.label)) if how.lock and not own else steps

    def fetch(self, state: HostState, exact: Exact) -> Steps:
        if exact.image is not None:
            raise only_staged(state)
        argv = _command(state, exact, ("--download-only", *_flags(state, exact, ORDINARY, own_lock=False)))
        return (Step("fetch", f"fetch {exact.label}", argv),)

    def release(self, state: HostState, staged: Deployment) -> Steps:
        return (let_go(state, staged),)

    def reboot(self, state: HostState, target: Deployment) -> Steps:
        if not target.staged:
            return (reboot_step(target),)
        if not target.locked:
            return (arm(target.label), reboot_step(target))
        wanted = target.digest or target.base_checksum or target.checksum
        return (arm(target.label), reboot_step(target, rpm_ostree.finalize_deployment(wanted)))


def _command(state: HostState, exact: Exact, flags: tuple[str, ...]) -> tuple[str, ...]:
    booted = state.booted
    if exact.image is not None:
        if not exact.follow:
            return rpm_ostree.rebase(pinned(exact.image, exact.checksum), flags=flags)
        if booted is not None and booted.image == exact.image:
            return rpm_ostree.upgrade(flags)
        return rpm_ostree.rebase(exact.image, flags=flags)
    if exact.refspec is not None and (booted is None or exact.refspec != booted.refspec):
        return rpm_ostree.rebase(exact.refspec, exact.checksum, flags)
    return rpm_ostree.deploy(exact.checksum, flags)


def _flags(state: HostState, exact: Exact, how: Staging, own_lock: bool) -> tuple[str, ...]:
    flags = []
    if how.lock and own_lock:
        flags.append("--lock-finalization")
    if how.cache_only:
        flags.append("--cache-only")
    upgrading = exact.follow and state.booted is not None and state.booted.image == exact.image
    if exact.forward and not upgrading and exact.image is None:
        flags.append("--disallow-downgrade")
    if exact.follow and upgrading and not exact.forward:
        flags.append("--allow-downgrade")
    if state.update_driver is not None and state.can("bypass-driver"):
        if not how.bypass_driver:
            raise HostError(
                state.host,
                f"is kept up to date by {state.update_driver}, which would work against this: hold it with "
                "atomic.fleet.update_driver, or say bypass_driver",
            )
        flags.append("--bypass-driver")
    return tuple(flags)
