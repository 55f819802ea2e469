# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: must a wave wait, and until when. Pure: the time is passed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from .._errors import ArgumentError
from .._model.fleet import FleetPlan
from .prefetch import summary
from .text import printable, span
from .window_words import windows_words
from .windows import next_opening, on_the_wall, opening_at

CANARY, WINDOW, PREFETCH = "canary", "window", "prefetch"
PAUSE, ABORT = "pause", "abort"
GO_ON_LATER = "run apply again and it goes on"
_LONGEST = 200


@dataclass(frozen=True)
class Wishes:
    """What was asked of a run when it was started. ``stop_after`` is prefetch, canary, the name of a wave, window
    or nothing; ``wait``: for windows, in the run; ``pause``: before anything is begun."""

    stop_after: str = ""
    wait: bool = False
    pause: bool = False

    def render(self) -> dict[str, Any]:
        """What is not at its default."""
        said = {"stop_after": self.stop_after, "wait": self.wait, "pause": self.pause}
        return {key: value for key, value in said.items() if value}


def parse_wishes(data: Mapping[str, Any]) -> Wishes:
    return Wishes(str(data.get("stop_after") or ""), data.get("wait") is True, data.get("pause") is True)


@dataclass(frozen=True)
class Hold:
    """Why a wave does not begin now. ``until`` is when it may; without it somebody has to do something.
    ``never``: no time will do."""

    reason: str
    until: datetime | None = None
    never: bool = False

    @property
    def next_start(self) -> str:
        """As documents have it."""
        if self.until is None:
            return ""
        return self.until.astimezone(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")


def check_stop(plan: FleetPlan, stop_after: str | None) -> str:
    """What was given as stop_after, made exact. Raises ArgumentError where the plan has no such thing."""
    given = (stop_after or "").strip()
    if not given:
        return ""
    if given == WINDOW:
        if not any(plan.policy_of(wave).windows for wave in range(len(plan.waves))):
            raise ArgumentError("stop_after is window, and the policy of the plan has no windows.")
        return given
    if given == PREFETCH:
        if summary(plan) is None:
            raise ArgumentError("stop_after is prefetch, and the policy of the plan has nothing done in advance.")
        return given
    names = list(dict.fromkeys([_whole(wave.name) for wave in plan.waves]))
    wanted = f"wave {given}" if given.isdigit() else _whole(given)
    if wanted not in names:
        raise ArgumentError(f"stop_after is {given!r}; the plan has {', '.join(names) or 'no waves'}.")
    return wanted


def _whole(name: str) -> str:
    """A wave that was split for want of room is one: wave 2.1 is of wave 2."""
    return name.partition(".")[0]


def held(plan: FleetPlan, wave: int, wishes: Wishes, asked: str | None, at: datetime, needs: float) -> Hold | None:
    """Why the wave has to wait; None where it may begin.

    ``asked`` is why a person paused the rollout, None where nobody did. ``needs`` is how many seconds the wave will
    take.
    """
    name = plan.waves[wave].name
    if asked is not None:
        return Hold(f"{name} waits: paused{_because(asked)}; resume, {GO_ON_LATER}.")
    if wishes.pause:
        return Hold(f"{name} waits: this run was started with pause; {GO_ON_LATER}.")
    if _is_after(plan, wave, wishes.stop_after):
        return Hold(f"{name} waits: stop_after is {wishes.stop_after}; {GO_ON_LATER}.")
    return _by_window(plan, wave, at, needs)


def waits_in_run(hold: Hold, wishes: Wishes, begun: bool) -> bool:
    """Whether the run itself lets the time pass. ``begun``: it has begun a wave before."""
    return wishes.wait and hold.until is not None and not (begun and wishes.stop_after == WINDOW)


def _is_after(plan: FleetPlan, wave: int, stop_after: str) -> bool:
    if stop_after == PREFETCH:
        return True
    last = [index for index, one in enumerate(plan.waves) if _whole(one.name) == stop_after]
    return bool(last) and wave > last[-1]


def _by_window(plan: FleetPlan, wave: int, at: datetime, needs: float) -> Hold | None:
    policy, name = plan.policy_of(wave), plan.waves[wave].name
    if not policy.windows:
        return None
    opening = opening_at(policy.windows, policy.time_zone, at)
    if opening is not None and at + timedelta(seconds=needs) <= opening.ends:
        return None
    following = next_opening(policy.windows, policy.time_zone, at, needs)
    if following is None:
        told = windows_words(policy.windows, policy.time_zone)
        return Hold(f"{name} takes about {span(needs)}, which no window is long enough for: {told}.", never=True)
    start = on_the_wall(following.begins, policy.time_zone)
    if opening is None:
        why = f"it is outside of its windows, {windows_words(policy.windows, policy.time_zone)}"
    else:
        ends = on_the_wall(opening.ends, policy.time_zone)
        why = f"it takes about {span(needs)} and would not end by {ends}, when the window does"
    return Hold(f"{name} waits: {why}; it may begin at {start}.", following.begins)


def aborted(asked: str) -> str:
    """The reason of a run that a person stopped."""
    return f"It was aborted{_because(asked)}."


def _because(asked: str) -> str:
    """What a person wrote, as a part of a sentence: one line, printable, not too long."""
    words = " ".join(asked.split())
    return f" ({printable(words[:_LONGEST])})" if words else ""
