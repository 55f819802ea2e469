"""OSCAL assessment results: what NIST's models take, what a waiver is there, and names that stay."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.oscal import render_oscal
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.stable_uuid import stable_uuid
from ansible_collections.atomic.fleet.plugins.module_utils._model.audit import Audit
from tests.oscal import oscal_faults
from tests.unit.plugins.module_utils._fleet.audit_cases import WAIVER, amiss, audit, hostile, well, whole

CASES = {
    "whole": whole(),
    "hostile": hostile(),
    "well": audit({"edge-1": well("edge-1")}, plan=None),
    "nobody": audit({}, {"edge-1": "timed out"}),
}


def result(made: Audit, plan: str = "") -> dict[str, Any]:
    found: dict[str, Any] = render_oscal(made, "audit-1", "audit.json", plan)["assessment-results"]["results"][0]
    return found


def finding(made: Audit, control: str) -> dict[str, Any]:
    return next(one for one in result(made)["findings"] if one["target"]["target-id"] == f"{control}_smt")


@pytest.mark.parametrize("plan", ["", "https://example.com/ap.json"])
@pytest.mark.parametrize("made", CASES.values(), ids=CASES)
def test_what_nists_models_take(made: Audit, plan: str) -> None:
    document = render_oscal(made, "audit-1", "audit.json", plan)
    assert [*oscal_faults(document)] == []
    assert json.dumps(document) == json.dumps(render_oscal(made, "audit-1", "audit.json", plan))


def test_hosts_are_inventory_items_and_what_passed_is_one_observation() -> None:
    found = result(whole())
    hosts = {one["uuid"]: one["description"] for one in found["local-definitions"]["inventory-items"]}
    assert sorted(hosts.values()) == ["The host edge-1", "The host edge-2", "The host edge-9"]
    passed = [one for one in found["observations"] if one["title"].startswith("SELinux")]
    assert [sorted(hosts[one["subject-uuid"]] for one in seen["subjects"]) for seen in passed] == [
        ["The host edge-1", "The host edge-2"]
    ]
    assert {tuple(one["methods"]) for one in found["observations"]} == {("TEST",)}


def test_what_was_seen_is_in_the_observation() -> None:
    seen = next(one for one in result(whole())["observations"] if one["description"].startswith("The remote lab"))
    assert seen["relevant-evidence"][0]["description"] == "gpg-verify: false"
    assert seen["collected"] == "2026-11-28T22:00:00.000Z"


@pytest.mark.parametrize(
    "control,state,reason",
    [("cm-14", "not-satisfied", "fail"), ("ca-7", "not-satisfied", "other"), ("si-7.9", "not-satisfied", "other")],
)
def test_a_finding_says_why_it_is_not_satisfied(control: str, state: str, reason: str) -> None:
    assert finding(whole(), control)["target"]["status"] == {"state": state, "reason": reason}


def test_a_satisfied_control_says_what_was_not_shown() -> None:
    found = finding(audit({"edge-1": well("edge-1")}), "ac-3.3")
    assert found["target"]["status"] == {"state": "satisfied", "reason": "pass"}
    assert "Not shown by selinux: That domains which run unconfined are few." in found["remarks"]
    assert "related-risks" not in found


def test_a_control_to_which_no_check_applies_was_not_reviewed() -> None:
    found = result(audit({"edge-1": amiss("edge-1")}))
    reviewed = found["reviewed-controls"]["control-selections"][0]["include-controls"]
    assert {"control-id": "ia-7"} not in reviewed
    assert {"control-id": "sc-13"} in reviewed


def test_a_waiver_is_a_deviation_that_was_approved_and_no_pass() -> None:
    made = audit(None, {}, WAIVER)
    risk = next(one for one in result(made)["risks"] if one["title"].startswith("sshd forwards no X11"))
    assert (risk["status"], risk["deadline"]) == ("deviation-approved", "2027-01-31T23:59:59Z")
    (entry,) = risk["risk-log"]["entries"]
    assert (entry["status-change"], entry["description"]) == ("deviation-approved", WAIVER["reason"])
    parties = render_oscal(made, "a", "audit.json", "")["assessment-results"]["metadata"]["parties"]
    owner = next(one for one in parties if one["uuid"] == entry["logged-by"][0]["party-uuid"])
    assert (owner["name"], owner["email-addresses"]) == ("jane@example.com", ["jane@example.com"])
    found = finding(made, "ac-17")
    assert found["target"]["status"]["state"] == "not-satisfied"
    assert {"risk-uuid": risk["uuid"]} in found["related-risks"]
    assert found["props"][0]["name"] == "waived"


def test_hosts_and_risks_keep_their_names_from_audit_to_audit() -> None:
    first, second = result(whole()), result(audit(None, {}, WAIVER))
    risks = {one["title"]: one["uuid"] for one in first["risks"]}
    assert {one["title"]: one["uuid"] for one in second["risks"]}.items() <= risks.items()
    hosts = {one["uuid"] for one in first["local-definitions"]["inventory-items"]}
    assert {one["uuid"] for one in second["local-definitions"]["inventory-items"]} < hosts


def test_uuids_are_those_of_the_standard() -> None:
    ours = uuid.uuid5(uuid.NAMESPACE_URL, "https://github.com/atomic-fleet/atomic.fleet")
    assert stable_uuid("edge", "host", "é") == str(uuid.uuid5(ours, "edge\x1fhost\x1fé"))
