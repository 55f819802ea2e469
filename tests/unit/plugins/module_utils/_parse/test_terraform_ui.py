"""What Terraform prints: changes, outputs and errors, and no secrets."""

from __future__ import annotations

import json

from ansible_collections.atomic.fleet.plugins.module_utils._parse.terraform_ui import (
    ResourceChange,
    parse_plain_error,
    parse_ui_log,
)


def change(action: str, address: str) -> dict[str, object]:
    return {
        "@message": f"{address}: Plan",
        "type": "planned_change",
        "change": {"resource": {"addr": address}, "action": action},
    }


OUTPUTS = {"type": "outputs", "outputs": {"b": {"sensitive": False, "action": "update"}, "a": {"action": "noop"}}}
APPLIED = {"type": "outputs", "outputs": {"b": {"sensitive": False, "value": 1}}}
ERROR = {
    "@message": "Error: Invalid value for variable",
    "type": "diagnostic",
    "diagnostic": {
        "severity": "error",
        "summary": "Invalid value for variable",
        "detail": "s must not be bad.\n\nThis was checked\nat main.tf:8.",
        "snippet": {"code": '{"s": "bad", "password": "hush"}', "values": [{"statement": 'is "hush"'}]},
    },
}
WARNING = {"type": "diagnostic", "diagnostic": {"severity": "warning", "summary": "old", "detail": ""}}


def test_a_plan() -> None:
    lines = [change("create", 'a.b["c"]'), change("delete", "module.x.a.b"), OUTPUTS, WARNING]
    text = "Warning: no JSON\n[]\n" + "\n".join(json.dumps(line) for line in lines)
    log = parse_ui_log(text)
    assert log.changes == (ResourceChange("create", 'a.b["c"]'), ResourceChange("delete", "module.x.a.b"))
    assert (log.outputs, log.errors) == (("b",), ())
    assert parse_ui_log(json.dumps(APPLIED)).outputs == ()


def test_an_error_in_one_sentence_and_without_the_variables_file() -> None:
    log = parse_ui_log(json.dumps(ERROR))
    assert log.errors == ("Invalid value for variable: s must not be bad. This was checked at main.tf:8.",)
    assert "hush" not in repr(log)


def test_a_long_error_keeps_its_beginning_and_its_end() -> None:
    detail = "BEGIN " + "x " * 5000 + "END"
    (error,) = parse_ui_log(
        json.dumps({**ERROR, "diagnostic": {"severity": "error", "summary": "S", "detail": detail}})
    ).errors
    assert error.startswith("S: BEGIN ")
    assert error.endswith("x END")
    assert len(error) < 700


def test_plain_errors_lose_their_frames() -> None:
    text = (
        "Warning: nothing\n\x1b[31m╷\x1b[0m\n│ \x1b[1mError: \x1b[0mBackend initialization required, please run"
        ' "terraform init"\n│ \n│ Reason: Initial configuration of the requested backend "local"\n╵\n'
    )
    assert parse_plain_error(text) == (
        'Backend initialization required, please run "terraform init" Reason: Initial configuration of the requested '
        'backend "local"'
    )
    assert parse_plain_error("sh: exec failed\n") == "sh: exec failed"
