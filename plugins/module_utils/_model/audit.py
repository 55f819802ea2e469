# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: an audit: what was found on a fleet, what of it is waived, what it says of controls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from .posture import CHECKS, FAIL, UNKNOWN, Check, Finding

AUDIT_SCHEMA = "atomic.fleet/audit/v1"

# Beside what is asked of a host there is whether it could be asked: that is one finding, not one for each check.
OBSERVED = Check("observed", "The host can be looked at", "high")
ALL_CHECKS: tuple[Check, ...] = (OBSERVED, *CHECKS)
BY_NAME: Mapping[str, Check] = {check.name: check for check in ALL_CHECKS}

SATISFIED, NOT_SATISFIED, NOT_TESTED, NOT_APPLICABLE = "satisfied", "not_satisfied", "not_tested", "not_applicable"


@dataclass(frozen=True)
class Waiver:
    """Somebody answers for findings of one check. ``hosts`` is a glob of hosts' or groups' names, ``subject`` one of
    what on the host it is about; ``expires`` is the last day it holds (ISO 8601), ``line`` where it stands in its
    file."""

    check: str
    hosts: str
    owner: str
    reason: str
    expires: str
    subject: str = "*"
    line: int = 0


@dataclass(frozen=True)
class Control:
    """A control of a catalogue. ``title`` is in our own words; ``baselines`` are the catalogue's that have it."""

    id: str
    label: str
    title: str
    baselines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """Why a check is evidence for a control, and what of the control it leaves open."""

    control: str
    shows: str
    not_shown: str


@dataclass(frozen=True)
class Catalogue:
    """A catalogue of controls. ``checks`` says for which controls each check is evidence, ``unmapped`` why some are
    for none."""

    id: str
    title: str
    source: str
    baselines: Mapping[str, str]
    controls: Mapping[str, Control]
    checks: Mapping[str, tuple[Evidence, ...]]
    unmapped: Mapping[str, str] = field(default_factory=dict)

    def controls_of(self, check: str) -> tuple[Control, ...]:
        return tuple([self.controls[one.control] for one in self.checks.get(check, ())])


@dataclass(frozen=True)
class Judged:
    """A finding, and the waiver that covers it, if one does."""

    finding: Finding
    waiver: Waiver | None = None

    @property
    def check(self) -> Check:
        return BY_NAME[self.finding.check]

    @property
    def severity(self) -> str:
        return self.check.severity

    @property
    def amiss(self) -> bool:
        """Whether it is not shown that all is well: it failed, or nobody knows."""
        return self.finding.outcome in (FAIL, UNKNOWN)

    @property
    def counts(self) -> bool:
        """Whether somebody has to act on it."""
        return self.amiss and self.waiver is None

    @property
    def key(self) -> tuple[str, str, str]:
        """What names a finding from audit to audit."""
        return self.finding.host, self.finding.check, self.finding.subject


@dataclass(frozen=True)
class ControlResult:
    """What the checks say of one control: SATISFIED as far as they show, NOT_SATISFIED, NOT_TESTED where they could
    not tell, NOT_APPLICABLE where none applies. ``hosts`` is on how many hosts each outcome was seen; ``waived`` that
    all that failed is waived."""

    catalogue: str
    control: str
    state: str
    checks: tuple[str, ...]
    failed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    waived: bool = False


@dataclass(frozen=True)
class Change:
    """Against the audit before: what is ``new``, ``gone`` and ``still`` amiss, by (host, check, subject)."""

    before: str
    at: str
    new: tuple[tuple[str, str, str], ...] = ()
    gone: tuple[tuple[str, str, str], ...] = ()
    still: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Audit:
    """One audit of a fleet. ``at`` is when it was observed (ISO 8601, UTC), ``plan`` the id of the plan that says what
    hosts are to run. ``unseen`` are the hosts nothing is known of, with the reason. ``findings`` are sorted as a
    report has them."""

    fleet: str
    at: str
    hosts: tuple[str, ...]
    unseen: Mapping[str, str]
    findings: tuple[Judged, ...]
    catalogues: tuple[Catalogue, ...] = ()
    controls: tuple[ControlResult, ...] = ()
    warnings: tuple[str, ...] = ()
    plan: str | None = None
    version: str = ""
    change: Change | None = None

    @cached_property
    def by_catalogue(self) -> Mapping[str, Catalogue]:
        return {one.id: one for one in self.catalogues}

    @cached_property
    def by_check(self) -> Mapping[str, tuple[Judged, ...]]:
        found: dict[str, list[Judged]] = {}
        for one in self.findings:
            found.setdefault(one.finding.check, []).append(one)
        return {check: tuple(some) for check, some in found.items()}

    @cached_property
    def open(self) -> tuple[Judged, ...]:
        return tuple([one for one in self.findings if one.counts])

    @cached_property
    def waived(self) -> tuple[Judged, ...]:
        return tuple([one for one in self.findings if one.amiss and one.waiver is not None])
