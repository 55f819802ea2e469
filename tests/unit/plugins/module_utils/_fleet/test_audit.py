"""An audit: what counts, what a waiver does and does not, what it says of controls, and what changed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError, ParseError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.audit import compared, counts, outcomes, reaches
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.audit_document import (
    audit_id,
    parse_before,
    render_audit,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.audit import (
    NOT_APPLICABLE,
    NOT_SATISFIED,
    NOT_TESTED,
    SATISFIED,
    Audit,
    ControlResult,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.posture import CHECKS, FAIL, PASS, UNKNOWN, Finding
from ansible_collections.atomic.fleet.plugins.module_utils._model.posture import NOT_APPLICABLE as APPLIES_NOT
from tests.unit.plugins.module_utils._fleet.audit_cases import WAIVER, amiss, audit, hostile, well, whole
from tools.dev_tree import ROOT

SCHEMA = json.loads((ROOT / "plugins/plugin_utils/data/audit.schema.json").read_text())


def control(made: Audit, name: str) -> ControlResult:
    return next(one for one in made.controls if one.control == name)


def test_the_worst_comes_first_and_a_host_that_is_away_is_one_finding() -> None:
    made = whole()
    assert [(one.finding.host, one.finding.check) for one in made.open] == [
        ("edge-1", "unsigned-remote"),
        ("edge-2", "unsigned-remote"),
        ("edge-9", "observed"),
        ("edge-1", "secure-boot"),
        ("edge-2", "secure-boot"),
    ]
    assert counts(made) == {"high": 3, "medium": 2, "low": 0}
    assert [one.finding.check for one in made.waived] == ["ssh-forwarding", "ssh-forwarding"]
    assert outcomes(made) == {FAIL: 4, UNKNOWN: 3, PASS: 2 * (len(CHECKS) - 4) + 2, APPLIES_NOT: 2}


@pytest.mark.parametrize("severity,number", [("high", 3), ("medium", 5), ("low", 5)])
def test_how_many_reach_a_severity(severity: str, number: int) -> None:
    assert reaches(whole(), severity) == number


@pytest.mark.parametrize(
    "outcome,state,waived",
    [
        (PASS, SATISFIED, False),
        (FAIL, NOT_SATISFIED, False),
        (UNKNOWN, NOT_TESTED, False),
        (APPLIES_NOT, NOT_APPLICABLE, False),
        # somebody answers for it, and it is not satisfied for that
        (FAIL, NOT_SATISFIED, True),
        (UNKNOWN, NOT_TESTED, True),
    ],
)
def test_what_one_check_says_of_its_control(outcome: str, state: str, waived: bool) -> None:
    found = [*well("edge-1", "fips"), Finding("edge-1", "fips", outcome)]
    made = audit({"edge-1": found}, {}, *([{**WAIVER, "check": "fips"}] if waived else []))
    assert (control(made, "ia-7").state, control(made, "ia-7").waived) == (state, waived)


def test_a_control_is_as_its_worst_check_on_its_worst_host() -> None:
    made = audit({"edge-1": well("edge-1"), "edge-2": amiss("edge-2")})
    assert control(made, "cm-14") == ControlResult(
        "nist_800_53", "cm-14", NOT_SATISFIED, ("signature-policy", "unsigned-remote"), ("edge-2",)
    )
    assert control(made, "ac-3").state == SATISFIED


def test_of_a_host_that_is_away_no_control_is_satisfied() -> None:
    made = audit({"edge-1": well("edge-1")}, {"edge-2": "timed out"})
    assert {one.state for one in made.controls} == {NOT_TESTED}
    assert {one.unknown for one in made.controls} == {("edge-2",)}


def test_a_waiver_of_one_of_two_is_not_one_of_the_control() -> None:
    found = [
        *well("edge-1", "etc-drift"),
        *[Finding("edge-1", "etc-drift", FAIL, path) for path in ("/etc/a", "/etc/b")],
    ]
    one = {**WAIVER, "check": "etc-drift", "subject": "/etc/a"}
    assert not control(audit({"edge-1": found}, {}, one), "cm-6").waived
    assert control(audit({"edge-1": found}, {}, one, {**one, "subject": "/etc/b"}), "cm-6").waived


REMOTE = ("edge-1", "unsigned-remote", "lab")


@pytest.mark.parametrize(
    "before,change",
    [
        ({REMOTE}, ("still", REMOTE)),
        (set(), ("new", REMOTE)),
        ({("edge-1", "selinux", "")}, ("gone", ("edge-1", "selinux", ""))),
        # the other remote is well now
        ({("edge-1", "unsigned-remote", "old")}, ("gone", ("edge-1", "unsigned-remote", "old"))),
        # nothing is known of these by this audit
        ({("edge-9", "selinux", "")}, None),
        ({("edge-7", "selinux", "")}, None),
        ({("edge-1", "secure-boot", "x")}, None),
    ],
)
def test_what_changed(before: set[tuple[str, str, str]], change: tuple[str, tuple[str, str, str]] | None) -> None:
    found = compared(audit(None, {"edge-9": "away"}), "audit-1", "then", before).change
    assert found is not None
    told = {"new": found.new, "gone": found.gone, "still": found.still}
    if change is None:
        assert not any(key in keys for key in before for keys in told.values())
    else:
        assert [name for name, keys in told.items() if change[1] in keys] == [change[0]]


@pytest.mark.parametrize(("outcome", "gone"), [(PASS, True), (FAIL, True), (UNKNOWN, False), (APPLIES_NOT, False)])
def test_only_what_was_asked_can_be_gone(outcome: str, gone: bool) -> None:
    """FAIL about something else on the host: what was amiss before is not amiss any more."""
    before = {("edge-1", "etc-drift", "/etc/motd")}
    now = audit({"edge-1": (Finding("edge-1", "etc-drift", outcome, "/etc/issue"),)})
    found = compared(now, "audit-1", "then", before).change
    assert found is not None
    assert found.gone == (tuple(before) if gone else ())


@pytest.mark.parametrize(
    "made", [whole(), hostile(), audit({"a": well("a")}, plan=None)], ids=["whole", "hostile", "well"]
)
def test_the_document_keeps_its_schema_and_is_ascii_line_by_line(made: Audit) -> None:
    text = render_audit(made)
    data = json.loads(text)
    Draft202012Validator(SCHEMA).validate(data)
    assert text.isascii()
    assert text == render_audit(made)
    lines = text.splitlines()
    assert sum(line.startswith('    {"host": ') for line in lines) == len(made.findings)
    assert data["id"] == audit_id(made)


def test_the_next_audit_reads_what_was_amiss() -> None:
    made = whole()
    name, at, keys = parse_before(render_audit(made), "a.json")
    assert (name, at) == (audit_id(made), made.at)
    assert keys == {one.key for one in made.findings if one.amiss}
    again = compared(replace(made, change=None), name, at, keys).change
    assert again is not None
    assert (again.new, again.gone, len(again.still)) == ((), (), 7)


@pytest.mark.parametrize(
    "text,error,said",
    [
        ("{", ParseError, "a.json: this is not JSON"),
        ("[]", ParseError, "a.json: this is not a JSON object."),
        ('{"schema": "x"}', ParseError, "a.json: this is not an audit of schema atomic.fleet/audit/v1."),
        (render_audit(whole()).replace("fail", "pass", 1), ArgumentError, "is not what it was when it was made"),
    ],
)
def test_what_is_no_audit_is_refused(text: str, error: Any, said: str) -> None:
    with pytest.raises(error, match=r"^a\.json: ") as refused:
        parse_before(text, "a.json")
    assert said in refused.value.message
