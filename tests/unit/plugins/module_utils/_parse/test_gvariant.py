"""What ostree keeps of a staged deployment: what was written comes back, and nonsense is told."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.atomic.fleet.plugins.module_utils._parse.gvariant import parse_dictionary, parse_texts
from tests.unit.plugins.talking import fixture

TEXTS = st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",))), max_size=40)


def framed(parts: list[bytes], align: int) -> bytes:
    """An array of parts of various sizes, as GLib lays it out."""
    body, ends = b"", []
    for part in parts:
        body += b"\0" * (-len(body) % align) + part
        ends.append(len(body))
    for width in (1, 2, 4):
        if len(body) + width * len(ends) < 1 << (8 * width):
            return body + b"".join(end.to_bytes(width, "little") for end in ends)
    raise AssertionError("too much for a test")


def texts(items: list[str]) -> bytes:
    return framed([item.encode() + b"\0" for item in items], 1)


def member(key: str, kind: str, value: bytes) -> bytes:
    name = key.encode() + b"\0"
    body = name + b"\0" * (-len(name) % 8) + value + b"\0" + kind.encode()
    width = next(width for width in (1, 2, 4) if len(body) + width < 1 << (8 * width))
    return body + len(name).to_bytes(width, "little")


@given(TEXTS, TEXTS)
def test_what_was_written_comes_back(one: list[str], two: list[str]) -> None:
    data = framed([member("kargs", "as", texts(one)), member("other", "as", texts(two))], 8)
    found = parse_dictionary(data)
    assert {key: (kind, parse_texts(value)) for key, (kind, value) in found.items()} == {
        "kargs": ("as", tuple(one)),
        "other": ("as", tuple(two)),
    }


@given(st.binary(max_size=400))
def test_nonsense_is_a_value_error_or_nothing(data: bytes) -> None:
    for read in (parse_dictionary, parse_texts):
        with suppress(ValueError):
            read(data)


@pytest.mark.parametrize(
    "name, keys, kargs",
    [
        ("staged-2022.7.hex", {"target", "merge-deployment"}, None),
        ("staged-2022.7-kargs.hex", {"target", "merge-deployment", "kargs"}, ("foo=1", "root=x")),
    ],
)
def test_what_ostree_wrote(name: str, keys: set[str], kargs: tuple[str, ...] | None) -> None:
    found = parse_dictionary(bytes.fromhex("".join(fixture(name).split())))
    assert set(found) == keys
    assert (parse_texts(found["kargs"][1]) if kargs else None) == kargs
