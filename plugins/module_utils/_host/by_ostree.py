# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: deployments changed with ostree itself."""

from __future__ import annotations

from .._command import ostree
from .._errors import HostError
from .._model.host import Deployment, HostState
from .._model.steps import Step
from .backend import ORDINARY, Staging, Steps, arm, dropped, hold_back, let_go, only_staged, plain_reboot, root_only
from .wish import Exact


class ByOstree:
    """Hosts that carry nothing above ostree."""

    def check(self, state: HostState) -> None:
        root_only(state)
        if not state.can("stage"):
            raise HostError(state.host, f"its ostree {state.tool_version} cannot stage deployments")

    def stay(self, state: HostState, before: tuple[tuple[int, Deployment], ...]) -> Steps:
        steps = [
            Step("undeploy", f"take {entry.label} away, which would boot next", ostree.undeploy(index))
            for index, entry in reversed(before)
        ]
        return (*steps, *dropped(state, state.staged))

    def back(self, state: HostState, exact: Exact) -> Steps | None:
        if not state.can("set-default"):
            return None
        steps: list[Step] = []
        entries = list(state.deployments)
        if entries and entries[0].staged:
            steps.append(Step("undeploy", f"take the staged {entries[0].label} away", ostree.undeploy(0)))
            steps += dropped(state, entries[0])
            entries = entries[1:]
        index = next((i for i, entry in enumerate(entries) if entry.checksum == exact.checksum), None)
        if index is None:
            return None
        steps.append(Step("set_default", f"boot {exact.label} next", ostree.set_default(index)))
        return tuple(steps)

    def stage(self, state: HostState, exact: Exact, how: Staging) -> Steps:
        if exact.image is not None:
            raise HostError(state.host, "is driven by plain ostree, which boots commits: say remote and ref, not image")
        steps: list[Step] = []
        if not any(entry.checksum == exact.checksum for entry in state.deployments):
            steps.append(_pull(state, exact, how))
        if exact.refspec is not None:
            argv = ostree.write_origin(exact.checksum, exact.refspec)
            steps.append(Step("keep_origin", f"keep following {exact.refspec}", argv))
        own = state.can("lock-finalization")
        if not how.lock:
            steps += [step for entry in state.deployments if entry.locked for step in self.release(state, entry)]
        argv = ostree.stage(exact.checksum, exact.refspec is not None, how.lock and own)
        steps += [Step("stage", f"stage {exact.label} for the next boot", argv), arm(exact.label)]
        if how.lock and not own:
            steps.append(hold_back(state, exact.label))
        return tuple(steps)

    def fetch(self, state: HostState, exact: Exact) -> Steps:
        if exact.image is not None:
            raise only_staged(state)
        return (_pull(state, exact, ORDINARY),)

    def release(self, state: HostState, staged: Deployment) -> Steps:
        return (let_go(state, staged),)

    def reboot(self, state: HostState, target: Deployment) -> Steps:
        return plain_reboot(self, state, target)


def _pull(state: HostState, exact: Exact, how: Staging) -> Step:
    remote, ref = ostree.split_refspec(exact.refspec or "")
    if remote is None or not ref:
        raise HostError(state.host, f"{exact.label} is not on disk, and no remote and ref say where it is")
    if how.cache_only:
        raise HostError(state.host, f"{exact.label} is not on disk, and cache_only lets nothing be fetched")
    return Step("pull", f"fetch {exact.label} from {exact.refspec}", ostree.pull(remote, ref, exact.checksum))
