"""SARIF: whole for who reads it, and only what is to be done for GitHub's code scanning."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.sarif import render_code_scanning, render_sarif
from ansible_collections.atomic.fleet.plugins.module_utils._model.audit import Audit
from tests.sarif import code_scanning_faults, sarif_faults
from tests.unit.plugins.module_utils._fleet.audit_cases import ALL, audit, hostile, well, whole

CASES = {
    "whole": whole(),
    "hostile": hostile(),
    "well": audit({"edge-1": well("edge-1")}),
    "bare": replace(audit(), catalogues=(), controls=(), version=""),
}


def results(log: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = log["runs"][0]["results"]
    return found


@pytest.mark.parametrize("made", CASES.values(), ids=CASES)
def test_what_the_standard_and_github_want(made: Audit) -> None:
    log, alerts = render_sarif(made, "audit-1"), render_code_scanning(made, "audit-1")
    assert [*sarif_faults(log)] == []
    assert [*sarif_faults(alerts), *code_scanning_faults(alerts)] == []
    assert json.dumps(log) == json.dumps(render_sarif(made, "audit-1"))
    assert len(results(log)) == len(made.findings)
    assert len(results(alerts)) == len(made.open)


def test_kinds_levels_and_suppressions() -> None:
    found = Counter(
        (one["ruleId"], one["kind"], one["level"], "suppressions" in one, one["baselineState"])
        for one in results(render_sarif(whole(), "audit-1"))
    )
    assert found[("unsigned-remote", "fail", "error", False, "unchanged")] == 1
    assert found[("unsigned-remote", "fail", "error", False, "new")] == 1
    assert found[("ssh-forwarding", "fail", "note", True, "new")] == 2
    assert found[("secure-boot", "open", "none", False, "new")] == 2
    assert found[("fips", "notApplicable", "none", False, "unchanged")] == 2
    assert found[("observed", "open", "none", False, "new")] == 1
    assert found[("selinux", "pass", "none", False, "updated")] == 1


def test_without_an_audit_before_there_is_no_baseline() -> None:
    run = render_sarif(audit(), "audit-1")["runs"][0]
    assert "baselineGuid" not in run
    assert not any("baselineState" in one for one in run["results"])


def test_the_justification_is_who_until_when_and_why() -> None:
    one = next(one for one in results(render_sarif(whole(), "a")) if one["ruleId"] == "ssh-forwarding")
    assert one["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "jane@example.com, until 2027-01-31: The console needs X11 until it is replaced",
        }
    ]


def test_alerts_are_what_somebody_has_to_act_on() -> None:
    found = Counter((one["ruleId"], one["level"]) for one in results(render_code_scanning(whole(), "a")))
    assert found == {("unsigned-remote", "error"): 2, ("observed", "error"): 1, ("secure-boot", "note"): 2}


def test_a_finding_keeps_its_fingerprint_and_no_two_share_one() -> None:
    first, second = results(render_sarif(whole(), "a")), results(render_sarif(audit(), "b"))
    prints = [one["partialFingerprints"]["primaryLocationLineHash"] for one in first]
    assert len(set(prints)) == len(prints)
    assert {one["partialFingerprints"]["primaryLocationLineHash"] for one in second} < set(prints)


def test_rules_carry_the_controls() -> None:
    rules = {rule["id"]: rule for rule in render_sarif(whole(), "a")["runs"][0]["tool"]["driver"]["rules"]}
    assert rules["firewall"]["properties"]["tags"] == [
        "security",
        "nist_800_53/SC-7",
        "nist_800_53/SC-7(12)",
        "pci_dss_4/1.3.1",
        "hipaa_164_312/164.312(a)(1)",
    ]
    assert ALL[0].checks["firewall"][0].not_shown in rules["firewall"]["help"]["text"]
