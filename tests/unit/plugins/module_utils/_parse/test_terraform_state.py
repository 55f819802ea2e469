"""State files and output listings: the value, or one sentence that says what the file is instead."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._parse.terraform_state import (
    StateError,
    parse_output_listing,
    parse_state_output,
)

STATE = {
    "version": 4,
    "terraform_version": "1.11.4",
    "serial": 3,
    "lineage": "a7b705f4",
    "outputs": {
        "fleet": {"value": {"name": "demo"}, "type": ["object", {"name": "string"}]},
        "secret": {"value": "hush", "type": "string", "sensitive": True},
    },
    "resources": [],
    "check_results": None,
}
LISTING = {"fleet": {"sensitive": False, "type": "dynamic", "value": {"name": "demo"}}}
ENCRYPTED = {"serial": 1, "lineage": "x", "meta": {}, "encrypted_data": "Zm9v", "encryption_version": "v0"}
POINTER = {"version": 3, "terraform_version": "1.11.4", "backend": {"type": "s3", "config": {}, "hash": 1}}
V3 = {"version": 3, "serial": 1, "modules": [{"path": ["root"], "outputs": {}, "resources": {}}]}


@pytest.mark.parametrize("terraform_version", ["1.11.4", "0.12.0", "1.9.0"])  # OpenTofu writes its own version there
def test_the_value_of_an_output(terraform_version: str) -> None:
    text = json.dumps({**STATE, "terraform_version": terraform_version})
    assert parse_state_output(text, "x", "fleet") == {"name": "demo"}
    assert parse_state_output(text, "x", "secret") == "hush"
    assert parse_output_listing(json.dumps(LISTING), "x", "fleet") == {"name": "demo"}


NO_STATE = "F is JSON but no Terraform state: use `outputs` for what `terraform output -json` printed."
TOO_OLD = (
    "F is a state of format 3, and format 4 is read: run `terraform apply` with Terraform 0.12 or newer to bring it up "
    "to date."
)
SEALED = "F is an encrypted OpenTofu state: name the project folder with `project` instead, so that tofu reads it."
ELSEWHERE = "F only says where the state is kept: name the project folder with `project`, or the state file itself."
ONE_ONLY = "F holds the value of one output only: write it with `terraform output -json`, without a name."
APPLY = "run `terraform apply` with a module that gives it, or set `output`."


@pytest.mark.parametrize(
    "text,sentence",
    [
        ("", "F is empty, not a Terraform state: run `terraform apply` first."),
        (" \n", "F is empty, not a Terraform state: run `terraform apply` first."),
        ("x", "F is not a Terraform state: it is not JSON (Expecting value: line 1 column 1 (char 0))."),
        ("[" * 100_000, "F is not a Terraform state: it is nested too deeply."),
        ("[]", "F is not a Terraform state: it is JSON, but no object."),
        (LISTING, NO_STATE),
        ({"version": True}, NO_STATE),
        (V3, TOO_OLD),
        (ENCRYPTED, SEALED),
        (POINTER, ELSEWHERE),
        ({**STATE, "outputs": {}}, f"F has no output 'fleet' (it has: none): {APPLY}"),
        ({**STATE, "outputs": {"b": {}, "a": {}}}, f"F has no output 'fleet' (it has: a, b): {APPLY}"),
        ({**STATE, "outputs": []}, "F is damaged: its outputs are no object."),
        ({**STATE, "outputs": {"fleet": {}}}, "F is damaged: its output 'fleet' has no value."),
    ],
)  # fmt: skip
def test_not_a_state(text: Any, sentence: str) -> None:
    with pytest.raises(StateError) as refusal:
        parse_state_output(text if isinstance(text, str) else json.dumps(text), "F", "fleet")
    assert refusal.value.message == sentence


@pytest.mark.parametrize(
    "text,sentence",
    [
        ("", "F is empty, not the text of `terraform output -json`: run `terraform apply` first."),
        ("{}", f"F has no output 'fleet' (it has: none): {APPLY}"),
        (json.dumps(STATE), "F is a whole Terraform state: name it with `state` instead of `outputs`."),
        ('{"schema": "atomic.fleet/fleet/v1", "hosts": []}', ONE_ONLY),
        ('{"fleet": "x"}', "F is damaged: its output 'fleet' has no value."),
    ],
)  # fmt: skip
def test_not_a_listing(text: str, sentence: str) -> None:
    with pytest.raises(StateError) as refusal:
        parse_output_listing(text, "F", "fleet")
    assert refusal.value.message == sentence
