# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: an audit as OSCAL assessment results, for NIST SP 800-53.

Hosts are inventory items, what a check saw on them are observations (one for each that is amiss, one for all hosts on
which it passed), what is amiss is a risk for each check, and each control is a finding. A waiver is a deviation that
was approved: its risk says so, and the control stays not satisfied. Every identifier follows from the content: hosts
and risks keep theirs from audit to audit, and the same audit is the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from .._model.audit import BY_NAME, NOT_APPLICABLE, NOT_TESTED, OBSERVED, SATISFIED, Audit, ControlResult, Judged
from .._model.posture import NOT_APPLICABLE as APPLIES_NOT
from .._model.posture import PASS
from .audit_text import said
from .choice import few
from .oscal_risks import risks
from .oscal_words import TOOL, Names, one_line, origin, party, prop
from .text import hosts_of, printable

OSCAL_VERSION = "1.2.1"
CATALOGUE = "nist_800_53"
_CALM = (PASS, APPLIES_NOT)


def render_oscal(audit: Audit, name: str, evidence: str, plan: str) -> dict[str, Any]:
    """``name`` is the audit's id, ``evidence`` the file that has all of it, beside this one; ``plan`` is the reference
    to the assessment plan, which is not ours to write."""
    return {"assessment-results": _Results(audit, name, evidence).document(plan)}


class _Results:
    def __init__(self, audit: Audit, name: str, evidence: str) -> None:
        self.audit = audit
        self.name = name
        self.names = Names(audit, name)
        self.evidence = evidence
        self.resource = self.names.once("evidence")
        # of these hosts no check is known
        self.unseen = [one for one in audit.by_check.get(OBSERVED.name, ()) if one.amiss]
        self.owners = sorted({one.waiver.owner for one in audit.waived if one.waiver is not None})

    def document(self, plan: str) -> dict[str, Any]:
        return {
            "uuid": self.names.once("assessment-results"),
            "metadata": self.metadata(),
            "import-ap": {"href": plan or f"#{self.names.lasting('plan')}"},
            "results": [self.result()],
            "back-matter": {"resources": [*self.resources(plan)]},
        }

    def metadata(self) -> dict[str, Any]:
        tool = {"uuid": self.names.lasting("operator"), "type": "organization", "name": self.audit.fleet}
        parties = [{**tool, "remarks": f"Whoever runs the fleet {self.audit.fleet}."}]
        parties += [party(self.names.owner(owner), owner) for owner in self.owners]
        return {
            "title": f"Audit of the fleet {one_line(self.audit.fleet)}",
            "last-modified": self.audit.at,
            "version": self.name,
            "oscal-version": OSCAL_VERSION,
            "roles": [
                {"id": "assessor", "title": "Who assessed"},
                {"id": "risk-owner", "title": "Who answers for a risk that was accepted"},
            ],
            "parties": parties,
            "responsible-parties": [{"role-id": "assessor", "party-uuids": [self.names.lasting("operator")]}],
        }

    def resources(self, plan: str) -> Iterator[dict[str, Any]]:
        yield {
            "uuid": self.resource,
            "title": "The audit",
            "description": "All findings with what was seen, as atomic.fleet keeps them.",
            "rlinks": [{"href": self.evidence, "media-type": "application/json"}],
        }
        if not plan:
            yield {
                "uuid": self.names.lasting("plan"),
                "title": "No assessment plan",
                "description": "This audit was made without an assessment plan in OSCAL; name one and it stands here.",
                "rlinks": [{"href": "https://github.com/atomic-fleet/atomic.fleet/blob/main/docs/audit.md"}],
            }

    def result(self) -> dict[str, Any]:
        audit = self.audit
        controls = [one for one in audit.controls if one.catalogue == CATALOGUE and one.state != NOT_APPLICABLE]
        result: dict[str, Any] = {
            "uuid": self.names.once("result"),
            "title": f"Audit of {hosts_of(len(audit.hosts))} at {audit.at}",
            "description": (
                "What the hosts said of themselves at one moment, over ssh, to automatic checks. A control is "
                "satisfied here as far as its checks show; the remarks of a finding say what they do not show."
            ),
            "start": audit.at,
            "end": audit.at,
            "props": [
                prop("plan", audit.plan or "none"),
                prop("hosts", str(len(audit.hosts))),
                prop("hosts-unseen", str(len(audit.unseen))),
            ],
            "links": [{"href": f"#{self.resource}", "rel": "evidence"}],
            "local-definitions": {
                "components": [*self.components()],
                "inventory-items": [*self.inventory()],
                "assessment-assets": self.assets(),
            },
            "reviewed-controls": {
                "control-selections": [{"include-controls": [{"control-id": one.control} for one in controls]}]
            },
            "observations": [*self.observations()],
            "risks": [*risks(self.audit, self.names)],
            "findings": [self.finding(one) for one in controls],
        }
        # a list that is there has to hold something
        return {key: value for key, value in result.items() if value != []}

    def components(self) -> Iterator[dict[str, Any]]:
        yield {
            "uuid": self.names.lasting("component", "fleet"),
            "type": "software",
            "title": f"Operating system of the fleet {one_line(self.audit.fleet)}",
            "description": "The atomic operating system that the hosts of the fleet boot.",
            "status": {"state": "operational"},
        }

    def assets(self) -> dict[str, Any]:
        tool: dict[str, Any] = {
            "uuid": TOOL,
            "type": "software",
            "title": "atomic.fleet",
            "description": "The Ansible collection that looked at the hosts.",
            "status": {"state": "operational"},
        }
        if self.audit.version:
            tool["props"] = [{"name": "version", "value": self.audit.version}]
        platform = {"uuid": self.names.lasting("platform"), "uses-components": [{"component-uuid": TOOL}]}
        return {"components": [tool], "assessment-platforms": [platform]}

    def inventory(self) -> Iterator[dict[str, Any]]:
        for host in self.audit.hosts:
            yield {
                "uuid": self.names.host(host),
                "description": f"The host {host}",
                "props": [{"name": "asset-id", "value": one_line(host)}, prop("host", host)],
                "implemented-components": [{"component-uuid": self.names.lasting("component", "fleet")}],
            }

    def observations(self) -> Iterator[dict[str, Any]]:
        for one in self.audit.findings:
            if one.amiss:
                yield self.observation(one)
        for check in BY_NAME:
            for outcome in _CALM:
                some = [one for one in self.audit.by_check.get(check, ()) if one.finding.outcome == outcome]
                if some:
                    yield self.calm(check, outcome, some)

    def observation(self, one: Judged) -> dict[str, Any]:
        finding = one.finding
        props = [prop("check", finding.check), prop("outcome", finding.outcome), prop("severity", one.severity)]
        if finding.subject:
            props.append(prop("subject", finding.subject))
        seen = "; ".join([f"{key}: {value}" for key, value in sorted(finding.evidence.items())])
        return {
            "uuid": self.names.observation(one),
            "title": one_line(f"{finding.host}: {BY_NAME[finding.check].title}: {finding.outcome}"),
            "description": printable(said(one)),
            "props": [*props, *self.elsewhere(finding.check)],
            "methods": ["TEST"],
            "types": ["finding"],
            "origins": [origin()],
            "subjects": [self.subject(finding.host)],
            "relevant-evidence": [
                {"href": f"#{self.resource}", "description": printable(seen) or "What was seen is in the audit."}
            ],
            "collected": self.audit.at,
        }

    def calm(self, check: str, outcome: str, some: Sequence[Judged]) -> dict[str, Any]:
        """Hosts on which a check passed, or does not apply."""
        hosts = sorted({one.finding.host for one in some})
        return {
            "uuid": self.names.calm(check, outcome),
            "title": one_line(f"{BY_NAME[check].title}: {outcome} on {hosts_of(len(hosts))}"),
            "description": f"The check {check} gave {outcome} on {hosts_of(len(hosts))}.",
            "props": [prop("check", check), prop("outcome", outcome), *self.elsewhere(check)],
            "methods": ["TEST"],
            "types": ["control-objective"],
            "origins": [origin()],
            "subjects": [self.subject(host) for host in hosts],
            "relevant-evidence": [{"href": f"#{self.resource}", "description": "What was seen is in the audit."}],
            "collected": self.audit.at,
        }

    def elsewhere(self, check: str) -> Iterator[dict[str, Any]]:
        """The controls of other catalogues, which have no OSCAL catalogue to point to."""
        for catalogue in self.audit.catalogues:
            if catalogue.id != CATALOGUE:
                for control in catalogue.controls_of(check):
                    yield {**prop("control", control.label), "class": catalogue.id}

    def subject(self, host: str) -> dict[str, Any]:
        return {"subject-uuid": self.names.host(host), "type": "inventory-item", "title": one_line(host)}

    def finding(self, one: ControlResult) -> dict[str, Any]:
        catalogue = self.audit.by_catalogue[CATALOGUE]
        control = catalogue.controls[one.control]
        satisfied = one.state == SATISFIED
        some = [judged for check in one.checks for judged in self.audit.by_check.get(check, ())]
        about = [judged for judged in some if judged.amiss]
        about += [] if OBSERVED.name in one.checks else self.unseen
        risks = dict.fromkeys([self.names.risk(judged.finding.check, judged.waiver) for judged in about])
        seen = [self.names.observation(judged) for judged in about]
        calm = {(judged.finding.check, judged.finding.outcome) for judged in some if not judged.amiss}
        seen += [self.names.calm(*key) for key in sorted(calm)]
        finding: dict[str, Any] = {
            "uuid": self.names.lasting("finding", one.control),
            "title": one_line(f"{control.label} {control.title}"),
            "description": self.words(one),
            "props": [prop("waived", "true")] if one.waived else [],
            "origins": [origin()],
            "target": {
                "type": "statement-id",
                "target-id": f"{one.control}_smt",
                "status": {
                    "state": "satisfied" if satisfied else "not-satisfied",
                    "reason": "pass" if satisfied else "other" if one.state == NOT_TESTED else "fail",
                },
            },
            "related-observations": [{"observation-uuid": uuid} for uuid in seen],
            "related-risks": [{"risk-uuid": uuid} for uuid in risks],
            "remarks": "\n".join(
                [
                    f"{reason.shows} Not shown by {check}: {reason.not_shown}"
                    for check in one.checks
                    for reason in catalogue.checks[check]
                    if reason.control == one.control
                ]
            ),
        }
        return {key: value for key, value in finding.items() if value}

    @staticmethod
    def words(one: ControlResult) -> str:
        checks = ", ".join(one.checks)
        if one.state == SATISFIED:
            return f"As far as these checks show, it is so on every host they apply to: {checks}."
        words = [f"failed on {few(one.failed)}"] if one.failed else []
        words += [f"not known on {few(one.unknown)}"] if one.unknown else []
        waived = " All of it is waived: somebody answers for it until a day." if one.waived else ""
        return f"The checks {checks}: {', '.join(words)}.{waived}"
