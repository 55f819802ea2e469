# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what is left to do of a plan, from the journal and a fresh look at the hosts.

The hosts say what is true, the journal what was intended. A host that finished is never rebooted again, a
host that runs the target counts although the journal lacks the event, a spent budget stays spent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .._errors import ArgumentError
from .._model.fleet import UPDATE, FleetPlan, PlannedHost, Snapshot, SnapshotHost
from .._model.host import HostState
from .._model.journal import ABORTED, DONE, HALTED, NEW, ROLLED_BACK, HostProgress, Progress
from .._model.policy import ROLLBACK_WAVE
from .choice import few
from .judge import FAILED, GO_ON, LOST, OK, Decision, Verdict, after_wave, canaries, over_budget
from .layers import on_the_way, standing

STAGE, REBOOT, VERIFY, GO_BACK = "stage", "reboot", "verify", "go_back"
FINISHED, LEAVE, FELL_BACK, CHANGED, MISSING = "finished", "leave", "fell_back", "changed", "missing"


@dataclass(frozen=True)
class Turn:
    """What is left for one host.

    To do: stage (then reboot and verify), reboot (it is staged; then verify), verify (it runs the target),
    go_back (a way back that was begun). Nothing to do: finished; leave (it failed or went back, and is not
    tried again); fell_back (its reboot brought the old system up again: a failure the journal lacks); lost
    (cannot be observed now); changed (it runs something neither old nor new: the plan is too old for it);
    missing (not in the snapshot).
    """

    name: str
    do: str
    reason: str = ""


def remaining(plan: FleetPlan, progress: Progress, snapshot: Snapshot) -> Mapping[str, Turn]:
    """What is left for every host the plan changes, by name, in the order of the waves."""
    seen = {host.name: host for host in snapshot.hosts}
    planned = plan.by_name
    return {
        name: turn(planned[name], progress.hosts.get(name), seen.get(name))
        for wave in plan.waves
        for name in wave.hosts
    }


def turn(planned: PlannedHost, known: HostProgress | None, seen: SnapshotHost | None) -> Turn:
    name = planned.name
    if seen is None:
        return Turn(name, MISSING, "it is not in the snapshot")
    state = seen.state
    if state is None:
        return Turn(name, LOST, f"unreachable: {seen.error or 'it was not observed'}")
    booted = standing(state, planned.target.layers if planned.target else ())
    if runs_target(planned, seen):
        return _on_target(name, known)
    if (booted is not None and booted.checksum == planned.from_checksum) or on_the_way(state, planned):
        return _on_old(planned, known, state)
    label = booted.label if booted else "nothing"
    return Turn(name, CHANGED, f"it runs {label}, neither {planned.from_label} nor {_label(planned)}")


def _label(planned: PlannedHost) -> str:
    return planned.target.label if planned.target else "a target"


def _on_target(name: str, known: HostProgress | None) -> Turn:
    stage = known.stage if known else None
    if stage == "verified":
        return Turn(name, FINISHED, "it was verified before")
    if stage == "going_back":
        return Turn(name, GO_BACK, "its way back was begun and is not finished")
    if stage == "went_back":
        return Turn(name, CHANGED, "it went back in this rollout, but runs the target again")
    return Turn(name, VERIFY, "it runs the target already")


def _on_old(planned: PlannedHost, known: HostProgress | None, state: HostState) -> Turn:
    name, stage = planned.name, known.stage if known else None
    if known is not None and stage in ("going_back", "went_back", "failed"):
        return Turn(name, LEAVE, known.reason or f"it runs {planned.from_label} again")
    if stage == "verified":
        return Turn(name, CHANGED, f"it was verified on {_label(planned)}, but runs {planned.from_label} again")
    if known is not None and stage == "rebooting" and known.boot_id not in (None, state.boot_id):
        return Turn(name, FELL_BACK, f"its reboot brought {planned.from_label} up again")
    target = planned.target.checksum if planned.target else ""
    if any(one is not None and one.is_at(target) for one in (state.staged, state.next_boot)):
        return Turn(name, REBOOT, "it is staged")
    return Turn(name, STAGE, "")


def check_fresh(plan: FleetPlan, turns: Mapping[str, Turn], names: Iterable[str] | None = None) -> None:
    """Refuse a plan that is older than the fleet. ``names`` narrows the check (``--limit``).

    Raises ArgumentError naming the hosts that changed since the plan was made.
    """
    asked = [turns[name] for name in (turns if names is None else names) if name in turns]
    for do, what in ((MISSING, "names hosts that are no longer there"), (CHANGED, "is older than the fleet")):
        found = [one for one in asked if one.do == do]
        if found:
            told = few([f"{one.name}: {one.reason}" for one in found], 3)
            raise ArgumentError(f"The plan for {plan.fleet} {what} ({told}); make a new plan.")


def check_opening(plan: FleetPlan, progress: Progress, anew: bool, snapshot: Snapshot | None = None) -> bool:
    """Whether this run starts over (True: open the journal with ``anew``) or goes on where the last one stopped.

    A plan that was stopped, whatever stopped it, goes on with its budget spent as it is, and so does one of which
    only a part was walked (``--limit``). One that walked to its end starts over: where hosts failed within the
    budget, and where ``snapshot`` shows that the fleet has changed since; else nothing is left of it to do.
    Raises ArgumentError where no budget is left or the canary failed, unless ``anew``.
    """
    if anew:
        return True
    if progress.undoing:
        return False
    if progress.state == DONE:
        return _is_past(plan, progress, snapshot)
    if progress.state in (NEW, ABORTED):
        return True
    if progress.state in (HALTED, ROLLED_BACK):
        _check_halted(plan, progress)
    return False


def _is_past(plan: FleetPlan, progress: Progress, snapshot: Snapshot | None) -> bool:
    """A plan that was done, every host of it, and since then undone."""
    names = [name for wave in plan.waves for name in wave.hosts]
    if any(progress.stage(name) != "verified" for name in names):
        return False
    return snapshot is None or any(one.do == CHANGED for one in remaining(plan, progress, snapshot).values())


def _check_halted(plan: FleetPlan, progress: Progress) -> None:
    if progress.open or owed(plan, progress)[0] is not None:
        # it was killed before its report was written, or aborted in the middle of a wave, and what is to become of that
        # is still to be decided
        return
    way_out = "make another plan, or start this one over with -e anew=true."
    spent = over_budget(plan, progress.failed)
    if spent:
        raise ArgumentError(f"The plan for {plan.fleet} has no failure budget left ({spent}); {way_out}")
    dead = [name for name in progress.failed if name in canaries(plan)]
    if dead:
        raise ArgumentError(f"The plan for {plan.fleet} was stopped at its canary ({few(dead)}); {way_out}")


def check_debt(plan: FleetPlan, progress: Progress, waves: Iterable[int]) -> None:
    """Refuse a run whose ``--limit`` leaves out the wave that the last run, killed, had still to take back.

    ``waves`` are the indexes of those the run walks. Raises ArgumentError.
    """
    wave, debt = owed(plan, progress)
    if wave is not None and debt.action != GO_ON and wave not in tuple(waves):
        raise ArgumentError(
            f"The last run was stopped before {plan.waves[wave].name} had been dealt with ({debt.reason.rstrip('.')}), "
            "and --limit leaves it out; widen the limit."
        )


def owed(plan: FleetPlan, progress: Progress) -> tuple[int | None, Decision]:
    """What a killed run had still to do before anything else: the wave it was in, and the decision that stands.

    go_on with the wave's index: finish that wave. go_on with None: no wave was left unfinished.
    """
    open_waves = [wave for wave in progress.waves_begun if wave not in progress.waves_finished]
    if not open_waves:
        return None, Decision(GO_ON)
    wave = open_waves[-1]
    hosts = plan.waves[wave].hosts
    if any(progress.stage(name) in ("going_back", "went_back") for name in hosts):
        return wave, Decision(ROLLBACK_WAVE, (f"The way back of {plan.waves[wave].name} was begun.",))
    failed = {name: progress.hosts[name] for name in hosts if progress.stage(name) == "failed"}
    verdicts = {name: Verdict(LOST if one.lost else FAILED, one.reason) for name, one in failed.items()}
    return wave, after_wave(plan, progress, wave, {**dict.fromkeys(hosts, Verdict(OK)), **verdicts})


def to_go_back(plan: FleetPlan, progress: Progress, wave: int) -> tuple[str, ...]:
    """The hosts of the wave that were touched and have not gone back: what rollback_wave is to undo."""
    stages = ("intended", "staged", "rebooting", "verified", "failed", "going_back")
    touched = frozenset(progress.touched)
    return tuple([name for name in plan.waves[wave].hosts if name in touched and progress.stage(name) in stages])


def changed_hosts(plan: FleetPlan, progress: Progress, seen: Mapping[str, SnapshotHost]) -> tuple[PlannedHost, ...]:
    """The hosts this plan brought to its target, or may have: what a rollback of the fleet is to look at. One that
    runs the target counts, whatever the journal knows of how it came there."""
    touched = ("rebooting", "verified", "failed", "going_back", *(("staged",) if plan.layers else ()))

    def counts(host: PlannedHost) -> bool:
        stage, now = progress.stage(host.name), seen.get(host.name)
        return stage in touched or (stage is not None and now is not None and runs_target(host, now))

    return tuple([host for host in plan.hosts if host.action == UPDATE and counts(host)])


def runs_target(planned: PlannedHost, seen: SnapshotHost) -> bool:
    """Whether the host runs, or has layered, what the plan brings it to."""
    if planned.target is None or seen.state is None:
        return False
    now = standing(seen.state, planned.target.layers)
    return now is not None and now.is_at(planned.target.checksum)
