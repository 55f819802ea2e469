"""A saved plan in its JSON form: what it does, what Terraform saw, and the variables it was made with."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ParseError
from ansible_collections.atomic.fleet.plugins.module_utils._model.terraform import (
    PlannedChange,
    SeenResource,
    TerraformPlan,
)
from ansible_collections.atomic.fleet.plugins.module_utils._parse.terraform_plan import parse_plan


def record(address: str, *actions: str, mode: str = "managed", **more: Any) -> dict[str, Any]:
    change = {"actions": list(actions), "before": {"id": "1"}, "after": None, **more.pop("change", {})}
    return {"address": address, "mode": mode, "type": "aws_instance", "change": change, **more}


def resource(address: str, mode: str = "managed") -> dict[str, Any]:
    return {"address": address, "mode": mode, "type": "aws_instance", "values": {"id": address}}


def test_a_plan() -> None:
    document = {
        "format_version": "1.2",
        "output_changes": {"b": {"actions": ["update"]}, "same": {"actions": ["no-op"]}, "a": {"actions": ["create"]}},
        "variables": {"pools": {"value": {"blue": {"size": 1}}}, "nothing": {}},
        "resource_changes": [
            record("a.same", "no-op"),
            record("data.a.b", "read", mode="data"),
            record("a.gone", "delete"),
            record("a.old", "delete", deposed="12ab"),
            record("a.unfit", "delete", "create", action_reason="replace_because_tainted"),
            record(
                "a.new",
                "create",
                "delete",
                change={
                    "after": {"id": None},
                    "after_unknown": {"id": True},
                    "before_sensitive": {},
                    "after_sensitive": {"x": True},
                    "replace_paths": [["ami"], ["disk", 0, "size"], ["disk", 1, "size"]],
                },
            ),
        ],
        "prior_state": {
            "values": {
                "root_module": {
                    "resources": [resource("a.b"), resource("data.a.b", "data")],
                    "child_modules": [{"resources": [resource("module.m.a.b")], "child_modules": [{}]}],
                }
            }
        },
    }
    before = {"id": "1"}
    assert parse_plan(json.dumps(document), "x") == TerraformPlan(
        changes=(
            PlannedChange("a.gone", "aws_instance", ("delete",), before),
            PlannedChange("a.old", "aws_instance", ("delete",), before, deposed=True),
            PlannedChange("a.unfit", "aws_instance", ("delete", "create"), before, tainted=True),
            PlannedChange(
                "a.new",
                "aws_instance",
                ("create", "delete"),
                before,
                {"id": None},
                {"id": True},
                ({}, {"x": True}),
                ("ami", "disk"),
            ),
        ),
        seen=(
            SeenResource("a.b", "aws_instance", {"id": "a.b"}),
            SeenResource("module.m.a.b", "aws_instance", {"id": "module.m.a.b"}),
        ),
        variables={"pools": {"blue": {"size": 1}}, "nothing": None},
        outputs=("a", "b"),
    )


def test_nothing_to_do_and_nothing_before() -> None:
    assert parse_plan('{"format_version": "1.2"}', "x") == TerraformPlan(())


FORMAT = "The plan x is no plan in a format that is read here: its format_version must be 1."


@pytest.mark.parametrize(
    "text,sentence",
    [
        ("", "The plan x is no plan of Terraform's: it is not JSON (Expecting value: line 1 column 1 (char 0))."),
        ("[]", FORMAT),
        ('{"format_version": "2.0"}', FORMAT),
    ],
)  # fmt: skip
def test_what_is_no_plan(text: str, sentence: str) -> None:
    with pytest.raises(ParseError) as refusal:
        parse_plan(text, "The plan x")
    assert refusal.value.message == sentence
