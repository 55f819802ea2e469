# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what was found on hosts, waivers and catalogues of controls -> an audit.

A waiver covers a finding, it does not turn it into a pass: a control whose check failed stays not satisfied, and says
that somebody answers for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from .._model.audit import (
    ALL_CHECKS,
    NOT_APPLICABLE,
    NOT_SATISFIED,
    NOT_TESTED,
    OBSERVED,
    SATISFIED,
    Audit,
    Catalogue,
    Change,
    ControlResult,
    Judged,
    Waiver,
)
from .._model.posture import FAIL, OUTCOMES, PASS, SEVERITIES, UNKNOWN, Finding
from .choice import few
from .waivers import Waivers

_ORDER = {check.name: index for index, check in enumerate(ALL_CHECKS)}


def make_audit(
    fleet: str,
    at: str,
    seen: Mapping[str, Sequence[Finding]],
    unseen: Mapping[str, str],
    waivers: Waivers,
    catalogues: Sequence[Catalogue] = (),
    plan: str | None = None,
    version: str = "",
) -> Audit:
    """``seen`` is what was found on every host that could be looked at, ``unseen`` why others could not be."""
    found = [one for findings in seen.values() for one in findings]
    found += [Finding(host, OBSERVED.name, PASS, message="It was looked at.") for host in seen]
    found += [_unseen(host, why) for host, why in unseen.items()]
    findings = tuple(sorted([Judged(one, _waiver(one, waivers)) for one in found], key=_rank))
    return Audit(
        fleet=fleet,
        at=at,
        hosts=tuple(sorted([*seen, *unseen])),
        unseen=dict(sorted(unseen.items())),
        findings=findings,
        catalogues=tuple(catalogues),
        controls=tuple(_controls(findings, unseen, catalogues)),
        warnings=tuple(waivers.warnings()),
        plan=plan,
        version=version,
    )


def _unseen(host: str, why: str) -> Finding:
    return Finding(
        host,
        OBSERVED.name,
        UNKNOWN,
        message=f"It could not be looked at ({why.rstrip('.')}), so nothing is known of it.",
        remedy="See that the host is up and that ssh reaches it, or take it out of the inventory, and audit again.",
    )


def _waiver(finding: Finding, waivers: Waivers) -> Waiver | None:
    return waivers.covering(finding) if finding.outcome in (FAIL, UNKNOWN) else None


def _rank(one: Judged) -> tuple[int, int, int, str, str, str]:
    finding = one.finding
    severity, outcome = SEVERITIES.index(one.severity), OUTCOMES.index(finding.outcome)
    return severity, outcome, _ORDER[finding.check], finding.host, finding.subject, finding.message


def _controls(
    findings: Sequence[Judged], unseen: Collection[str], catalogues: Sequence[Catalogue]
) -> Iterator[ControlResult]:
    by_check: dict[str, list[Judged]] = {}
    for one in findings:
        by_check.setdefault(one.finding.check, []).append(one)
    # of a host that could not be looked at, nothing is known at all
    lost = [one for one in by_check.get(OBSERVED.name, ()) if one.finding.host in unseen]
    for catalogue in catalogues:
        for control in catalogue.controls:
            checks = [name for name, listed in catalogue.checks.items() if control in [one.control for one in listed]]
            about = [one for check in checks for one in by_check.get(check, ())] + lost
            yield _control(catalogue.id, control, tuple(sorted(checks, key=_ORDER.__getitem__)), about)


def _control(catalogue: str, control: str, checks: tuple[str, ...], about: Sequence[Judged]) -> ControlResult:
    failed = _hosts(about, FAIL)
    unknown = _hosts(about, UNKNOWN)
    passed = _hosts(about, PASS)
    state = NOT_SATISFIED if failed else NOT_TESTED if unknown else SATISFIED if passed else NOT_APPLICABLE
    amiss = [one for one in about if one.amiss]
    waived = bool(amiss) and all(one.waiver is not None for one in amiss)
    return ControlResult(catalogue, control, state, checks, failed, unknown, waived)


def _hosts(about: Iterable[Judged], outcome: str) -> tuple[str, ...]:
    return tuple(sorted({one.finding.host for one in about if one.finding.outcome == outcome}))


def counts(audit: Audit) -> Mapping[str, int]:
    """How many findings somebody has to act on, by severity; a host that could not be looked at is one."""
    found = Counter([one.severity for one in audit.open])
    return {severity: found[severity] for severity in SEVERITIES}


def outcomes(audit: Audit) -> Mapping[str, int]:
    return outcomes_of(audit.findings)


def outcomes_of(some: Iterable[Judged]) -> Mapping[str, int]:
    found = Counter([one.finding.outcome for one in some])
    return {name: found[name] for name in OUTCOMES}


def reaches(audit: Audit, severity: str) -> int:
    """How many findings that somebody has to act on are of this severity or a higher one."""
    return sum(number for name, number in counts(audit).items() if SEVERITIES.index(name) <= SEVERITIES.index(severity))


def compared(audit: Audit, before: str, at: str, keys: Collection[tuple[str, str, str]]) -> Audit:
    """The audit with what changed since another one, whose name, time and findings amiss these are.

    What was amiss on hosts or in checks that this audit knows nothing of, or did not ask, is neither gone nor still
    there.
    """
    now = {one.key for one in audit.findings if one.amiss}
    told = {(one.finding.host, one.finding.check) for one in audit.findings if one.finding.outcome in (PASS, FAIL)}
    gone = [key for key in keys if key not in now and (key[0], key[1]) in told]
    change = Change(
        before,
        at,
        new=tuple(sorted(now.difference(keys))),
        gone=tuple(sorted(gone)),
        still=tuple(sorted(now.intersection(keys))),
    )
    return replace(audit, change=change)


def describe(keys: Iterable[tuple[str, str, str]]) -> list[str]:
    """Findings by their keys for people: a line for each that differs in more than its host."""
    found: dict[tuple[str, str], list[str]] = {}
    for host, check, subject in keys:
        found.setdefault((check, subject), []).append(host)
    return [
        "{}{}: {}".format(check, f" ({subject})" if subject else "", few(hosts, 3))
        for (check, subject), hosts in sorted(found.items())
    ]
