# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what an apply does next: which waves this run may walk, who is in a batch, how it ends."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from .._errors import ArgumentError
from .._model.fleet import UPDATE, FleetPlan, SnapshotHost, Target
from .._model.gate import Gate
from .._model.host import HostState
from .._model.journal import ABORTED, DONE, HALTED, INTERRUPTED, ROLLED_BACK, WAITING, Progress
from .choice import few, unavailable
from .judge import LOST, is_canary
from .layers import standing
from .resume import CHANGED, FELL_BACK, GO_BACK, MISSING, REBOOT, STAGE, VERIFY, Turn
from .way_back import to_undo


@dataclass(frozen=True)
class Leg:
    """A planned wave as this run walks it: ``index`` in the plan, and those of its hosts the run may touch."""

    index: int
    hosts: tuple[str, ...]


def legs(plan: FleetPlan, allowed: Collection[str], without_canary: bool = False) -> tuple[Leg, ...]:
    """The waves of a run that may touch ``allowed`` only (``--limit``); waves keep their place, empty ones go.

    Raises ArgumentError where the canary was cut off, unless ``without_canary``.
    """
    chosen = frozenset(allowed)
    kept = [Leg(index, tuple([name for name in wave.hosts if name in chosen])) for index, wave in enumerate(plan.waves)]
    walked = tuple([leg for leg in kept if leg.hosts])
    # the first canary is for all, that of a group for its own hosts
    groups = [plan.policy_of(leg.index) for leg in walked]
    missing = [
        name
        for index, wave in enumerate(plan.waves)
        if is_canary(plan, index) and (wave.name.partition(".")[0] == "canary" or plan.policy_of(index) in groups)
        for name in wave.hosts
        if name not in chosen
    ]
    if missing and walked and not without_canary:
        raise ArgumentError(
            f"--limit cuts off the canary {few(missing)}: nothing would be tried before the others; "
            "widen the limit, or say allow_limited_canary=true."
        )
    return walked


def order(walk: Sequence[Leg]) -> list[str]:
    """The hosts of a run, in the order of its waves."""
    return [name for leg in walk for name in leg.hosts]


def leg_of(plan: FleetPlan, walk: Sequence[Leg], batch: Sequence[str]) -> Leg:
    """The wave that Ansible's batch is. Raises ArgumentError where it is not exactly one planned wave."""
    for leg in walk:
        if leg.hosts == tuple(batch):
            return leg
    raise ArgumentError(
        f"Ansible's batch ({few(batch)}) is not a wave of the plan for {plan.fleet}, so nothing was touched; "
        "run atomic.fleet.apply as it is, and limit it with --limit only."
    )


_NOT_TO_TOUCH = (LOST, FELL_BACK, CHANGED, MISSING)


@dataclass(frozen=True)
class Work:
    """What is to be done in one wave. ``stage`` are to be staged and rebooted, ``verify`` may run the target or
    be on their way to it, ``go_back`` have a way back that was begun, ``failed`` failed while nobody looked, or
    were changed by somebody else."""

    stage: tuple[str, ...] = ()
    verify: tuple[str, ...] = ()
    go_back: tuple[str, ...] = ()
    failed: Mapping[str, Turn] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        return bool(self.stage or self.verify or self.go_back or self.failed)


def work(leg: Leg, turns: Mapping[str, Turn], progress: Progress) -> Work:
    """What the hosts of a wave still need, seen freshly. One that does not answer but was told to reboot before
    the last run ended may be on its way: it is waited for."""
    todo = [turns[name] for name in leg.hosts]
    coming = {turn.name for turn in todo if turn.do == LOST and progress.stage(turn.name) == "rebooting"}
    return Work(
        tuple([turn.name for turn in todo if turn.do in (STAGE, REBOOT)]),
        tuple([turn.name for turn in todo if turn.do == VERIFY or turn.name in coming]),
        tuple([turn.name for turn in todo if turn.do == GO_BACK]),
        {turn.name: turn for turn in todo if turn.do in _NOT_TO_TOUCH and turn.name not in coming},
    )


def gate(to: Target, state: HostState, gates: Collection[Gate]) -> str | None:
    """Why the host does not pass the built-in gates, or None where it does."""
    booted = standing(state, to.layers)
    asked = any(one.kind == "deployment" for one in gates)
    if asked and (booted is None or not booted.is_at(to.checksum)):
        return f"it runs {booted.label if booted else 'nothing'} instead of {to.label}"
    return unavailable(SnapshotHost(state.host, state), gates)


@dataclass(frozen=True)
class Ending:
    """How a run ended. ``outcome`` is one of the journal's OUTCOMES, ``sentence`` is for people."""

    outcome: str
    sentence: str

    @property
    def good(self) -> bool:
        """Nothing went wrong: the playbook's exit status."""
        return self.outcome in (DONE, WAITING)

    @property
    def complete(self) -> bool:
        """Nothing is left to do: hosts may update themselves again."""
        return self.outcome == DONE


def ending(plan: FleetPlan, progress: Progress, walked: Collection[str]) -> Ending:
    """How the run came out over the hosts it was to walk."""
    wanted = [name for name in walked if name in plan.by_name and plan.by_name[name].action == UPDATE]
    done = [name for name in wanted if progress.stage(name) == "verified"]
    back = [name for name in wanted if progress.stage(name) == "went_back"]
    counted = f"{len(done)} of {len(wanted)} hosts run the target"
    if progress.state == HALTED:
        went = f", {few(back)} went back" if back else ""
        still = _left(plan, progress) if progress.undoing else ""
        return Ending(ROLLED_BACK if back else HALTED, f"Stopped: {progress.reason} {counted}{went}.{still}")
    if progress.state == INTERRUPTED:
        return Ending(INTERRUPTED, f"Interrupted ({progress.reason}): {counted}; run apply again and it goes on.")
    if progress.state == WAITING:
        return Ending(WAITING, f"Waiting: {progress.reason} {counted}.")
    if not wanted:
        return Ending(DONE, "Nothing to do: no host of this run is to be changed.")
    if len(done) == len(wanted):
        left = sum(progress.stage(host.name) != "verified" for host in plan.hosts if host.action == UPDATE)
        more = f" {left} more of the plan were left out by --limit." if left else ""
        return Ending(DONE, f"Done: {counted}.{more}")
    rest = [name for name in wanted if progress.stage(name) != "verified"]
    told = few([f"{name}: {_why(progress, name)}" for name in rest], 3)
    return Ending(ABORTED, f"Not complete: {counted} ({told}).")


def _left(plan: FleetPlan, progress: Progress) -> str:
    """Who was to go back and did not, out of the whole plan."""
    names = to_undo(plan, progress)
    if not names:
        return ""
    told = few([f"{name}: {progress.hosts[name].reason or 'it runs the target'}" for name in names], 3)
    return f" {len(names)} still to go back ({told}): atomic.fleet.rollback takes them when it can."


def _why(progress: Progress, name: str) -> str:
    known = progress.hosts.get(name)
    if known is None:
        return "not begun"
    return known.reason or known.stage.replace("_", " ")
