"""A part of a JSON document is what json.loads says of it; what is no JSON is refused where json.loads refuses it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.atomic.fleet.plugins.module_utils._parse.json_part import decode_part

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


@given(VALUES, st.sampled_from([None, 0, 2]))
def test_all_of_it(value: Any, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    assert decode_part(text, lambda path: True) == value
    assert decode_part(f"\n {text}\t", lambda path: None) == value


@given(VALUES, st.integers(0, 200))
def test_a_piece_of_it(value: Any, length: int) -> None:
    text = json.dumps(value)[:length]
    try:
        json.loads(text)
    except ValueError:
        for choice in (True, False, None):
            with pytest.raises(json.JSONDecodeError):
                decode_part(text, lambda path, choice=choice: choice)
    else:
        decode_part(text, lambda path: False)


DOCUMENT = {"a": {"b": {"c": [1, {"d": 2}], "x": 3}, "y": 4}, "l": [{"m": 1, "n": 2}, {"n": 3}], "z": "w"}


@pytest.mark.parametrize(
    "wanted,part",
    [
        ({}, {"a": None, "l": None, "z": None}),
        ({("z",): True}, {"a": None, "l": None, "z": "w"}),
        ({("a",): None, ("a", "y"): True}, {"a": {"b": None, "y": 4}, "l": None, "z": None}),
        ({("a",): None, ("a", "b"): None, ("a", "b", "c"): True},
         {"a": {"b": {"c": [1, {"d": 2}], "x": None}, "y": None}, "l": None, "z": None}),
        ({("l",): None, ("l", "m"): True}, {"a": None, "l": [{"m": 1, "n": None}, {"n": None}], "z": None}),
    ],
)  # fmt: skip
def test_what_is_wanted(wanted: dict[tuple[str, ...], bool | None], part: Any) -> None:
    assert decode_part(json.dumps(DOCUMENT), lambda path: wanted.get(path, False)) == part


@pytest.mark.parametrize(
    "text",
    ["", "{", "{}}", '{"a" 1}', '{"a":}', '{"a": 1,}', "{1: 2}", "[1,]", "[1 2]", '{"a": [1}', '{"a": {"b": [1, }]}}'],
)
def test_no_json(text: str) -> None:
    for choice in (True, False, None):
        with pytest.raises(json.JSONDecodeError):
            decode_part(text, lambda path, choice=choice: choice)
