# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what there is to tell of an apply, as plain values for the report's templates. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .._model.fleet import UPDATE, FleetPlan, PlannedHost, Snapshot
from .._model.journal import (
    ABORTED,
    DONE,
    HALTED,
    HOST_FAILED,
    INTERRUPTED,
    NEW,
    OPENED,
    ROLLED_BACK,
    RUNNING,
    WAITING,
    Event,
    Progress,
)
from .choice import few
from .journal import fold
from .layers import standing
from .text import hosts_of
from .time_line import TimeLine, since_anew, time_line

TITLES = {
    DONE: "Done",
    HALTED: "Halted",
    ROLLED_BACK: "Stopped and undone",
    ABORTED: "Aborted",
    INTERRUPTED: "Interrupted",
    WAITING: "Waiting",
    RUNNING: "Unfinished",
    NEW: "Not begun",
}
RESULTS = {
    "verified": "updated",
    "failed": "failed",
    "went_back": "gone back",
    "going_back": "going back",
    "rebooting": "rebooting",
    "staged": "staged",
    "intended": "begun",
    "prefetched": "prefetched",
    "not_prefetched": "untouched",
}
_NOT_YET = {"prefetched": "the target was brought to it, and the rollout did not come to it"}


@dataclass(frozen=True)
class HostStory:
    """``result`` is a word of RESULTS, untouched, skipped or unchanged. ``took`` is from intent to verdict, in
    seconds."""

    name: str
    wave: str
    before: str
    wanted: str
    after: str
    result: str
    reason: str
    way_back: str
    took: float | None


@dataclass(frozen=True)
class WaveStory:
    name: str
    hosts: int
    took: float | None
    results: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Failure:
    host: str
    wave: str
    reason: str
    then: str


@dataclass(frozen=True)
class Share:
    """How many hosts run a version; ``place`` numbers the versions for their colours."""

    label: str
    count: int
    place: int


@dataclass(frozen=True)
class Story:
    state: str
    title: str
    sentence: str
    reason: str
    counts: tuple[tuple[str, int], ...]
    before: tuple[Share, ...]
    after: tuple[Share, ...]
    waves: tuple[WaveStory, ...]
    failures: tuple[Failure, ...]
    hosts: tuple[HostStory, ...]
    line: TimeLine
    events: int
    begun: str
    ended: str
    by: str
    runs: tuple[str, ...]


def tell(
    plan: FleetPlan, events: Sequence[Event], before: Snapshot | None = None, after: Snapshot | None = None
) -> Story:
    """``before`` and ``after`` are the fleet as seen around the apply; without them the plan and journal have to do."""
    events = since_anew(events)
    progress = fold(events)
    line = time_line(events)
    took = {row.host: row.marks[0].at - row.phases[0].start for row in line.rows if row.phases and row.marks}
    old = {host.name: host.from_label for host in plan.hosts if host.from_checksum}
    old.update(_versions(plan, before))
    new = {**old, **_claimed(plan, progress), **_versions(plan, after)}
    failures = tuple(_failures(plan, events, progress))
    why = {one.host: one.reason for one in failures}
    hosts = tuple(
        [_host(plan, one, progress, (old, new), why.get(one.name, ""), took.get(one.name)) for one in _in_order(plan)]
    )
    results = Counter(host.result for host in hosts)
    labels = sorted({*old.values(), *new.values()}, key=lambda label: (label == _GONE, label))
    places = {label: place for place, label in enumerate(labels)}
    opened = [event for event in events if event.kind == OPENED]
    return Story(
        progress.state,
        TITLES[progress.state],
        _sentence(plan, progress, results),
        progress.reason,
        tuple(sorted(results.items(), key=lambda item: _RANK.index(item[0]))),
        _shares(old, places),
        _shares(new, places),
        tuple(_waves(plan, line, hosts)),
        failures,
        hosts,
        line,
        len(events),
        events[0].at if events else "",
        events[-1].at if events else "",
        str(opened[0].data.get("by", "")) if opened else "",
        progress.runs,
    )


_GONE = "unreachable"
_RANK = (
    "updated",
    "failed",
    "gone back",
    "going back",
    "rebooting",
    "staged",
    "begun",
    "prefetched",
    "untouched",
    "skipped",
    "unchanged",
)


def _in_order(plan: FleetPlan) -> list[PlannedHost]:
    planned = plan.by_name
    waved = [planned[name] for wave in plan.waves for name in wave.hosts]
    return waved + [host for host in plan.hosts if host.wave is None]


def _versions(plan: FleetPlan, snapshot: Snapshot | None) -> dict[str, str]:
    found = {}
    for host in snapshot.hosts if snapshot else ():
        booted = standing(host.state, plan.layers) if host.state else None
        found[host.name] = booted.label if booted else _GONE
    return found


def _claimed(plan: FleetPlan, progress: Progress) -> dict[str, str]:
    """What the journal says hosts run now, where it says so."""
    planned = plan.by_name
    return {
        name: one.target.label
        for name in progress.hosts
        for one in [planned.get(name)]
        if one is not None and one.target is not None and progress.stage(name) == "verified"
    }


def _host(
    plan: FleetPlan,
    host: PlannedHost,
    progress: Progress,
    versions: tuple[Mapping[str, str], Mapping[str, str]],
    why: str,
    took: float | None,
) -> HostStory:
    stage = progress.stage(host.name)
    if stage is not None:
        known = progress.hosts[host.name]
        result, reason = RESULTS[stage], why or known.reason or _NOT_YET.get(stage, "")
    elif host.action == UPDATE:
        result, reason = "untouched", "the rollout did not come to it"
    else:
        result, reason = ("skipped" if host.action == "skip" else "unchanged"), host.reason
    return HostStory(
        host.name,
        plan.waves[host.wave].name if host.wave is not None else "",
        versions[0].get(host.name, _GONE),
        host.target.label if host.target else "",
        versions[1].get(host.name, _GONE),
        result,
        reason,
        (host.way_back or "").replace("_", " "),
        took,
    )


def _shares(versions: Mapping[str, str], places: Mapping[str, int]) -> tuple[Share, ...]:
    count = Counter(versions.values())
    return tuple([Share(label, count[label], places[label]) for label in sorted(count, key=lambda one: places[one])])


def _waves(plan: FleetPlan, line: TimeLine, hosts: Sequence[HostStory]) -> list[WaveStory]:
    took = {band.wave: band.end - band.start for band in line.bands}
    results: dict[str, Counter[str]] = {}
    for host in hosts:
        results.setdefault(host.wave, Counter())[host.result] += 1
    return [
        WaveStory(
            wave.name,
            len(wave.hosts),
            took.get(index),
            tuple(sorted(results.get(wave.name, Counter()).items(), key=lambda item: _RANK.index(item[0]))),
        )
        for index, wave in enumerate(plan.waves)
    ]


def _failures(plan: FleetPlan, events: Sequence[Event], progress: Progress) -> list[Failure]:
    then = {
        "verified": "later came out well",
        "went_back": "has gone back to what it ran before",
        "going_back": "is on its way back",
        "failed": "was left as it is",
    }
    reasons: dict[str, Event] = {}
    for event in events:
        if event.kind == HOST_FAILED and event.host is not None:
            reasons.setdefault(event.host, event)
    found = []
    for name, event in reasons.items():
        wave = event.wave if event.wave is not None else progress.hosts[name].wave
        lost = "nothing was heard of it" if event.data.get("lost") else "no reason was given"
        named = plan.waves[wave].name if wave is not None and wave < len(plan.waves) else ""
        found.append(
            Failure(
                name,
                named,
                str(event.data.get("reason") or lost),
                then.get(progress.stage(name) or "", "is being tried again"),
            )
        )
    return found


def _sentence(plan: FleetPlan, progress: Progress, results: Mapping[str, int]) -> str:
    wanted = few([target.label for target in plan.targets], 3) or "nothing"
    touched = sum(len(wave.hosts) for wave in plan.waves)
    updated, untouched, back = results.get("updated", 0), results.get("untouched", 0), results.get("gone back", 0)
    run = f"{updated} of {hosts_of(touched)} {_verb(updated, 'runs', 'run')} it."
    rest = f" {hosts_of(untouched)} {_verb(untouched, 'was', 'were')} never touched." if untouched else ""
    if progress.state == DONE:
        if not touched:
            return "There was nothing to change."
        less = f"; {hosts_of(touched - updated)} did not come out well" if updated < touched else ""
        return f"{updated} of {hosts_of(touched)} now {_verb(updated, 'runs', 'run')} {wanted}{less}."
    where = plan.waves[progress.waves_begun[-1]].name if progress.waves_begun else "beginning"
    where = f"the {where}" if where.startswith(("beginning", "canary")) else where
    if progress.state == ROLLED_BACK:
        went = f"{hosts_of(back)} went back to what {_verb(back, 'it', 'they')} ran before."
        return f"{wanted} was stopped at {where} and undone: {went}{rest}"
    if progress.state == HALTED:
        return f"{wanted} was stopped at {where}; {run}{rest}"
    ended = {
        ABORTED: f"was aborted at {where}",
        INTERRUPTED: f"was interrupted at {where}",
        WAITING: f"waits after {where}" if progress.waves_begun else "waits to begin",
        NEW: "has not begun",
    }
    how = ended.get(progress.state, f"is not finished, it stands at {where}")
    return f"The rollout of {wanted} {how}; {run}{rest}"


def _verb(count: int, one: str, more: str) -> str:
    return one if count == 1 else more
