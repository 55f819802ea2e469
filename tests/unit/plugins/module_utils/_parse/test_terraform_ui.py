"""What Terraform prints: changes, outputs and errors, and no secrets."""

from __future__ import annotations

import json

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._parse.terraform_ui import (
    StateLock,
    UiEvent,
    UiLog,
    parse_lock,
    parse_plain_error,
    parse_ui_event,
    parse_ui_log,
    parse_workspaces,
)

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
SENTENCE = "Invalid value for variable: s must not be bad. This was checked at main.tf:8."
WARNING = {"type": "diagnostic", "diagnostic": {"severity": "warning", "summary": "old", "detail": ""}}


def test_a_run_without_errors() -> None:
    lines = ["Warning: no JSON", "[]", json.dumps({"@message": "Plan: 1 to add"}), json.dumps(WARNING)]
    assert parse_ui_log(lines) == UiLog(messages=("Plan: 1 to add", ""))


def test_an_error_in_one_sentence_and_without_the_variables_file() -> None:
    log = parse_ui_log([json.dumps(ERROR)])
    assert log.errors == (SENTENCE,)
    assert "hush" not in repr(log)


def test_a_long_error_keeps_its_beginning_and_its_end() -> None:
    detail = "BEGIN " + "x " * 5000 + "END"
    (error,) = parse_ui_log(
        [json.dumps({**ERROR, "diagnostic": {"severity": "error", "summary": "S", "detail": detail}})]
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


def hook(kind: str, action: str, **more: object) -> str:
    return json.dumps({"type": kind, "hook": {"resource": {"addr": "a.b"}, "action": action, **more}})


@pytest.mark.parametrize(
    "line,event",
    [
        (hook("apply_start", "create"), UiEvent("apply_start", "create", "a.b")),
        (hook("apply_complete", "delete", elapsed_seconds=6), UiEvent("apply_complete", "delete", "a.b", 6.0)),
        (hook("apply_errored", "create", elapsed_seconds=1.5), UiEvent("apply_errored", "create", "a.b", 1.5)),
        (hook("refresh_complete", ""), UiEvent("refresh_complete", "", "a.b")),
        (json.dumps(ERROR), UiEvent("diagnostic", error=SENTENCE)),
        (json.dumps(WARNING), UiEvent("diagnostic")),
        ("Warning: no JSON", UiEvent("")),
        ('{"type": "apply_start", "hook": null}', UiEvent("apply_start")),
    ],
)  # fmt: skip
def test_one_line_as_it_comes(line: str, event: UiEvent) -> None:
    assert parse_ui_event(line) == event


def test_what_was_done_in_words() -> None:
    actions = ("create", "update", "delete", "forget", "new")
    assert [UiEvent("apply_complete", action).done for action in actions] == [
        "created", "updated", "destroyed", "forgotten", "new",
    ]  # fmt: skip


LOCKED = """Error message: resource temporarily unavailable
Lock Info:
  ID:        c3afdce5-046a-5ff0-0d9a-156b7f86e531
  Path:      terraform.tfstate
  Operation: OperationTypeApply
  Who:       root@vm
  Version:   1.11.4
  Created:   2026-11-28 15:16:40.13467557 +0000 UTC
  Info:


Terraform acquires a state lock to protect the state from being written"""


def test_who_holds_the_lock() -> None:
    lock = StateLock(
        "c3afdce5-046a-5ff0-0d9a-156b7f86e531", "root@vm", "apply", "2026-11-28 15:16:40.13467557 +0000 UTC"
    )
    assert parse_lock(LOCKED) == lock
    error = {"severity": "error", "summary": "Error acquiring the state lock", "detail": LOCKED}
    assert parse_ui_log([json.dumps({"type": "diagnostic", "diagnostic": error})]).lock == lock
    assert parse_lock("Error: no such bucket") is None
    assert parse_lock("Lock Info:\n  Who: x") is None


def test_workspaces() -> None:
    assert parse_workspaces("  default\n* blue\n  green\n\n") == ("default", "blue", "green")
