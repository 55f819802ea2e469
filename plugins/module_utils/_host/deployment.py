# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what a host shall boot: the wish made exact, the decision, the staging."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .._command import ostree
from .._command.quote import check_checksum, check_line, check_ref, check_remote
from .._errors import ArgumentError, HostError
from .._model.host import Deployment, HostState
from .._model.steps import HostPlan, Step
from .._model.talk import Talk
from .observe import observe
from .work import carry_out

STAGE_TIMEOUT = 1800.0


@dataclass(frozen=True)
class Wish:
    """What a user asks for: exactly one of ``target`` (latest, previous), ``version`` and ``checksum``.
    ``remote`` and ``ref`` default to what the booted deployment follows."""

    target: str | None = None
    version: str | None = None
    checksum: str | None = None
    remote: str | None = None
    ref: str | None = None

    def __post_init__(self) -> None:
        if sum(value is not None for value in (self.target, self.version, self.checksum)) != 1:
            raise ArgumentError("exactly one of target, version and checksum says what to boot")
        if self.target not in (None, "latest", "previous"):
            raise ArgumentError(f"target is latest or previous, not {self.target!r}")
        if self.version is not None:
            check_line(self.version, "version")
        if self.checksum is not None:
            check_checksum(self.checksum)
        if self.remote is not None:
            check_remote(self.remote)
        if self.ref is not None:
            check_ref(self.ref)
        if self.target == "previous" and (self.remote or self.ref):
            raise ArgumentError("target previous is what is on disk: remote and ref say nothing to it")


@dataclass(frozen=True)
class Exact:
    """A wish made exact: one commit, and the refspec its origin shall keep (None: it follows nothing)."""

    checksum: str
    version: str | None = None
    refspec: str | None = None
    back: bool = False

    @property
    def label(self) -> str:
        return self.version or self.checksum[:12]


@dataclass(frozen=True)
class Staged:
    """What staging came to."""

    before: HostState
    after: HostState
    plan: HostPlan
    joined: bool = False


def followed(host: str, state: HostState, wish: Wish) -> str | None:
    """The refspec to ask and to keep: what the wish names, else what the booted deployment follows."""
    own = state.booted.refspec if state.booted else None
    remote, ref = ostree.split_refspec(own) if own else (None, None)
    remote, ref = wish.remote or remote, wish.ref or ref
    if remote is None or ref is None:
        return own if not (wish.remote or wish.ref) else None
    return f"{remote}:{ref}"


def on_disk(state: HostState, checksum: str) -> Deployment | None:
    return next((entry for entry in state.deployments if entry.checksum == checksum), None)


def plan_deployment(state: HostState, exact: Exact, lock: bool = False) -> HostPlan:
    """The steps that make ``exact`` boot next. None where it does already. HostError where this host cannot."""
    check_driven(state)
    booted, upcoming, staged = state.booted, state.next_boot, state.staged
    if _is(booted, exact):
        return _plan_stay(state, exact)
    if staged is not None and _is(staged, exact):
        return _plan_lock(state, exact, staged, lock)
    if staged is None and _is(upcoming, exact):
        return HostPlan((), f"{exact.label} boots next already", exact.checksum)
    if exact.back and state.can("set-default"):
        return _plan_default(state, exact)
    return _plan_stage(state, exact, lock)


def _is(entry: Deployment | None, exact: Exact) -> bool:
    return entry is not None and entry.checksum == exact.checksum and exact.refspec in (None, entry.refspec)


def check_driven(state: HostState) -> None:
    """HostError where deployments of this host cannot be changed by us, or not by ostree."""
    if state.backend != "ostree":
        raise HostError(state.host, f"is driven by {state.backend}, which this verb does not speak")
    if not state.can("root"):
        raise HostError(state.host, "deployments can only be changed by root: set become, or connect as root")
    if not state.can("stage"):
        raise HostError(state.host, f"its ostree {state.tool_version} cannot stage deployments")


def _plan_stay(state: HostState, exact: Exact) -> HostPlan:
    """What is booted shall boot next: whatever stands before it goes."""
    steps: list[Step] = []
    before = []
    for index, entry in enumerate(state.deployments):
        if entry.booted:
            break
        before.append((index, entry))
    for index, entry in reversed(before):
        if entry.pinned:
            raise HostError(state.host, f"{entry.label} boots next and is pinned: unpin it first")
        steps.append(Step("undeploy", f"take {entry.label} away, which would boot next", ostree.undeploy(index)))
    if not steps:
        return HostPlan((), f"{exact.label} is booted and boots next", exact.checksum)
    return HostPlan(tuple(steps), f"{exact.label} is booted, but {before[0][1].label} boots next", exact.checksum)


def _plan_lock(state: HostState, exact: Exact, staged: Deployment, lock: bool) -> HostPlan:
    if staged.locked == lock:
        return HostPlan((), f"{exact.label} is staged already", exact.checksum)
    word = "lock" if lock else "unlock"
    own = state.can("lock-finalization")
    argv = ostree.lock(own) if lock else ostree.unlock(own)
    step = Step(word, f"{word} the staged {exact.label}", argv)
    return HostPlan((step,), "{} is staged, but {}locked".format(exact.label, "not " if lock else ""), exact.checksum)


def _plan_default(state: HostState, exact: Exact) -> HostPlan:
    """A way back that is on disk becomes the default as it stands, with the /etc it was left with."""
    steps: list[Step] = []
    entries = list(state.deployments)
    if entries and entries[0].staged:
        steps.append(Step("undeploy", f"take the staged {entries[0].label} away", ostree.undeploy(0)))
        entries = entries[1:]
    index = next((i for i, entry in enumerate(entries) if entry.checksum == exact.checksum), None)
    if index is None:
        return _plan_stage(state, exact, lock=False)
    steps.append(Step("set_default", f"boot {exact.label} next", ostree.set_default(index)))
    return HostPlan(tuple(steps), f"{exact.label} is the way back and on disk", exact.checksum)


def _plan_stage(state: HostState, exact: Exact, lock: bool) -> HostPlan:
    steps: list[Step] = []
    there = on_disk(state, exact.checksum)
    if there is None:
        remote, ref = ostree.split_refspec(exact.refspec or "")
        if remote is None or not ref:
            raise HostError(state.host, f"{exact.label} is not on disk, and no remote and ref say where it is")
        steps.append(
            Step("pull", f"fetch {exact.label} from {exact.refspec}", ostree.pull(remote, ref, exact.checksum))
        )
    if exact.refspec is not None:
        argv = ostree.write_origin(exact.checksum, exact.refspec)
        steps.append(Step("keep_origin", f"keep following {exact.refspec}", argv))
    own = state.can("lock-finalization")
    if not lock and any(entry.locked for entry in state.deployments):
        steps.append(Step("unlock", "unlock what is staged", ostree.unlock(own)))
    argv = ostree.stage(exact.checksum, exact.refspec is not None, lock and own)
    steps.append(Step("stage", f"stage {exact.label} for the next boot", argv))
    steps.append(Step("arm", "have it finalised at shutdown", ostree.arm()))
    if lock and not own:
        steps.append(Step("lock", "lock what is staged", ostree.lock(own)))
    booted = state.booted
    return HostPlan(
        tuple(steps),
        "{} is booted, {} is wanted".format(booted.label if booted else "nothing", exact.label),
        exact.checksum,
    )


def predicted(state: HostState, exact: Exact, lock: bool = False) -> HostState:
    """The host as staging would leave it, for check mode and diff."""
    rest = tuple(entry for entry in state.deployments if not entry.staged)
    booted = state.booted
    if booted is not None and _is(booted, exact):
        return replace(state, deployments=tuple(rest[rest.index(booted) :]))
    there = on_disk(state, exact.checksum)
    if exact.back and state.can("set-default") and there is not None and not there.staged:
        return replace(state, deployments=(there, *(entry for entry in rest if entry is not there)))
    stateroot = booted.stateroot if booted is not None else ""
    new = Deployment(exact.checksum, stateroot, 0, exact.version, exact.refspec, staged=True, locked=lock)
    return replace(state, deployments=(new, *rest))


def stage(
    host: str,
    checksum: str,
    refspec: str | None = None,
    version: str | None = None,
    lock: bool = False,
    timeout: float = STAGE_TIMEOUT,
    state: HostState | None = None,
    back: bool = False,
) -> Talk[Staged]:
    """Makes one exact commit boot next. ``refspec`` is what its origin shall keep (None: what the booted
    deployment follows). ``state`` spares an observation that was just made. ``back`` is a way back, which
    a host that can set its default deployment takes without staging anew."""
    check_checksum(checksum)
    if state is None:
        state = yield from observe(host)

    def decide(seen: HostState) -> HostPlan:
        return plan_deployment(seen, _keeping(seen, checksum, refspec, version, back), lock)

    plan, after, joined = yield from carry_out(host, state, decide, "stage", timeout)
    _check_result(host, after, checksum, lock)
    return Staged(state, after, plan, joined)


def _keeping(state: HostState, checksum: str, refspec: str | None, version: str | None, back: bool) -> Exact:
    """Without a refspec named, what is on disk keeps its own, and all else follows what is booted."""
    if refspec is None:
        there = on_disk(state, checksum)
        refspec = (there.refspec if there else None) or (state.booted.refspec if state.booted else None)
    return Exact(checksum, version, refspec, back)


def _check_result(host: str, after: HostState, checksum: str, lock: bool) -> None:
    held = after.staged if lock and after.staged is not None else after.next_boot
    if held is None or held.checksum != checksum:
        raise HostError(
            host, "{} was to boot next, but {} does".format(checksum[:12], held.label if held else "nothing")
        )
