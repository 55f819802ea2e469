# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what a host shall boot: the wish made exact, the decision, the staging."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from .._errors import HostError
from .._model.host import Deployment, HostState
from .._model.steps import HostPlan
from .._model.talk import Talk
from .backend import ORDINARY, Backend, Staging, hold_back
from .by_bootc import ByBootc
from .by_ostree import ByOstree
from .by_rpm_ostree import ByRpmOstree
from .images import pinned, same_source
from .observe import observe
from .wish import Exact, anew, check_exact
from .work import carry_out

STAGE_TIMEOUT = 1800.0
_BACKENDS: Mapping[str, Backend] = {"ostree": ByOstree(), "rpm-ostree": ByRpmOstree(), "bootc": ByBootc()}


@dataclass(frozen=True)
class Staged:
    """What staging came to."""

    before: HostState
    after: HostState
    plan: HostPlan
    joined: bool = False


def on_disk(state: HostState, checksum: str) -> Deployment | None:
    return next((entry for entry in state.deployments if entry.is_at(checksum)), None)


def plan_deployment(state: HostState, exact: Exact, how: Staging = ORDINARY) -> HostPlan:
    """The steps that make ``exact`` boot next. None where it does already. HostError where this host cannot."""
    backend = backend_of(state)
    backend.check(state)
    booted, upcoming, staged = state.booted, state.next_boot, state.staged
    if booted is not None and _is(booted, exact):
        return _plan_stay(state, exact, backend)
    if staged is not None and _is(staged, exact):
        return _plan_lock(state, exact, staged, how.lock, backend)
    if staged is None and upcoming is not None and _is(upcoming, exact):
        return HostPlan((), f"{exact.label} boots next already", exact.checksum)
    if exact.back:
        back = backend.back(state, exact)
        if back is not None:
            return HostPlan(back, f"{exact.label} is the way back and on disk", exact.checksum)
        exact = next((anew(entry) for entry in state.deployments if entry.checksum == exact.checksum), exact)
    label = booted.label if booted else "nothing"
    return HostPlan(backend.stage(state, exact, how), f"{label} is booted, {exact.label} is wanted", exact.checksum)


def _is(entry: Deployment, exact: Exact) -> bool:
    """Whether a deployment is what is wanted, and follows what it is to follow. A way back is one deployment, not any
    other made of the same base."""
    if exact.back:
        return entry.checksum == exact.checksum
    if not entry.is_at(exact.checksum) or exact.refspec not in (None, entry.refspec):
        return False
    if exact.image is None:
        return True
    return entry.image == exact.image if exact.follow else same_source(entry.image, exact.image)


def backend_of(state: HostState) -> Backend:
    """The tool that changes this host's deployments."""
    return _BACKENDS[state.backend]


def _plan_stay(state: HostState, exact: Exact, backend: Backend) -> HostPlan:
    """What is booted shall boot next: whatever stands before it goes."""
    before: list[tuple[int, Deployment]] = []
    for index, entry in enumerate(state.deployments):
        if entry.booted:
            break
        if entry.pinned:
            raise HostError(state.host, f"{entry.label} boots next and is pinned: unpin it first")
        before.append((index, entry))
    if not before:
        return HostPlan((), f"{exact.label} is booted and boots next", exact.checksum)
    reason = f"{exact.label} is booted, but {before[0][1].label} boots next"
    return HostPlan(backend.stay(state, tuple(before)), reason, exact.checksum)


def _plan_lock(state: HostState, exact: Exact, staged: Deployment, lock: bool, backend: Backend) -> HostPlan:
    if staged.locked == lock:
        return HostPlan((), f"{exact.label} is staged already", exact.checksum)
    steps = (hold_back(state, exact.label),) if lock else backend.release(state, staged)
    return HostPlan(steps, "{} is staged, but {}locked".format(exact.label, "not " if lock else ""), exact.checksum)


def predicted(state: HostState, exact: Exact, how: Staging = ORDINARY) -> HostState:
    """The host as staging would leave it, for check mode and diff."""
    rest = tuple(entry for entry in state.deployments if not entry.staged)
    booted = state.booted
    if booted is not None and _is(booted, exact):
        return replace(state, deployments=tuple(rest[rest.index(booted) :]))
    there = next((entry for entry in state.deployments if entry.checksum == exact.checksum), None)
    if exact.back and there is not None and not there.staged and backend_of(state).back(state, exact) is not None:
        return replace(state, deployments=(there, *(entry for entry in rest if entry is not there)))
    of_image = exact.checksum.startswith("sha256:")
    new = replace(
        _layers_of(booted),
        checksum="" if of_image else exact.checksum,
        version=exact.version,
        refspec=exact.refspec,
        staged=True,
        locked=how.lock,
        image=exact.image if exact.image is None or exact.follow else pinned(exact.image, exact.checksum),
        digest=exact.checksum if of_image else None,
    )
    return replace(state, deployments=(new, *rest))


def _layers_of(booted: Deployment | None) -> Deployment:
    """What a new deployment takes over from what runs."""
    if booted is None:
        return Deployment("", "")
    return Deployment(
        "",
        booted.stateroot,
        requested_packages=booted.requested_packages,
        requested_local=booted.requested_local,
        removed=booted.removed,
        replaced=booted.replaced,
    )


def stage(
    host: str,
    exact: Exact,
    how: Staging = ORDINARY,
    timeout: float = STAGE_TIMEOUT,
    state: HostState | None = None,
) -> Talk[Staged]:
    """Makes one exact commit or image boot next. Where neither refspec nor image says what is to be followed, what is
    on disk keeps its own, and all else follows what is booted. ``state`` spares an observation that was just made."""
    check_exact(exact)
    if state is None:
        state = yield from observe(host)

    def decide(seen: HostState) -> HostPlan:
        return plan_deployment(seen, keeping(seen, exact), how)

    plan, after, joined = yield from carry_out(host, state, decide, "stage", timeout)
    _check_result(host, after, exact, how.lock)
    return Staged(state, after, plan, joined)


def keeping(state: HostState, exact: Exact) -> Exact:
    """The wish with the refspec that it is to follow, where it names none."""
    if exact.refspec is not None or exact.image is not None:
        return exact
    there = on_disk(state, exact.checksum)
    if there is not None and there.image is not None:
        return exact
    own = state.booted.refspec if state.booted else None
    return replace(exact, refspec=(there.refspec if there else None) or own)


def _check_result(host: str, after: HostState, exact: Exact, lock: bool) -> None:
    held = after.staged if lock and after.staged is not None else after.next_boot
    if held is None or not held.is_at(exact.checksum):
        label = held.label if held else "nothing"
        raise HostError(host, f"{exact.label} was to boot next, but {label} does; run it again")
