# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: an audit as Markdown, for people who read it away from a terminal, and for pipelines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from .._model.audit import BY_NAME, Audit, Catalogue, ControlResult
from .._model.posture import OUTCOMES, SEVERITIES, UNKNOWN
from .audit import counts, describe, outcomes, outcomes_of
from .audit_text import STATES, controls_line, grouped, on, said, summary_line
from .text import printable

_MOST = 50
# what Markdown, or the HTML in it, would act on
_ACTIVE = re.compile(r"([\\`*_{}\[\]<>|#~])")
_STATE_WORDS = dict(STATES)

LIMITS = (
    "This is what the hosts themselves said at one moment, over ssh, to a program that knows some checks. A host that "
    "lies is believed. A control is more than its checks: where one is satisfied here, it is so as far as the checks "
    "show, for the hosts that are listed, and an assessor decides. Policies, people and whatever runs in containers "
    "are outside. Nobody checked who granted the waivers."
)


def render_audit_markdown(audit: Audit) -> str:
    return "\n".join([line for part in _parts(audit) for line in (*part, "")])


def _parts(audit: Audit) -> Iterator[Iterable[str]]:
    yield (f"# Audit of the fleet {_cell(audit.fleet)}",)
    yield _head(audit)
    yield (summary_line(audit),)
    if audit.warnings:
        yield [f"- {_cell(one)}" for one in audit.warnings]
    for severity in SEVERITIES:
        some = grouped([one for one in audit.open if one.severity == severity])
        if some:
            yield (f"## {severity.capitalize()}",)
            yield _table(
                ("Check", "Hosts", "Found", "What to do"),
                [(check, on(audit, hosts), said(first), first.finding.remedy) for check, hosts, first in some],
            )
    if audit.waived:
        yield ("## Waived",)
        yield ("Somebody answers for these until the day that is given; they are no passes.",)
        yield _table(
            ("Severity", "Check", "Hosts", "Found", "Owner", "Reason", "Until"),
            [
                (
                    one.severity,
                    check,
                    on(audit, hosts),
                    said(one),
                    one.waiver.owner,
                    one.waiver.reason,
                    one.waiver.expires,
                )
                for check, hosts, one in grouped(audit.waived)
                if one.waiver is not None
            ],
        )
    if audit.change is not None:
        yield from _change(audit)
    for catalogue in audit.catalogues:
        yield from _controls(audit, catalogue)
    yield from _checks(audit)
    yield from _limits()
    if audit.catalogues:
        yield ("## Reasons",)
        yield ("What each check shows of a control, where it passes, and what it does not show.",)
    for catalogue in audit.catalogues:
        yield from _reasons(catalogue)


def _head(audit: Audit) -> Iterable[str]:
    rows = [
        ("Seen", audit.at),
        ("Hosts", f"{len(audit.hosts)}, of which {len(audit.unseen)} could not be looked at"),
        ("Plan", audit.plan or "none: nothing says what hosts are to run"),
        ("atomic.fleet", audit.version),
        *[(f"To act on: {severity}", str(number)) for severity, number in counts(audit).items()],
        ("Waived", str(len(audit.waived))),
        *[(f"Findings: {name.replace('_', ' ')}", str(number)) for name, number in outcomes(audit).items()],
    ]
    return _table(("", ""), rows)


def _change(audit: Audit) -> Iterator[Iterable[str]]:
    change = audit.change
    if change is None:
        return
    yield ("## Changes",)
    yield (f"Since {_cell(change.before)} of {_cell(change.at)}: {len(change.still)} are still there.",)
    for title, keys in (("New", change.new), ("Gone", change.gone)):
        if keys:
            told = describe(keys)
            rest = [f"- and {len(told) - _MOST} more"] if len(told) > _MOST else []
            yield (f"{title}:",)
            yield [*[f"- {_cell(one)}" for one in told[:_MOST]], *rest]


def _controls(audit: Audit, catalogue: Catalogue) -> Iterator[Iterable[str]]:
    some = [one for one in audit.controls if one.catalogue == catalogue.id]
    yield (f"## {_cell(catalogue.title)}",)
    yield (f"{controls_line(audit, catalogue)}. The controls' text is at <{catalogue.source}>.",)
    baselines = list(catalogue.baselines)
    yield _table(
        ("Control", "What it is about", *[catalogue.baselines[name] for name in baselines], "State", "Checks", "Hosts"),
        [_control_row(audit, one, catalogue, baselines) for one in some],
    )


def _reasons(catalogue: Catalogue) -> Iterator[Iterable[str]]:
    yield (f"### {_cell(catalogue.title)}",)
    yield _table(
        ("Check", "Control", "Shows", "Does not show"),
        [
            (check, catalogue.controls[one.control].label, one.shows, one.not_shown)
            for check, listed in catalogue.checks.items()
            for one in listed
        ],
    )
    if catalogue.unmapped:
        yield ("Checks that are no evidence for a control of this catalogue:",)
        yield [f"- {_cell(check)}: {_cell(why)}" for check, why in catalogue.unmapped.items()]


def _control_row(audit: Audit, one: ControlResult, catalogue: Catalogue, baselines: Sequence[str]) -> Sequence[str]:
    control = catalogue.controls[one.control]
    inside = ["yes" if name in control.baselines else "no" for name in baselines]
    hosts = [f"failed: {on(audit, one.failed)}"] if one.failed else []
    hosts += [f"not known: {on(audit, one.unknown)}"] if one.unknown else []
    state = _STATE_WORDS[one.state] + (", waived" if one.waived else "")
    return control.label, control.title, *inside, state, ", ".join(one.checks), "; ".join(hosts)


def _checks(audit: Audit) -> Iterator[Iterable[str]]:
    yield ("## Checks",)
    rows = []
    for name, check in BY_NAME.items():
        some = outcomes_of(audit.by_check.get(name, ()))
        rows.append((name, check.title, check.severity, *[str(some[word]) for word in OUTCOMES]))
    yield _table(("Check", "What is so where it passes", "Severity", "Failed", "Unknown", "Passed", "n/a"), rows)


def _limits() -> Iterator[Iterable[str]]:
    yield ("## What this does not prove",)
    yield (LIMITS,)
    yield (f"`{UNKNOWN}` counts as a finding: what is not known is not well.",)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = ["| {} |".format(" | ".join(map(_cell, head))), "|{}".format("---|" * len(head))]
    return [*lines, *["| {} |".format(" | ".join(map(_cell, row))) for row in rows]]


def _cell(text: str) -> str:
    return _ACTIVE.sub(r"\\\1", printable(text))
