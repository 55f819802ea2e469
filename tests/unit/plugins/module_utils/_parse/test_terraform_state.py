"""State files and output listings: the value, or one sentence that says what the file is instead."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ParseError
from ansible_collections.atomic.fleet.plugins.module_utils._parse.terraform_state import (
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


# As `tofu` 1.8 writes it: the same format, providers under its own registry's name
TOFU = {
    "version": 4,
    "terraform_version": "1.8.2",
    "serial": 1,
    "lineage": "e3c9a5a3-7d0b-4c3e-9f55-2f0a3f1d7a10",
    "outputs": {"fleet": {"value": {"name": "demo"}, "type": ["object", {"name": "string"}]}},
    "resources": [
        {
            "module": 'module.web["eu"].module.hosts[0]',
            "mode": "managed",
            "type": "openstack_compute_instance_v2",
            "name": "host",
            "provider": 'provider["registry.opentofu.org/terraform-provider-openstack/openstack"].by_region["eu"]',
            "instances": [{"index_key": "a", "schema_version": 0, "attributes": {"admin_pass": "hush"}}],
        }
    ],
    "check_results": None,
}
CONTRACT = {"schema": "atomic.fleet/fleet/v1", "name": "demo", "hosts": []}
SHOWN = {
    "format_version": "1.0",
    "terraform_version": "1.11.4",
    "values": {
        "outputs": {"fleet": {"sensitive": True, "value": CONTRACT, "type": "dynamic"}},
        "root_module": {"child_modules": [{"address": 'module.web["eu"]', "resources": []}]},
    },
}


def test_a_state_of_opentofu() -> None:
    assert parse_state_output(json.dumps(TOFU), "x", "fleet") == {"name": "demo"}


@pytest.mark.parametrize(
    "document,value",
    [
        (SHOWN, CONTRACT),
        (CONTRACT, CONTRACT),  # terraform output -json fleet
        ([CONTRACT], [CONTRACT]),
        ({"eu": CONTRACT}, {"eu": CONTRACT}),
        ({"fleet": {"value": {"eu": CONTRACT}}}, {"eu": CONTRACT}),
        ({"fleet": {"value": CONTRACT}, "schema": {"value": "x"}, "values": {"value": 1}}, CONTRACT),
    ],
)
def test_whatever_terraform_printed(document: Any, value: Any) -> None:
    assert parse_output_listing(json.dumps(document), "x", "fleet") == value


PASS_ON = (
    "F has no output 'fleet' (it has: none): a module's output is seen only if the root module passes it on, as in "
    '`output "fleet" { value = module.web.fleet }`, so add that and apply, or set `output`.'
)


def test_a_root_that_does_not_pass_the_output_on() -> None:
    for parse, document in (
        (parse_state_output, {**TOFU, "outputs": {}}),
        (parse_output_listing, {**SHOWN, "values": {**SHOWN["values"], "outputs": {}}}),
    ):
        with pytest.raises(ParseError) as refusal:
            parse(json.dumps(document), "F", "fleet")
        assert refusal.value.message == PASS_ON


WRITTEN = "what `terraform output -json` or `terraform show -json` printed"
NO_STATE = f"F is JSON but no Terraform state: use `outputs` for {WRITTEN}."
FUTURE = (
    "F is a state of format 5, and format 4 is read: write `terraform output -json` into a file and name it with "
    "`outputs`."
)
TOO_OLD = (
    "F is a state of format 3, and format 4 is read: run `terraform apply` with Terraform 0.12 or newer to bring it up "
    "to date."
)
SEALED = "F is an encrypted OpenTofu state: name the project folder with `project` instead, so that tofu reads it."
ELSEWHERE = "F only says where the state is kept: name the project folder with `project`, or the state file itself."
PLAN = (
    "F is a plan, whose hosts are not there yet: apply it, then write `terraform show -json` without the plan's name."
)
FOREIGN = f"F is JSON, but not {WRITTEN}: name such a file, or the state with `state`."
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
        ({"version": 5}, FUTURE),
        ({"name": "left-pad", "version": "1.3.0", "scripts": {}}, NO_STATE),
        (SHOWN, NO_STATE),
        ('{"version": 4, "outputs": {"fleet": {"value": "hush"',
         "F is not a Terraform state: it is not JSON (Expecting ',' delimiter: line 1 column 53 (char 52))."),
        (ENCRYPTED, SEALED),
        (POINTER, ELSEWHERE),
        ({**STATE, "outputs": {}}, f"F has no output 'fleet' (it has: none): {APPLY}"),
        ({**STATE, "outputs": {"b": {}, "a": {}}}, f"F has no output 'fleet' (it has: a, b): {APPLY}"),
        ({**STATE, "outputs": []}, "F is damaged: its outputs are no object."),
        ({**STATE, "outputs": {"fleet": {}}}, "F is damaged: its output 'fleet' has no value."),
    ],
)  # fmt: skip
def test_not_a_state(text: Any, sentence: str) -> None:
    with pytest.raises(ParseError) as refusal:
        parse_state_output(text if isinstance(text, str) else json.dumps(text), "F", "fleet")
    assert refusal.value.message == sentence


@pytest.mark.parametrize(
    "text,sentence",
    [
        ("", f"F is empty, not {WRITTEN}: run `terraform apply` first."),
        ("7", f"F is not {WRITTEN}: it is JSON, but no object."),
        ("{}", f"F has no output 'fleet' (it has: none): {APPLY}"),
        (json.dumps(STATE), "F is a whole Terraform state: name it with `state` instead of `outputs`."),
        ('{"format_version": "1.0"}', f"F has no output 'fleet' (it has: none): {APPLY}"),
        ('{"format_version": "1.0", "values": 1}', "F is damaged: its values are no object."),
        ('{"format_version": "1.2", "planned_values": {}, "resource_changes": []}', PLAN),
        ('{"name": "left-pad", "version": "1.3.0", "scripts": {}}', FOREIGN),
        ('{"fleet": {}, "other": {"value": 1}}', "F is damaged: its output 'fleet' has no value."),
    ],
)  # fmt: skip
def test_not_a_listing(text: str, sentence: str) -> None:
    with pytest.raises(ParseError) as refusal:
        parse_output_listing(text, "F", "fleet")
    assert refusal.value.message == sentence
