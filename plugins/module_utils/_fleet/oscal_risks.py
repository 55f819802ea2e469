# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what is amiss in an audit as risks of OSCAL, waivers as approved deviations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .._model.audit import BY_NAME, Audit, Judged, Waiver
from .._model.posture import FAIL
from .audit_text import grouped, said
from .choice import few
from .oscal_words import OSCAL_NAMESPACE, Names, one_line, origin, prop
from .stable_uuid import stable_uuid
from .text import hosts_of, printable

_END_OF_DAY = "T23:59:59Z"


def risks(audit: Audit, names: Names) -> Iterator[dict[str, Any]]:
    """One for each check and waiver: what is amiss on many hosts is one risk."""
    for (check, waiver), some in by_risk(audit).items():
        risk = _risk(names, check, waiver, some)
        remedies = list(dict.fromkeys([one.finding.remedy for one in some if one.finding.remedy]))
        if remedies:
            risk["remediations"] = [_remediation(risk["uuid"], remedies)]
        if waiver is not None:
            risk["deadline"] = waiver.expires + _END_OF_DAY
            risk["risk-log"] = {"entries": [_log(risk["uuid"], waiver, audit.at, names)]}
        yield risk


def by_risk(audit: Audit) -> Mapping[tuple[str, Waiver | None], Sequence[Judged]]:
    found: dict[tuple[str, Waiver | None], list[Judged]] = {}
    for one in audit.findings:
        if one.amiss:
            found.setdefault((one.finding.check, one.waiver), []).append(one)
    return found


def _risk(names: Names, check: str, waiver: Waiver | None, some: Sequence[Judged]) -> dict[str, Any]:
    asked = BY_NAME[check]
    hosts = {one.finding.host for one in some}
    so = "not so" if any(one.finding.outcome == FAIL for one in some) else "not known"
    return {
        "uuid": names.risk(check, waiver),
        "title": one_line(f"{asked.title}: {so} on {hosts_of(len(hosts))}"),
        "description": "\n".join([f"{few(on)}: {printable(said(first))}" for _check, on, first in grouped(some)]),
        "statement": f"The check {check} is one of {asked.severity} severity; the assessor rates the risk.",
        "props": [prop("check", check)],
        "status": "open" if waiver is None else "deviation-approved",
        "origins": [origin()],
        "characterizations": [
            {
                "origin": origin(),
                "facets": [{"name": "severity", "system": OSCAL_NAMESPACE, "value": asked.severity}],
            }
        ],
        "related-observations": [{"observation-uuid": names.observation(one)} for one in some],
    }


def _remediation(risk: str, remedies: Sequence[str]) -> dict[str, Any]:
    return {
        "uuid": stable_uuid(risk, "remediation"),
        "lifecycle": "recommendation",
        "title": "What atomic.fleet recommends",
        "description": "\n".join(map(printable, remedies)),
        "origins": [origin()],
    }


def _log(risk: str, waiver: Waiver, at: str, names: Names) -> dict[str, Any]:
    return {
        "uuid": stable_uuid(risk, "waived", waiver.expires, waiver.reason),
        "title": f"Waived until {waiver.expires}",
        "description": printable(waiver.reason),
        "start": at,
        "end": waiver.expires + _END_OF_DAY,
        "logged-by": [{"party-uuid": names.owner(waiver.owner), "role-id": "risk-owner"}],
        "status-change": "deviation-approved",
        "remarks": "The start is when this audit saw the waiver, not when it was granted.",
    }
