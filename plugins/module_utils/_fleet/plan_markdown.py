# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a plan as Markdown, fit for a comment of a merge request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from .._host.package_words import package_lines, package_summary
from .._model.fleet import SKIP, UPDATE, FleetPlan, PlannedHost, PlannedPackages
from .._model.packages import KEPT_CHANGES
from .choice import few
from .estimate import wave_time
from .markdown import cell, head, markdown, row, table
from .plan_file import plan_id
from .prefetch import summary as prefetch_summary
from .text import (
    change_words,
    group_words,
    hosts_of,
    policy_words,
    roughly,
    safety_words,
    summary,
    when_lines,
    where_words,
)

# GitHub takes comments of 65,536 characters, GitLab of 1,000,000
LIMIT = 65_536
MOST_CHANGES, MOST_WAVES, MOST_WARNINGS, MOST_WORDS = 20, 30, 10, 30
# what closes a folded part and says that it was cut
_CLOSING = 150


@dataclass(frozen=True)
class Part:
    """Lines that are folded away below a title. ``lead`` stands before them, ``rest`` says what was left out."""

    title: str
    lead: tuple[str, ...]
    lines: tuple[str, ...]
    rest: str


def marker(fleet: str) -> str:
    """By this line a pipeline finds the comment that it wrote before."""
    return f"<!-- atomic.fleet plan {fleet} -->"


def render_plan_markdown(plan: FleetPlan, limit: int = LIMIT) -> str:
    """The verdict in the first line, then what changes in which waves, and hosts, packages and policy folded away.

    It never is longer than `limit` characters: what does not fit is counted.
    """
    verdict = summary(plan).removeprefix("Plan: ")
    what = verdict if plan.changes else f"nothing to change. {verdict}"
    lines = [
        f"### Plan for {markdown(plan.fleet)}: {what}",
        marker(plan.fleet),
        "",
        *_warnings(plan),
        *_changes(plan),
        *_waves(plan),
    ]
    closing = ["", f"`{plan_id(plan)}`: approve by this name; it is the hash of everything that would be done.", ""]
    room = limit - _length(lines) - _length(closing)
    for part in _parts(plan):
        folded = fold(part, room)
        room -= _length(folded)
        lines += folded
    return "\n".join([*lines, *closing])


def _length(lines: Sequence[str]) -> int:
    return sum(len(line) + 1 for line in lines)


def fold(part: Part, room: int) -> list[str]:
    """The part with as many of its lines as there is room for; nothing where there is none for a single one."""
    opening = ["", f"<details><summary>{part.title}</summary>", "", *part.lead]
    left = room - _length(opening) - _CLOSING
    kept = 0
    for line in part.lines:
        left -= len(line) + 1
        if left < 0:
            break
        kept += 1
    if not kept:
        return []
    missing = len(part.lines) - kept
    cut = ["", f"{missing} more {part.rest} left out here for length; the plan file has all."] if missing else []
    return [*opening, *part.lines[:kept], *cut, "", "</details>"]


def _warnings(plan: FleetPlan) -> list[str]:
    lines = [f"- **Warning:** {cell(said, 600)}" for said in plan.warnings[:MOST_WARNINGS]]
    more = len(plan.warnings) - MOST_WARNINGS
    return [*lines, *([f"- and {more} more warnings"] if more > 0 else []), *([""] if lines else [])]


def _changes(plan: FleetPlan) -> list[str]:
    count = Counter((host.from_label, _to(host)) for host in plan.hosts if host.action == UPDATE)
    ranked = sorted(count.items(), key=lambda item: (-item[1], item[0]))
    rows = [(before, after, hosts_of(number)) for (before, after), number in ranked[:MOST_CHANGES]]
    if len(ranked) > MOST_CHANGES:
        rows.append(("…", "…", hosts_of(sum(number for _change, number in ranked[MOST_CHANGES:]))))
    return [*table(("From", "To", "Hosts"), rows), ""] if rows else []


def _to(host: PlannedHost) -> str:
    return host.target.label if host.target else "?"


def _waves(plan: FleetPlan) -> list[str]:
    if not plan.waves:
        return []
    rows = []
    for index, wave in enumerate(plan.waves[:MOST_WAVES]):
        takes = "" if plan.pace is None else roughly(wave_time(plan, index, plan.pace))
        words = [few(wave.hosts, 6), group_words(plan, wave)]
        rows.append((wave.name, hosts_of(len(wave.hosts)), takes, "; ".join(filter(None, words))))
    later = plan.waves[MOST_WAVES:]
    if later:
        rows.append((f"and {len(later)} more", hosts_of(sum(len(wave.hosts) for wave in later)), "", ""))
    said = [*when_lines(plan)]
    first = prefetch_summary(plan)
    said += [f"Before the first wave: {first}."] if first else []
    return [*table(("Wave", "Hosts", "About", "Which"), rows), "", *[cell(line, 600) for line in said], ""]


def _parts(plan: FleetPlan) -> list[Part]:
    updates = sorted((host for host in plan.hosts if host.wave is not None), key=lambda host: host.wave or 0)
    found = [_updates(plan, updates)] if updates else []
    for action, title in ((SKIP, "Hosts to skip"), ("none", "Hosts left as they are")):
        hosts = [host for host in plan.hosts if host.action == action]
        if hosts:
            lines = tuple([row(host.name, host.from_label, host.reason) for host in hosts])
            found.append(Part(f"{title}: {len(hosts)}", head("Host", "Runs", "Why"), lines, "hosts"))
    packages = [line for pair in plan.packages for line in _packages(pair)]
    if packages:
        found.append(Part("Packages", (), tuple(packages), "lines of packages"))
    said = [f"- {word}: {cell(words)}" for word, words in policy_words(plan.policy)[:MOST_WORDS]]
    found.append(Part("Policy", (), tuple(said), "words of the policy"))
    return found


def _updates(plan: FleetPlan, hosts: Sequence[PlannedHost]) -> Part:
    lines = []
    for host in hosts:
        where = where_words(host)
        safety = safety_words(host, plan.policy_for(host.name))
        ill = f"not serving: {host.unavailable}" if host.unavailable else ""
        wave = plan.waves[host.wave or 0].name
        lines.append(row(host.name, wave, change_words(host), where, "; ".join(filter(None, [safety, ill]))))
    titles = head("Host", "Wave", "Change", "Where", "Way back and room")
    return Part(f"Hosts to update: {len(hosts)}", titles, tuple(lines), "hosts")


def _packages(pair: PlannedPackages) -> list[str]:
    lines = [f"- {cell(pair.label)}: {cell(package_summary(pair.diff))}"]
    return lines + [f"  - {cell(line.strip())}" for line in package_lines(pair.diff, KEPT_CHANGES)]
