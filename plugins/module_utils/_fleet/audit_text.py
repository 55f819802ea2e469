# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: an audit for people: plain lines for a terminal or a log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._model.audit import NOT_SATISFIED, NOT_TESTED, SATISFIED, Audit, Catalogue, ControlResult, Judged
from .._model.posture import FAIL, NOT_APPLICABLE, PASS, SEVERITIES
from .audit import counts, describe, outcomes
from .choice import few
from .text import hosts_of, printable, table

_MOST = 10

Group = tuple[str, Sequence[str], Judged]


def render_audit_text(audit: Audit) -> str:
    """What somebody has to act on, the worst first; what is waived apart; the numbers at the end."""
    lines = [f"Audit of the fleet {audit.fleet}: {hosts_of(len(audit.hosts))}, seen {audit.at}", ""]
    for severity in SEVERITIES:
        some = [one for one in audit.open if one.severity == severity]
        lines += [f"{severity.capitalize()}:", *_open_lines(audit, grouped(some)), ""] if some else []
    if audit.waived:
        shown = table([_waived_row(audit, *group) for group in grouped(audit.waived)])
        lines += ["Waived:", *[f"  {line}" for line in shown], ""]
    lines += _changes(audit)
    lines += [*[f"Controls, {one.title}: {controls_line(audit, one)}" for one in audit.catalogues], ""]
    lines += [f"Warning: {printable(one)}" for one in audit.warnings]
    lines += [""] if audit.warnings else []
    return "\n".join([*lines, summary_line(audit), ""])


def _open_lines(audit: Audit, groups: Sequence[Group]) -> Iterator[str]:
    """A line for each that differs in more than its host, and below it what to do."""
    shown = table([(check, on(audit, hosts, 3), said(first)) for check, hosts, first in groups])
    for line, (_check, _hosts, first) in zip(shown, groups):
        yield f"  {line}"
        if first.finding.remedy:
            yield f"    do: {printable(first.finding.remedy)}"


def _waived_row(audit: Audit, check: str, hosts: Sequence[str], first: Judged) -> Sequence[str]:
    return first.severity, check, on(audit, hosts, 3), said(first), waiver_words(first)


def on(audit: Audit, hosts: Sequence[str], most: int = 5) -> str:
    """Hosts for people."""
    return f"all {len(hosts)} hosts" if len(hosts) == len(audit.hosts) > 1 else few(hosts, most)


def waiver_words(one: Judged) -> str:
    if one.waiver is None:
        return ""
    return f"until {one.waiver.expires}, {one.waiver.owner}: {one.waiver.reason}"


def said(one: Judged) -> str:
    finding = one.finding
    found = finding.message or ("It failed." if finding.outcome == FAIL else "It is not known.")
    return f"{finding.subject}: {found}" if finding.subject and finding.subject not in found else found


def grouped(some: Sequence[Judged]) -> list[Group]:
    """Findings that say the same of several hosts, together, in their order: check, hosts, the first of them."""
    groups: dict[tuple[object, ...], list[Judged]] = {}
    for one in some:
        finding = one.finding
        same = (finding.check, finding.outcome, finding.subject, finding.message, finding.remedy, one.waiver)
        groups.setdefault(same, []).append(one)
    return [(group[0].finding.check, [one.finding.host for one in group], group[0]) for group in groups.values()]


def _changes(audit: Audit) -> list[str]:
    change = audit.change
    if change is None:
        return []
    numbers = f"{len(change.new)} new, {len(change.gone)} gone, {len(change.still)} still there"
    lines = [f"Since {change.before} of {change.at}: {numbers}."]
    for sign, keys in (("+", change.new), ("-", change.gone)):
        told = describe(keys)
        lines += [f"  {sign} {printable(one)}" for one in told[:_MOST]]
        lines += [f"    and {len(told) - _MOST} more"] if len(told) > _MOST else []
    return [*lines, ""]


def controls_line(audit: Audit, catalogue: Catalogue) -> str:
    """How many controls of a catalogue are in which state."""
    some = [one for one in audit.controls if one.catalogue == catalogue.id]
    states = [(number(some, state), words) for state, words in STATES]
    return ", ".join([f"{count} {words}" for count, words in states if count]) or "none"


# NOT_APPLICABLE is the same word for an outcome and a control.
STATES = (
    (SATISFIED, "satisfied as far as the checks show"),
    (NOT_SATISFIED, "not satisfied"),
    (NOT_TESTED, "not tested on every host"),
    (NOT_APPLICABLE, "not applicable"),
)


def number(some: Sequence[ControlResult], state: str) -> int:
    return sum(one.state == state for one in some)


def summary_line(audit: Audit) -> str:
    found = counts(audit)
    seen = outcomes(audit)
    unseen = f" {hosts_of(len(audit.unseen))} could not be looked at." if audit.unseen else ""
    opened = ", ".join([f"{found[severity]} {severity}" for severity in SEVERITIES])
    return (
        f"Audit: {opened}; {len(audit.waived)} waived; "
        f"{seen[PASS]} passed, {seen[NOT_APPLICABLE]} not applicable.{unseen}"
    )
