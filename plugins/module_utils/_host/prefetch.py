# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a target brought to a host before its turn, so that a reboot is all that is left."""

from __future__ import annotations

from dataclasses import dataclass

from .._command import ostree
from .._errors import HostError
from .._model.host import HostState
from .._model.steps import HostPlan, Step
from .._model.talk import Talk
from .backend import Staging
from .deployment import STAGE_TIMEOUT, backend_of, keeping, stage
from .wish import Exact, check_exact
from .work import carry_out


@dataclass(frozen=True)
class Prefetched:
    """``how``: locked, unlocked (it was to boot next already), or pull."""

    how: str
    after: HostState


def stage_locked(host: str, exact: Exact, state: HostState, timeout: float = STAGE_TIMEOUT) -> Talk[Prefetched]:
    """Stages it, held back from plain reboots. HostError where it is staged, but nothing holds it back."""
    after = (yield from stage(host, exact, Staging(lock=True), timeout, state)).after
    held = after.staged
    if held is not None and not held.locked:
        raise HostError(host, f"{exact.label} is staged, but not held back: its next reboot applies it")
    return Prefetched("unlocked" if held is None else "locked", after)


def pull(host: str, exact: Exact, state: HostState, timeout: float = STAGE_TIMEOUT) -> Talk[Prefetched]:
    """Fetches a commit into the repository, and stages nothing."""
    check_exact(exact)

    def decide(seen: HostState) -> HostPlan:
        return plan_pull(seen, keeping(seen, exact))

    _plan, after, _joined = yield from carry_out(host, state, decide, "pull", timeout)
    return Prefetched("pull", after)


def plan_pull(state: HostState, exact: Exact) -> HostPlan:
    """The steps that bring a commit into the repository. None where a deployment is made of it."""
    backend = backend_of(state)
    backend.check(state)
    if any(entry.is_at(exact.checksum) for entry in state.deployments):
        return HostPlan((), f"{exact.label} is on disk already", exact.checksum)
    check = Step("check", f"see that {exact.label} is there", ostree.look_into(exact.checksum))
    return HostPlan((*backend.fetch(state, exact), check), f"{exact.label} is wanted", exact.checksum)
