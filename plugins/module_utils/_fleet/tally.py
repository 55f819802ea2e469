# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: how far a whole run is: its hosts by state, and what time is left. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from .._model.fleet import FleetPlan
from .._model.journal import WAITING as WAITS
from .._model.journal import WAVE_BEGUN, Event, Progress
from .._model.pace import Pace
from .estimate import moment, wave_time
from .rollout import Leg, order
from .text import roughly

WAITING, FETCHED, STAGING, STAGED, REBOOTING, VERIFIED, FAILED, BACK = STATES = (
    "waiting",
    "fetched",
    "staging",
    "staged",
    "rebooting",
    "verified",
    "failed",
    "back",
)
_BY_STAGE = {
    "prefetched": FETCHED,
    "intended": STAGING,
    "staged": STAGED,
    "rebooting": REBOOTING,
    "verified": VERIFIED,
    "failed": FAILED,
    "going_back": BACK,
    "went_back": BACK,
}
_OVER = (VERIFIED, FAILED, BACK)


def state_of(progress: Progress, name: str) -> str:
    """Where a host is, in one of STATES."""
    return _BY_STAGE.get(progress.stage(name) or "", WAITING)


def tally(names: Iterable[str], progress: Progress) -> Mapping[str, int]:
    """How many of these hosts are in each state, in the order of STATES; states of nobody are left out."""
    count = Counter(state_of(progress, name) for name in names)
    return {state: count[state] for state in STATES if count[state]}


def time_left(plan: FleetPlan, walk: Sequence[Leg], progress: Progress, pace: Pace, wave: int, spent: float) -> float:
    """Seconds that the waves of the run will still take; ``wave`` is under way since ``spent`` seconds."""
    left = 0.0
    for leg in walk:
        todo = [name for name in leg.hosts if state_of(progress, name) not in _OVER]
        if leg.index == wave:
            if leg.index not in progress.waves_finished:
                left += max(0.0, wave_time(plan, wave, pace, len(leg.hosts)) - spent)
        elif todo:
            left += wave_time(plan, leg.index, pace, len(todo))
    return left


def spent_in(events: Sequence[Event], run: str | None, wave: int, at: str) -> float:
    """For how many seconds that run has been at a wave; 0 where it did not begin it."""
    begun = [one.at for one in events if one.kind == WAVE_BEGUN and one.wave == wave and one.run == run]
    return max(0.0, (moment(at) - moment(begun[-1])).total_seconds()) if begun else 0.0


def left_words(
    plan: FleetPlan, walk: Sequence[Leg], progress: Progress, pace: Pace, events: Sequence[Event], at: str
) -> str:
    """What time is left, or what the run waits for; nothing where there is no more to say."""
    if progress.state == WAITS:
        return progress.reason
    wave = progress.waves_begun[-1] if progress.waves_begun else -1
    left = time_left(plan, walk, progress, pace, wave, spent_in(events, progress.run, wave, at))
    return f"about {roughly(left)} left" if left > 0 else ""


def render_tally(plan: FleetPlan, walk: Sequence[Leg], progress: Progress, pace: Pace, wave: int, spent: float) -> str:
    """One line for the whole run."""
    names = order(walk)
    told = ", ".join([f"{count} {state}" for state, count in tally(names, progress).items()])
    left = time_left(plan, walk, progress, pace, wave, spent)
    rest = f"; about {roughly(left)} left" if left > 0 else ""
    return f"  the run: {told} of {len(names)}{rest}"
