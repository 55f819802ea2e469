# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a plan and a snapshot as text for a terminal. What hosts said is made printable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .._host.package_words import package_lines, package_summary
from .._model.drift import Drift
from .._model.fleet import (
    BOOT,
    ENOUGH,
    SKIP,
    SYSROOT,
    UNKNOWN,
    UPDATE,
    FleetPlan,
    PlannedHost,
    Snapshot,
    SnapshotHost,
    Wave,
)
from .._model.gate import Gate
from .._model.host import HostState
from .._model.packages import KEPT_CHANGES
from .._model.policy import NO_PREFETCH, REQUIRED, Group, Policy
from .choice import few, unavailable
from .drift_text import drift_columns, drift_lines
from .estimate import wave_time, wave_times
from .exclusion import asked
from .plan_file import plan_id
from .policy import render_policy
from .prefetch import how_prefetched, words
from .prefetch import summary as prefetch_summary
from .window_words import windows_words

BAR = 24


def printable(text: str) -> str:
    """One line without anything a terminal would act on."""
    return "".join([one if one.isprintable() else "?" for one in text])


def span(seconds: float) -> str:
    """A time for people: 40 s, 10 min, 2 h 5 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def roughly(seconds: float) -> str:
    """A time that is only estimated: no more exact than it can be."""
    grain = 5 if seconds < 60 else 30 if seconds < 600 else 60 if seconds < 7200 else 600
    return span(max(grain, round(seconds / grain) * grain))


def hosts_of(count: int) -> str:
    return "1 host" if count == 1 else f"{count} hosts"


def summary(plan: FleetPlan) -> str:
    """The line by which people of terraform plan know what is coming."""
    count = Counter(host.action for host in plan.hosts)
    return f"Plan: {count[UPDATE]} to update, {count[SKIP]} to skip, {count['none']} unchanged."


def policy_words(policy: Policy) -> tuple[tuple[str, str], ...]:
    """The policy in pairs of a word and what it says."""
    canary = few(policy.canary_hosts) if policy.canary_hosts else f"{policy.canary} of the hosts to change"
    away = [f"{policy.max_unavailable} of the fleet"]
    away += [f"{amount} of every {kind}" for kind, amount in sorted(policy.domains.items())]
    failing = [f"{amount} of every {kind}" for kind, amount in sorted(policy.failure_domains.items())]
    order = [(f"order by {policy.order.variable}", ", then ".join(policy.order.values))] if policy.order else []
    return (
        ("canary", canary),
        ("waves", ", ".join([str(one) for one in policy.waves])),
        ("unavailable at once", "at most " + ", ".join(away)),
        ("failure budget", ", ".join([str(policy.failure_budget), *failing])),
        ("on failure", policy.on_failure.replace("_", " ")),
        ("bake time", span(policy.bake_time)),
        *([("windows", windows_words(policy.windows, policy.time_zone))] if policy.windows else []),
        ("gates", ", ".join(map(gate_label, policy.gates)) or "none"),
        *((("drains", ", ".join([one.kind for one in policy.drains])),) if policy.drains else ()),
        *order,
        *[(one.label, _own(one, said)) for one, said in zip(policy.groups, render_policy(policy)["groups"])],
        *[("excluded", f"{asked(one)}: {one.reason}") for one in policy.exclude],
        *((("signatures", policy.signatures),) if policy.signatures == REQUIRED else ()),
        *((("prefetch", policy.prefetch),) if policy.prefetch != NO_PREFETCH else ()),
    )


def gate_label(gate: Gate) -> str:
    """A gate or drain in short: its kind, and what its first words say."""
    said = [", ".join(map(str, word)) if isinstance(word, tuple) else str(word) for word in gate.words.values()]
    return f"{gate.kind} ({'; '.join(said)})" if said else gate.kind


def _own(group: Group, said: Mapping[str, Any]) -> str:
    """What a group says itself. ``said`` is that as it is written."""
    shown = {key: ", ".join(map(str, one)) if isinstance(one, list) else str(one) for key, one in said.items()}
    if "gates" in said:
        shown["gates"] = ", ".join(map(gate_label, group.policy.gates)) or "none"
    if "windows" in said:
        shown["windows"] = windows_words(group.policy.windows, group.policy.time_zone)
    return "; ".join([f"{key.replace('_', ' ')} {one}" for key, one in shown.items() if key != "where"])


def render_plan_text(plan: FleetPlan, every: bool = False) -> str:
    """What the plan would do, its summary in the last line but one. ``every``: no host is left out for length."""
    most = len(plan.hosts) if every else 20
    lines = [f"Fleet {plan.fleet}: {hosts_of(len(plan.hosts))}", ""]
    if plan.waves:
        lines += ["Changes:", *[f"  {line}" for line in table(_change_rows(plan))], "", "Waves:"]
        lines += [f"  {line}" for line in table(_wave_rows(plan, most))]
        lines += [f"  {line}" for line in when_lines(plan)]
        first = prefetch_summary(plan)
        lines += ["", f"Before the first wave: {first}"] if first else []
        lines += ["", "Hosts to update:"]
        updates = sorted((host for host in plan.hosts if host.wave is not None), key=lambda host: host.wave or 0)
        rows = [_update_row(host, plan.policy_for(host.name)) for host in updates[:most]]
        lines += [f"  ~ {line}" for line in table(rows)]
        lines += [f"    and {len(updates) - most} more"] if len(updates) > most else []
        lines += [""]
    lines += _packages(plan, KEPT_CHANGES if every else 10)
    for action, title, sign in ((SKIP, "Hosts to skip", "-"), ("none", "Hosts left as they are", " ")):
        lines += _by_reason(title, sign, [host for host in plan.hosts if host.action == action], most)
    lines += [f"Warning: {printable(warning)}" for warning in plan.warnings]
    lines += [""] if plan.warnings else []
    return "\n".join([*lines, summary(plan), plan_id(plan), ""])


def _packages(plan: FleetPlan, most: int) -> list[str]:
    lines = []
    for pair in plan.packages:
        lines.append(f"  {pair.label}: {package_summary(pair.diff)}")
        lines += [f"    {line}" for line in package_lines(pair.diff, most)]
    return ["Packages:", *map(printable, lines), ""] if lines else []


def _change_rows(plan: FleetPlan) -> Iterator[Sequence[str]]:
    """What changes to what, the most hosts first."""
    count = Counter(change_words(host) for host in plan.hosts if host.action == UPDATE)
    for change, number in sorted(count.items(), key=lambda item: (-item[1], item[0])):
        yield change, hosts_of(number)


def change_words(host: PlannedHost) -> str:
    """What the host runs, and what it would run."""
    return f"{host.from_label} -> {host.target.label if host.target else '?'}"


_ROOM = {
    None: "",
    ENOUGH: "has room",
    BOOT: "little room in /boot",
    SYSROOT: "little room in /sysroot",
    UNKNOWN: "room unknown",
}


def _wave_rows(plan: FleetPlan, most: int) -> Iterator[Sequence[str]]:
    for index, wave in enumerate(plan.waves[:most]):
        takes = () if plan.pace is None else (f"about {roughly(wave_time(plan, index, plan.pace))}",)
        yield (
            wave.name,
            hosts_of(len(wave.hosts)),
            *takes,
            few(wave.hosts, most if most > 20 else 6),
            group_words(plan, wave),
        )
    if len(plan.waves) > most:
        yield (f"and {len(plan.waves) - most} more waves", "", *([""] if plan.pace else []), "", "")


def when_lines(plan: FleetPlan) -> Iterator[str]:
    """How long all waves take together, and in which windows they have to."""
    if plan.pace is not None:
        count = plan.pace.hosts
        known = f"as {hosts_of(count)} took before" if count else "a guess, for none was changed yet"
        yield f"In all about {roughly(sum(wave_times(plan, plan.pace)))} ({known})."
    policies = [plan.policy_of(wave) for wave in range(len(plan.waves))]
    for words_of in dict.fromkeys([windows_words(one.windows, one.time_zone) for one in policies if one.windows]):
        yield f"Windows: {words_of}."


def group_words(plan: FleetPlan, wave: Wave) -> str:
    """The group that a wave is of, where it is of one."""
    index = plan.policy.group_of(plan.by_name[wave.hosts[0]].domains)
    return "" if index is None else f"group {plan.policy.groups[index].label}"


def _update_row(host: PlannedHost, policy: Policy) -> Sequence[str]:
    return host.name, change_words(host), where_words(host), safety_words(host, policy), host.unavailable or ""


def where_words(host: PlannedHost) -> str:
    """The failure domains that the host is in."""
    return ", ".join(f"{kind} {value}" for kind, value in sorted(host.domains.items()))


def safety_words(host: PlannedHost, policy: Policy) -> str:
    """How it gets back, whether it has room, and what it gets before the first wave."""
    back = (host.way_back or "unknown").replace("_", " ")
    first = words(how_prefetched(host, policy))
    said = [f"way back {back}", "pinned" if host.pinned else "", _ROOM[host.room], first]
    return ", ".join(filter(None, said))


def _by_reason(title: str, sign: str, hosts: Sequence[PlannedHost], most: int) -> list[str]:
    if not hosts:
        return []
    reasons: dict[str, list[str]] = {}
    for host in hosts:
        reasons.setdefault(host.reason, []).append(host.name)
    found = [f"  {sign} {few(names, 6)}: {printable(reason)}" for reason, names in sorted(reasons.items())]
    rest = [f"    and {len(found) - most} more reasons"] if len(found) > most else []
    return [f"{title}:", *found[:most], *rest, ""]


def table(rows: Iterable[Sequence[str]]) -> list[str]:
    """The rows in columns, printable, without trailing blanks."""
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*cells)]
    return ["  ".join([cell.ljust(width) for cell, width in zip(row, widths)]).rstrip() for row in cells]


def render_status(snapshot: Snapshot, policy: Policy = Policy(), drift: Drift = Drift()) -> str:  # noqa: B008
    """Which versions the fleet runs, every host, and pools whose image is not what they run."""
    hosts = sorted(snapshot.hosts, key=lambda one: one.name)
    lines = [f"Fleet {snapshot.fleet}: {hosts_of(len(hosts))}" + (f", seen {snapshot.at}" if snapshot.at else ""), ""]
    count = Counter(_runs(host) for host in hosts)
    rows = [("VERSION", "HOSTS", "")]
    rows += [
        (version, str(number), "#" * max(1, BAR * number // len(hosts)))
        for version, number in sorted(count.items(), key=lambda item: (-item[1], item[0]))
    ]
    lines += [*table(rows), ""]
    if hosts:
        kinds = sorted({kind for host in hosts for kind in host.domains})
        head = ("HOST", "RUNS", "BOOTS NEXT", "WAY BACK", "HEALTH", *[kind.upper() for kind in kinds])
        every: list[Sequence[str]] = [
            head,
            *[_status_row(host, kinds, policy.of(host.domains).gates) for host in hosts],
        ]
        columns = drift_columns(drift, hosts)
        for title, tell in (("DRIVEN BY", _driven), ("UPDATES ITSELF", _updates)):
            columns.append((title, [tell(host.state) for host in hosts]))
        for title, column in columns:
            if any(column):
                every = [(*row, said) for row, said in zip(every, (title, *column))]
        lines += [*table(every), ""]
    troubles = [printable(line) for line in drift_lines(drift)]
    lines += [*troubles, ""] if troubles else []
    return "\n".join(lines)


def _runs(host: SnapshotHost) -> str:
    if host.state is None:
        return "unreachable"
    return host.state.booted.label if host.state.booted else "no deployment"


def _driven(state: HostState | None) -> str:
    """What drives the host, where that is not ostree itself, and what is layered on it."""
    booted = state.booted if state else None
    if state is None or booted is None or state.backend == "ostree":
        return ""
    layers = len(booted.requested_packages + booted.requested_local)
    marks = [f"{layers} layered"] if layers else []
    marks += ["incompatible"] if booted.incompatible and state.backend == "bootc" else []
    return ", ".join([state.backend, *marks])


def _updates(state: HostState | None) -> str:
    """What updates the host by itself, or who holds it back."""
    if state is None or state.hold is None:
        return (state.update_driver if state else None) or ""
    hold = state.hold
    return f"held by {hold.owner}" + (f" for {hold.plan}" if hold.plan else "")


def _status_row(host: SnapshotHost, kinds: Sequence[str], gates: Sequence[Gate]) -> Sequence[str]:
    state = host.state
    upcoming = state.next_boot if state else None
    following = upcoming.label if state and upcoming and state.reboot_required else "the same"
    back = state.previous.label if state and state.previous else "none"
    health = unavailable(host, gates) or "well"
    if state is None:
        following, back, health = "", "", host.error or "not observed"
    return (host.name, _runs(host), following, back, health, *[host.domains.get(kind, "") for kind in kinds])
