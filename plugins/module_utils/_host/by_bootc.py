# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: deployments changed through bootc: whole images, and nothing layered on them."""

from __future__ import annotations

from .._command import bootc, ostree
from .._errors import HostError
from .._model.host import Deployment, HostState
from .._model.steps import Step
from .backend import Staging, Steps, arm, dropped, hold_back, let_go, only_staged, plain_reboot, root_only
from .images import bootc_name, is_signed, pinned
from .wish import Exact


class ByBootc:
    """RHEL, CentOS and Fedora in image mode, and whatever else boots container images."""

    def check(self, state: HostState) -> None:
        root_only(state)
        if state.booted is not None and state.booted.incompatible:
            raise HostError(
                state.host,
                "is incompatible with bootc: packages or overrides are layered on its image; build them into the "
                "image and take them off with `rpm-ostree reset`",
            )

    def stay(self, state: HostState, before: tuple[tuple[int, Deployment], ...]) -> Steps:
        if len(before) == 1 and not before[0][1].staged:
            label = before[0][1].label
            return (Step("rollback", f"have what runs boot next again instead of {label}", bootc.rollback()),)
        # bootc has no word for it, and it is ostree that keeps what is staged
        steps = [
            Step("undeploy", f"take {entry.label} away, which would boot next", ostree.undeploy(index))
            for index, entry in reversed(before)
        ]
        return (*steps, *dropped(state, state.staged))

    def back(self, state: HostState, exact: Exact) -> Steps | None:
        behind = state.previous
        if behind is None or behind.checksum != exact.checksum:
            return None
        return (Step("rollback", f"boot {exact.label} next", bootc.rollback()), *dropped(state, state.staged))

    def stage(self, state: HostState, exact: Exact, how: Staging) -> Steps:
        if exact.image is None:
            raise HostError(state.host, "is driven by bootc, which boots images: say image, not remote and ref")
        if how.cache_only:
            raise HostError(state.host, "is driven by bootc, which always asks the registry: leave cache_only out")
        held = exact.follow and how.lock and state.can("bootc-download-only")
        argv = self._command(state, exact, held)
        held = "--download-only" in argv
        steps: Steps = (Step("stage", f"stage {exact.label} for the next boot", argv), arm(exact.label))
        if not how.lock and state.staged is not None and state.staged.locked:
            steps = (let_go(state, state.staged), *steps)
        return (*steps, hold_back(state, exact.label)) if how.lock and not held else steps

    def _command(self, state: HostState, exact: Exact, download_only: bool) -> tuple[str, ...]:
        image = exact.image or ""
        if exact.follow and state.booted is not None and state.booted.image == image:
            return bootc.upgrade(download_only)
        name = bootc_name(image if exact.follow else pinned(image, exact.checksum))
        return bootc.switch(name, is_signed(image))

    def fetch(self, state: HostState, exact: Exact) -> Steps:
        raise only_staged(state)

    def release(self, state: HostState, staged: Deployment) -> Steps:
        if state.can("bootc-download-only"):
            return (Step("unlock", f"unlock the staged {staged.label}", bootc.release()),)
        return (let_go(state, staged),)

    def reboot(self, state: HostState, target: Deployment) -> Steps:
        return plain_reboot(self, state, target)
