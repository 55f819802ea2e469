# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: an audit as SARIF 2.1.0, whole, or as GitHub's code scanning takes it.

A host is no file. It stands as ``hosts/NAME`` below the root, for viewers want a place, and as a logical location.
Code scanning shows every result as an alert, whatever its kind and whether it is suppressed: what is for it holds only
what somebody has to act on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from .._model.audit import ALL_CHECKS, Audit, Change, Judged
from .._model.posture import FAIL, NOT_APPLICABLE, PASS, UNKNOWN, Check
from .document import digest_plain
from .stable_uuid import stable_uuid

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_HOME = "https://github.com/atomic-fleet/atomic.fleet"
_HELP = f"{_HOME}/blob/main/docs/posture.md"
_LEVELS = {"high": "error", "medium": "warning", "low": "note"}
# in the middle of what GitHub calls high, medium and low
_SCORES = {"high": "8.0", "medium": "5.5", "low": "2.0"}
_KINDS = {FAIL: "fail", UNKNOWN: "open", PASS: "pass", NOT_APPLICABLE: "notApplicable"}
# what GitHub takes; the worst come first
_MOST_TAGS = 20
_MOST_ALERTS = 25_000
# of the tool, so that results of other tools never have the same fingerprint
_FINGERPRINT = "atomicFleetFinding/v1"
_INDEX = {check.name: index for index, check in enumerate(ALL_CHECKS)}


def render_sarif(audit: Audit, name: str) -> dict[str, Any]:
    """All findings, with their kind, and what is waived as suppressed. ``name`` is the audit's id."""
    return _log(audit, name, [_whole(one, audit) for one in audit.findings])


def render_code_scanning(audit: Audit, name: str) -> dict[str, Any]:
    """Only what somebody has to act on."""
    return _log(audit, name, [_alert(one) for one in audit.open[:_MOST_ALERTS]])


def _log(audit: Audit, name: str, results: list[dict[str, Any]]) -> dict[str, Any]:
    driver: dict[str, Any] = {"name": "atomic.fleet", "informationUri": _HOME, "rules": [*_rules(audit)]}
    if audit.version:
        driver["semanticVersion"] = audit.version
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"atomic.fleet/audit/{audit.fleet}/{name}", "guid": stable_uuid(name)},
        "invocations": [
            {
                "executionSuccessful": True,
                "endTimeUtc": audit.at,
                "toolExecutionNotifications": [*_notifications(audit)],
            }
        ],
        "columnKind": "utf16CodeUnits",
        "results": results,
    }
    if audit.change is not None:
        run["baselineGuid"] = stable_uuid(audit.change.before)
    return {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}


def _notifications(audit: Audit) -> Iterator[dict[str, Any]]:
    for host, why in audit.unseen.items():
        yield {"level": "error", "message": {"text": f"{host} could not be looked at: {why}"}}
    for warning in audit.warnings:
        yield {"level": "warning", "message": {"text": warning}}


def _rules(audit: Audit) -> Iterator[dict[str, Any]]:
    for check in ALL_CHECKS:
        text, markdown = _help(check, audit)
        tags = ["security", *_tags(check, audit)][:_MOST_TAGS]
        yield {
            "id": check.name,
            "name": "".join([part.capitalize() for part in check.name.split("-")]),
            "shortDescription": {"text": check.title},
            "fullDescription": {"text": f"A host passes where this is so: {check.title}."},
            "help": {"text": text, "markdown": markdown},
            "helpUri": _HELP,
            "defaultConfiguration": {"level": _LEVELS[check.severity]},
            "properties": {"tags": tags, "precision": "high", "security-severity": _SCORES[check.severity]},
        }


def _tags(check: Check, audit: Audit) -> Iterator[str]:
    for catalogue in audit.catalogues:
        for control in catalogue.controls_of(check.name):
            yield f"{catalogue.id}/{control.label}"


def _help(check: Check, audit: Audit) -> tuple[str, str]:
    """Why the check is asked, as the catalogues have it, plain and as Markdown."""
    text = [f"{check.title}: that is so on a host that passes this check."]
    markdown = [*text, ""]
    for catalogue in audit.catalogues:
        for one in catalogue.checks.get(check.name, ()):
            label = f"{catalogue.title}, {catalogue.controls[one.control].label}"
            text.append(f"Evidence for {label}: {one.shows} It does not show: {one.not_shown}")
            markdown.append(f"- **{label}**: {one.shows} It does not show: {one.not_shown}")
    return "\n".join(text), "\n".join(markdown)


def _whole(one: Judged, audit: Audit) -> dict[str, Any]:
    outcome = one.finding.outcome
    result = _result(one)
    result["kind"] = _KINDS[outcome]
    result["level"] = _LEVELS[one.severity] if outcome == FAIL else "none"
    if one.waiver is not None:
        waiver = one.waiver
        result["suppressions"] = [
            {
                "kind": "external",
                "status": "accepted",
                "justification": f"{waiver.owner}, until {waiver.expires}: {waiver.reason}",
            }
        ]
    if audit.change is not None:
        result["baselineState"] = _since(one, audit.change)
    return result


def _since(one: Judged, change: Change) -> str:
    """Every result of a run has to have a state, or none."""
    if one.amiss:
        return "unchanged" if one.key in change.still else "new"
    return "updated" if one.key in change.gone else "unchanged"


def _alert(one: Judged) -> dict[str, Any]:
    result = _result(one)
    if one.finding.outcome == UNKNOWN:
        # a kind of its own would not be shown as such
        result["message"] = {"text": f"Not known: {_message(one)}"}
        result["level"] = "note" if one.finding.check != ALL_CHECKS[0].name else "error"
    else:
        result["level"] = _LEVELS[one.severity]
    return result


def _result(one: Judged) -> dict[str, Any]:
    finding = one.finding
    where: dict[str, Any] = {"name": finding.host, "fullyQualifiedName": finding.host, "kind": "host"}
    if finding.subject:
        where["fullyQualifiedName"] = f"{finding.host}/{finding.subject}"
    properties: dict[str, Any] = {"host": finding.host}
    if finding.subject:
        properties["subject"] = finding.subject
    if finding.remedy:
        properties["remedy"] = finding.remedy
    if finding.evidence:
        properties["evidence"] = dict(sorted(finding.evidence.items()))
    return {
        "ruleId": finding.check,
        "ruleIndex": _INDEX[finding.check],
        "message": {"text": _message(one)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": f"hosts/{quote(finding.host, safe='')}"},
                    "region": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 2},
                },
                "logicalLocations": [where],
            }
        ],
        "partialFingerprints": fingerprints(one),
        "properties": properties,
    }


def _message(one: Judged) -> str:
    finding = one.finding
    said = finding.message or one.check.title
    about = f" ({finding.subject})" if finding.subject and finding.subject not in said else ""
    remedy = f" {finding.remedy}" if finding.remedy and one.amiss else ""
    return f"{finding.host}{about}: {said}{remedy}"


def fingerprints(one: Judged) -> Mapping[str, str]:
    """The same for the same finding from audit to audit. GitHub goes by the first alone."""
    found = digest_plain(list(one.key))
    return {"primaryLocationLineHash": f"{found[:16]}:1", _FINGERPRINT: found}
