"""A file of Terraform's variables that keys are put into."""

from __future__ import annotations

import json

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ParseError
from ansible_collections.atomic.fleet.plugins.module_utils._parse.tfvars import merged, parse_variables


def test_keys_are_put_beside_what_is_there() -> None:
    before = parse_variables('{"name": "démo", "host_keys": {"b": ["old"], "c": ["kept"]}}', "x")
    text = merged(before, {"b": ("new",), "a": ("one", "two")})
    assert json.loads(text) == {"name": "démo", "host_keys": {"a": ["one", "two"], "b": ["new"], "c": ["kept"]}}
    assert "démo" in text
    assert merged(parse_variables(text, "x"), {"b": ("new",)}) == text


def test_a_new_file() -> None:
    assert (
        merged(parse_variables("{}", "x"), {"a": ("k",)})
        == '{\n  "host_keys": {\n    "a": [\n      "k"\n    ]\n  }\n}\n'
    )


@pytest.mark.parametrize("text", ["", "[]", "name = 1", '{"host_keys": []}', '{"host_keys": {"a": "k"}}'])
def test_what_is_no_such_file(text: str) -> None:
    with pytest.raises(ParseError, match=r"^keys\.json: .*correct it\.$"):
        parse_variables(text, "keys.json")
