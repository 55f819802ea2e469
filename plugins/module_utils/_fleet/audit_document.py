# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: an audit as a document, and what the next one has to know of it.

JSON laid out for reading and for diff: one line a host, a finding, a control. ``hash`` is the digest of everything
else in it, ``id`` the start of that.
"""

from __future__ import annotations

import json
from typing import Any

from .._errors import ArgumentError
from .._model.audit import AUDIT_SCHEMA, Audit, Change, ControlResult, Judged, Waiver
from .._model.posture import FAIL, UNKNOWN
from .audit import counts, outcomes
from .document import Place, digest_plain, load, short


def audit_id(audit: Audit) -> str:
    return short("audit", digest_plain(_content(audit)))


def render_audit(audit: Audit) -> str:
    """The text of the file, its last newline included."""
    content = _content(audit)
    full = digest_plain(content)
    lines = ["{", '  "id": "{}",'.format(short("audit", full)), f'  "hash": "{full}",']
    for key, value in content.items():
        if isinstance(value, list) and value:
            lines += [f'  "{key}": [', ",\n".join("    " + json.dumps(item) for item in value), "  ],"]
        else:
            lines.append(f'  "{key}": {json.dumps(value)},')
    lines[-1] = lines[-1][:-1]
    return "\n".join([*lines, "}", ""])


def _content(audit: Audit) -> dict[str, Any]:
    content: dict[str, Any] = {
        "schema": AUDIT_SCHEMA,
        "fleet": audit.fleet,
        "at": audit.at,
        "version": audit.version,
        "plan": audit.plan,
        "summary": summary(audit),
        "catalogues": [one.id for one in audit.catalogues],
        "warnings": list(audit.warnings),
        "hosts": [_host(name, audit.unseen.get(name)) for name in audit.hosts],
        "findings": [_finding(one) for one in audit.findings],
        "controls": [_control(one) for one in audit.controls],
    }
    if audit.change is not None:
        content["change"] = _change(audit.change)
    return content


def summary(audit: Audit) -> dict[str, Any]:
    """Numbers: of hosts, of findings to act on by severity, of those that are waived, of all by outcome."""
    return {
        "hosts": len(audit.hosts),
        "unseen": len(audit.unseen),
        "open": dict(counts(audit)),
        "waived": len(audit.waived),
        "outcomes": dict(outcomes(audit)),
    }


def _host(name: str, error: str | None) -> dict[str, Any]:
    return {"name": name} if error is None else {"name": name, "error": error}


def _finding(one: Judged) -> dict[str, Any]:
    finding = one.finding
    line: dict[str, Any] = {
        "host": finding.host,
        "check": finding.check,
        "severity": one.severity,
        "outcome": finding.outcome,
    }
    line.update({key: value for key, value in (("subject", finding.subject), ("message", finding.message)) if value})
    if finding.remedy and one.amiss:
        line["remedy"] = finding.remedy
    if finding.evidence:
        line["evidence"] = dict(sorted(finding.evidence.items()))
    if one.waiver is not None:
        line["waiver"] = render_waiver(one.waiver)
    return line


def render_waiver(waiver: Waiver) -> dict[str, Any]:
    return {
        "check": waiver.check,
        "hosts": waiver.hosts,
        "subject": waiver.subject,
        "owner": waiver.owner,
        "reason": waiver.reason,
        "expires": waiver.expires,
    }


def _control(one: ControlResult) -> dict[str, Any]:
    line: dict[str, Any] = {"catalogue": one.catalogue, "control": one.control, "state": one.state}
    line["checks"] = list(one.checks)
    for key, hosts in (("failed", one.failed), ("unknown", one.unknown)):
        if hosts:
            line[key] = list(hosts)
    if one.waived:
        line["waived"] = True
    return line


def _change(change: Change) -> dict[str, Any]:
    return {
        "before": change.before,
        "at": change.at,
        "new": [list(key) for key in change.new],
        "gone": [list(key) for key in change.gone],
        "still": [list(key) for key in change.still],
    }


def parse_before(text: str, source: str) -> tuple[str, str, frozenset[tuple[str, str, str]]]:
    """Of an earlier audit its id, its time, and what was amiss, by (host, check, subject).

    Raises ParseError where it is none, ArgumentError where it was changed since it was made.
    """
    place = Place(source)
    data = load(text, place)
    if data.get("schema") != AUDIT_SCHEMA:
        place.wrong(f"this is not an audit of schema {AUDIT_SCHEMA}")
    content = {key: value for key, value in data.items() if key not in ("id", "hash")}
    full = digest_plain(content)
    if data.get("hash") != full or data.get("id") != short("audit", full):
        raise ArgumentError(f"{source}: this audit is not what it was when it was made (its hash does not fit).")
    keys = set()
    for item in place.items(data, "findings"):
        one = place.mapping(item, "a finding")
        if one.get("outcome") in (FAIL, UNKNOWN):
            keys.add((place.text(one, "host"), place.text(one, "check"), place.maybe_text(one, "subject") or ""))
    return place.text(data, "id"), place.text(data, "at"), frozenset(keys)
