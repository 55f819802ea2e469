"""Serialised values as GVariant's specification and ostree have them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.double import gvariant


@pytest.mark.parametrize(
    "kind,data,value",
    [
        pytest.param("s", b"hello world\0", "hello world", id="string"),
        pytest.param("b", b"\x01", True, id="truth"),
        pytest.param("i", b"\xff\xff\xff\xff", -1, id="signed"),
        pytest.param("t", b"\x01" + b"\0" * 7, 1, id="unsigned of 64 bits"),
        pytest.param("ay", b"\x04\x05", b"\x04\x05", id="bytes"),
        pytest.param("(si)", b"foo\0\xff\xff\xff\xff\x04", ("foo", -1), id="structure"),
        pytest.param("as", b"i\0can\0has\0strings?\0\x02\x06\x0a\x13", ["i", "can", "has", "strings?"], id="strings"),
        pytest.param("as", b"", [], id="no strings"),
        pytest.param("a(ii)", bytes(range(1, 2)) + b"\0" * 15, [(1, 0), (0, 0)], id="array of one size"),
        pytest.param("v", b"x\0\0s", "x", id="variant"),
        pytest.param("{si}", b"a key\0\0\0\x02\x02\0\0\x06", ("a key", 514), id="dictionary entry"),
        pytest.param("a{sv}", b"version\0" + b"2.0\0\0s" + b"\x08\x0f", {"version": "2.0"}, id="dictionary"),
        pytest.param("(ss)", b"one\0two\0\x04", ("one", "two"), id="two strings"),
    ],
)
def test_read(kind: str, data: bytes, value: Any) -> None:
    assert gvariant.read(kind, data) == value


def test_a_commits_type_is_split() -> None:
    assert gvariant.split_type("a{sv}aya(say)sstayay") == ["a{sv}", "ay", "a(say)", "s", "s", "t", "ay", "ay"]


@pytest.mark.parametrize("kind,size", [("(yu)", 8), ("(uy)", 8), ("(say)", None), ("()", 1), ("(tt)", 16)])
def test_fixed_size(kind: str, size: int | None) -> None:
    assert gvariant.fixed_size(kind) == size
