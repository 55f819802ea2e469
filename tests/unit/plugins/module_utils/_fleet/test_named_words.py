"""Lists of names with words, as gates and drains are written; read with kinds of the test's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.named_words import (
    ALWAYS,
    HOST,
    SERVICE,
    Kind,
    named_words,
    render_named,
)
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.reader import Reader
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.text import gate_label
from ansible_collections.atomic.fleet.plugins.module_utils._model.gate import Gate


def _check(read: Reader, key: str, words: Mapping[str, Any]) -> None:
    if "b" in words and "a" in words:
        read.wrong(key, "has a and b, which do not go together")


KINDS = {
    "plain": Kind(ALWAYS),
    "free": Kind(HOST),
    "ask": Kind(SERVICE, {"names": Reader.names, "a": Reader.seconds, "b": Reader.seconds}, ("names",), _check),
}
ASK = {"ask": {"names": ["x", "y"]}}
ASKED = Gate("ask", {"names": ("x", "y")})


def read(value: Any) -> tuple[Gate, ...]:
    return named_words(Reader("policy.yml", {"gates": 3, "gates[0]": 4, "gates[1]": 5}), "gates", value, KINDS)


@pytest.mark.parametrize(
    "value, found, labels",
    [
        ([], (), []),
        (["plain", "free"], (Gate("plain"), Gate("free")), ["plain", "free"]),
        ([{"free": {}}], (Gate("free"),), ["free"]),
        ([{"free": {"timeout": "2m"}}], (Gate("free", {}, 120.0),), ["free"]),
        ([ASK], (ASKED,), ["ask (x, y)"]),
        (
            [ASK, {"ask": {"a": 2, "names": ["x"]}}],
            (ASKED, Gate("ask", {"names": ("x",), "a": 2.0})),
            ["ask (x, y)", "ask (x; 2.0)"],
        ),
    ],
)
def test_what_is_read_is_written_again_as_it_was_meant(
    value: list[Any], found: tuple[Gate, ...], labels: list[str]
) -> None:
    assert read(value) == found
    assert read([render_named(gate, KINDS) for gate in found]) == found
    assert [gate_label(gate) for gate in found] == labels


NAMES = "there are plain, free, ask."


@pytest.mark.parametrize(
    "value, told",
    [
        ("plain", f"gates must be a list of names, or of mappings of one name to its words; {NAMES}"),
        (None, f"gates must be a list of names, or of mappings of one name to its words; {NAMES}"),
        ([["plain"]], f"gates[0] must be a name, or a mapping of one name to its words; {NAMES}"),
        ([{}], f"gates[0] must be a name, or a mapping of one name to its words; {NAMES}"),
        ([{"plain": {}, "free": {}}], f"gates[0] must be a name, or a mapping of one name to its words; {NAMES}"),
        (["none"], "gates[0] is 'none'; it must be one of plain, free, ask."),
        ([{3: {}}], "gates[0] is 3; it must be one of plain, free, ask."),
        ([{"plain": {"timeout": 3}}], "gates[0].plain takes no words."),
        ([{"free": None}], "gates[0].free must be a mapping of words."),
        ([{"free": {"names": ["x"]}}], "gates[0].free.names is no word of free; there are timeout."),
        ([{"free": {"timeout": 0}}], "gates[0].free.timeout is 0; nothing can be done in no time."),
        (["ask"], "gates[0].ask must have names."),
        ([{"ask": {"names": []}}], "gates[0].ask.names must be a list of at least one name."),
        ([{"ask": {"names": ["x"], "c": 1}}], "gates[0].ask.c is no word of ask; there are a, b, names, timeout."),
        ([{"ask": {"names": ["x"], "a": 1, "b": 1}}], "gates[0].ask has a and b, which do not go together."),
        (["free", {"free": {"timeout": 3}}], "gates[1] is free again, with the same words; leave one out."),
        ([ASK, ASK], "gates[1] is ask again, with the same words; leave one out."),
    ],
)
def test_what_is_wrong_is_told_with_file_line_and_key(value: Any, told: str) -> None:
    with pytest.raises(ArgumentError) as error:
        read(value)
    line = {"gates[0]": 4, "gates[1]": 5}.get(told[:8], 3)
    assert error.value.message == f"policy.yml line {line}: {told}"
