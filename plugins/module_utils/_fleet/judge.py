# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: may a wave begin, and what follows from how it went. Counted over the whole fleet."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from .._model.fleet import FleetPlan
from .._model.journal import Progress
from .._model.policy import HALT, ROLLBACK_ALL
from .budgets import overspent
from .choice import few
from .spread import Room, limits

GO_ON = "go_on"
OK, FAILED, LOST = "ok", "failed", "lost"


@dataclass(frozen=True)
class Verdict:
    """How one host came out of its wave: ok, failed, or lost (nothing is known of it); ``reason`` for the last two."""

    word: str
    reason: str = ""


@dataclass(frozen=True)
class Decision:
    """``action`` is go_on, halt, rollback_wave or rollback_all; ``reasons`` are sentences, for people and the
    journal."""

    action: str
    reasons: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        return " ".join(self.reasons)


def may_go_on(plan: FleetPlan, wave: int, failed: Collection[str]) -> Decision:
    """May the wave be touched at all, after what failed so far (``failed``, over the whole fleet)? go_on, halt or
    rollback_all."""
    dead = [name for name in plan.waves[wave].hosts if name in failed] if is_canary(plan, wave) else []
    spent = over_budget(plan, failed)
    if not dead and not spent:
        return Decision(GO_ON)
    why = f"the canary {few(dead)} failed" if dead else f"the failure budget is spent ({spent})"
    action = ROLLBACK_ALL if plan.policy_of(wave).on_failure == ROLLBACK_ALL else HALT
    return Decision(action, (f"{plan.waves[wave].name} may not begin: {why}.",))


def before_wave(plan: FleetPlan, wave: int, away: Collection[str], hosts: Sequence[str] | None = None) -> Decision:
    """May the wave begin, with the hosts in ``away`` unavailable now?

    ``away`` are names out of the whole fleet, seen freshly. ``hosts`` are those of the wave that are still to
    be rebooted (default: all of it). go_on or halt.
    """
    lacking = fitting(plan, away, plan.waves[wave].hosts if hosts is None else hosts)[1]
    if not lacking:
        return Decision(GO_ON)
    reasons = [f"{name} has no room to be taken away: {why}" for name, why in lacking.items()]
    return Decision(HALT, (f"{plan.waves[wave].name} may not begin: {few(reasons, 3)}.",))


def fitting(plan: FleetPlan, away: Collection[str], hosts: Sequence[str]) -> tuple[tuple[str, ...], Mapping[str, str]]:
    """Which of the hosts may be taken away together now, and which limit leaves no room for each of the others."""
    room, planned = _room(plan, away), plan.by_name
    fits: list[str] = []
    lacking: dict[str, str] = {}
    for name in hosts:
        where = room.bounds.where(planned[name])
        why = None if name in away else room.lacking(where)
        if why is not None:
            lacking[name] = why
            continue
        fits.append(name)
        if name not in away:
            room.take(where)
    return tuple(fits), lacking


def _room(plan: FleetPlan, away: Collection[str]) -> Room:
    return Room(limits(plan.policy, plan.counted), [host for host in plan.counted if host.name in away])


def after_wave(
    plan: FleetPlan, progress: Progress, wave: int, verdicts: Mapping[str, Verdict], away: Collection[str] = ()
) -> Decision:
    """What follows from a wave: go_on, or what the policy says on failure.

    ``progress`` is what the journal says, ``verdicts`` are of the wave's hosts (one without a verdict is
    lost), ``away`` are all hosts of the fleet that are unavailable now. A canary that did not come out well
    stops the rollout whatever the budget, and so do more failures than the budget allows, counted over the
    whole fleet and all runs, and more unavailable hosts than a limit allows.
    """
    silent = Verdict(LOST, "nothing was heard of it")
    wrong = {name: verdicts.get(name, silent) for name in plan.waves[wave].hosts}
    wrong = {name: verdict for name, verdict in wrong.items() if verdict.word != OK}
    reasons = []
    if wrong and is_canary(plan, wave):
        reasons.append(f"The canary did not come out well: {_told(wrong)}.")
    spent = over_budget(plan, {**dict.fromkeys(progress.failed), **wrong})
    if spent and wrong:
        about = "" if reasons else f" ({_told(wrong)})"
        reasons.append(f"The failure budget is spent: {spent}{about}.")
    reasons += _broken(plan, away)
    if not reasons:
        return Decision(GO_ON)
    return Decision(plan.policy_of(wave).on_failure if wrong else HALT, tuple(reasons))


def is_canary(plan: FleetPlan, wave: int) -> bool:
    return plan.waves[wave].name.startswith("canary")


def canaries(plan: FleetPlan) -> frozenset[str]:
    return frozenset(name for index, wave in enumerate(plan.waves) if is_canary(plan, index) for name in wave.hosts)


def over_budget(plan: FleetPlan, failed: Collection[str]) -> str | None:
    """In words, how the failures exceed the budgets; None while they do not."""
    return few(overspent(plan, failed), 3) or None


def _told(wrong: Mapping[str, Verdict]) -> str:
    return few(
        [f"{name} {one.word} ({one.reason})" if one.reason else f"{name} {one.word}" for name, one in wrong.items()], 3
    )


def _broken(plan: FleetPlan, away: Collection[str]) -> list[str]:
    """Limits that more hosts are away from than allowed."""
    room = _room(plan, away)
    found = []
    if room.fleet < 0:
        most = room.bounds.fleet
        found.append(f"{most - room.fleet} hosts of the fleet are unavailable where {most} may.")
    for domain, (left, most) in enumerate(zip(room.left, room.bounds.most)):
        if left < 0:
            found.append(f"{most - left} hosts of {room.bounds.name(domain)} are unavailable where {most} may.")
    return found
