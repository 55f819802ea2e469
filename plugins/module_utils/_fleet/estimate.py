# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: how long waves will take, by what hosts took in earlier rollouts. Pure.

All hosts of a wave are staged at once and rebooted at once, so it takes what its slowest host takes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from .._model.fleet import FleetPlan
from .._model.journal import HOST_INTENDED, HOST_REBOOTING, HOST_STAGED, HOST_VERIFIED, Event
from .._model.pace import Pace, Spread

# so many hosts tell enough
ENOUGH = 50
# what is layered needs no reboot
LAYERING = Pace(boot=Spread(30.0, 30.0, 30.0))
# looks at the whole fleet before and after a wave
LOOKING = 10.0
_TEN = 10


def learn(journals: Iterable[Sequence[Event]], layers: bool = False) -> Pace:
    """The pace of earlier rollouts, newest first, of those that rebooted hosts or of those that layered."""
    stages: list[float] = []
    boots: list[float] = []
    for events in journals:
        reboots = any(event.kind == HOST_REBOOTING and event.data.get("boot_id") for event in events)
        if reboots is not layers:
            stages += _between(events, HOST_INTENDED, HOST_STAGED)
            boots += _between(events, HOST_STAGED if layers else HOST_REBOOTING, HOST_VERIFIED)
        if len(boots) >= ENOUGH:
            break
    if not stages or not boots:
        return LAYERING if layers else Pace()
    return Pace(_spread(stages), _spread(boots), len(boots))


def pace_now(opening: Pace, events: Sequence[Event], layers: bool) -> Pace:
    """The pace that a run was opened with; where that was a guess, what its own hosts have taken since."""
    return opening if opening.hosts else learn([events], layers)


def _between(events: Sequence[Event], first: str, last: str) -> list[float]:
    """How long it was from one kind of event to another, for every host that had both in one run."""
    begun: dict[str, Event] = {}
    found = []
    for event in events:
        if event.host is None:
            continue
        if event.kind == first:
            begun[event.host] = event
        elif event.kind == last:
            before = begun.pop(event.host, None)
            if before is not None and before.run == event.run:
                # a clock may have been set back meanwhile
                found.append(max(0.0, (moment(event.at) - moment(before.at)).total_seconds()))
    return found


def moment(at: str) -> datetime:
    """The time of an event."""
    return datetime.fromisoformat(at.replace("Z", "+00:00"))


def _spread(seconds: Sequence[float]) -> Spread:
    ranked = sorted(seconds)
    share = [ranked[max(0, math.ceil(part * len(ranked)) - 1)] for part in (0.5, 0.9, 1.0)]
    return Spread(*[round(one, 1) for one in share])


def wave_time(plan: FleetPlan, wave: int, pace: Pace, hosts: int | None = None) -> float:
    """Seconds from the beginning of the wave until it is judged. ``hosts``: so many of it are still to be done."""
    policy = plan.policy_of(wave)
    count = len(plan.waves[wave].hosts) if hosts is None else hosts
    stage = min(_of(pace.stage, count), policy.stage_timeout)
    boot = min(_of(pace.boot, count), policy.boot_timeout)
    return round(stage + boot + policy.bake_time + LOOKING, 1)


def _of(spread: Spread, hosts: int) -> float:
    """What the slowest of so many hosts may need."""
    if hosts == 1:
        return spread.median
    return spread.most if hosts <= _TEN else spread.slowest


def render_pace(pace: Pace) -> dict[str, Any]:
    return {
        "stage": [pace.stage.median, pace.stage.most, pace.stage.slowest],
        "boot": [pace.boot.median, pace.boot.most, pace.boot.slowest],
        "hosts": pace.hosts,
    }


def wave_times(plan: FleetPlan, pace: Pace) -> tuple[float, ...]:
    return tuple([wave_time(plan, wave, pace) for wave in range(len(plan.waves))])


def render_estimate(plan: FleetPlan, pace: Pace) -> dict[str, Any]:
    """What a plan says of its time: the pace, and what follows from it in seconds."""
    waves = wave_times(plan, pace)
    return {**render_pace(pace), "waves": list(waves), "total": round(sum(waves), 1)}


def parse_pace(data: Any) -> Pace:
    """What render_pace or render_estimate wrote; the guesses where it is something else."""
    if not isinstance(data, Mapping):
        return Pace()
    try:
        stage, boot = (Spread(*[float(one) for one in data[key]]) for key in ("stage", "boot"))
        return Pace(stage, boot, int(data["hosts"]))
    except (KeyError, TypeError, ValueError):
        return Pace()
