# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: everything that a plan changed goes back, in portions that keep the policy's limits."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from .._model.fleet import FleetPlan
from .._model.journal import Progress
from .._model.policy import LOCKED, ROLLBACK_ALL, ROLLBACK_WAVE, Policy
from .judge import LOST, fitting
from .prefetch import how_prefetched
from .resume import CHANGED, FINISHED, GO_BACK, MISSING, VERIFY, Turn, to_go_back

_ON_TARGET = (VERIFY, FINISHED, GO_BACK)


def rolls_back_all(plan: FleetPlan) -> bool:
    """Whether a wave of the plan may be followed by a way back of everything."""
    return any(plan.policy_of(wave).on_failure == ROLLBACK_ALL for wave in range(len(plan.waves)))


def undo_policy(policy: Policy) -> Policy:
    """The policy by which a plan is taken back where none is given: its own. A way back waits for no window, and one
    that fails does not send everybody forward again."""
    failing = ROLLBACK_WAVE if policy.on_failure == ROLLBACK_ALL else policy.on_failure
    groups = tuple([replace(one, policy=undo_policy(one.policy)) for one in policy.groups])
    return replace(policy, windows=(), on_failure=failing, groups=groups)


def to_undo(plan: FleetPlan, progress: Progress) -> tuple[str, ...]:
    """The hosts that the plan brought to its target, or may have, the last first."""
    waves = reversed(range(len(plan.waves)))
    return tuple([name for wave in waves for name in reversed(to_go_back(plan, progress, wave))])


def prepared(plan: FleetPlan, progress: Progress) -> tuple[str, ...]:
    """The hosts on which the target is staged in advance, and which it did not come to."""
    return tuple(
        [
            host.name
            for host in plan.hosts
            if progress.stage(host.name) == "prefetched" and how_prefetched(host, plan.policy_for(host.name)) == LOCKED
        ]
    )


@dataclass(frozen=True)
class Portion:
    """Who goes back now, and who of them serves until then. ``left`` cannot, with the reason: no answer, somebody
    else's work. ``waiting`` may when those that go back now are there again, with the limit that leaves no room.
    ``passing``: nobody goes back now, but somebody may when other cells are through with their hosts."""

    hosts: tuple[str, ...] = ()
    serving: tuple[str, ...] = ()
    left: Mapping[str, str] = field(default_factory=dict)
    waiting: Mapping[str, str] = field(default_factory=dict)
    passing: bool = False


def portion(
    plan: FleetPlan,
    progress: Progress,
    turns: Mapping[str, Turn],
    away: Collection[str],
    names: Collection[str],
    elsewhere: Collection[str] = (),
) -> Portion:
    """The next of ``names`` to go back, seen freshly. One that runs what it ran before needs no reboot, and no room.
    One that does not answer while its way back was begun may be on its way: it is waited for. ``elsewhere`` are the
    hosts that other cells have away, beside those that were seen to be ``away``."""
    left: dict[str, str] = {}
    still: list[str] = []
    rebooted: list[str] = []
    for name in names:
        turn = turns[name]
        if turn.do == LOST and progress.stage(name) == "going_back":
            still.append(name)
        elif turn.do in (LOST, MISSING) or (turn.do == CHANGED and progress.stage(name) != "verified"):
            left[name] = turn.reason
        else:
            (rebooted if turn.do in _ON_TARGET else still).append(name)
    fits, waiting = fitting(plan, {*away, *elsewhere}, rebooted)
    now = (*still, *fits)
    passing = bool(waiting and not now and fitting(plan, set(away) - set(elsewhere), rebooted)[0])
    return Portion(now, tuple([name for name in fits if name not in away]), left, waiting, passing)
