"""Reads GVariant's serialised form, in which ostree keeps commits: as much of it as commits hold.

Commits are read this way, and not by `ostree show`, so that a status of the double costs milliseconds.
"""

from __future__ import annotations

from typing import Any

ALIGNMENT = {"b": 1, "y": 1, "n": 2, "q": 2, "i": 4, "u": 4, "h": 4, "x": 8, "t": 8, "d": 8, "s": 1, "v": 8}
INTEGERS = {"y": (1, False), "n": (2, True), "q": (2, False), "i": (4, True), "u": (4, False), "x": (8, True),
            "t": (8, False)}  # fmt: skip
CLOSING = {"(": ")", "{": "}"}


def split_type(types: str) -> list[str]:
    """Complete types that stand one behind the other: `sa{sv}u` is s, a{sv}, u."""
    found = []
    while types:
        length = type_length(types)
        found.append(types[:length])
        types = types[length:]
    return found


def type_length(types: str) -> int:
    first = types[0]
    if first in "am":
        return 1 + type_length(types[1:])
    if first not in CLOSING:
        return 1
    length = 1
    while types[length] != CLOSING[first]:
        length += type_length(types[length:])
    return length + 1


def alignment(kind: str) -> int:
    if kind[0] in "am":
        return alignment(kind[1:])
    if kind[0] in CLOSING:
        return max((alignment(member) for member in split_type(kind[1:-1])), default=1)
    return ALIGNMENT[kind]


def fixed_size(kind: str) -> int | None:
    """Bytes of a type whose values all have the same size."""
    if kind[0] in CLOSING:
        end = 0
        for member in split_type(kind[1:-1]):
            size = fixed_size(member)
            if size is None:
                return None
            end = padded(end, alignment(member)) + size
        return padded(end, alignment(kind)) or 1
    return None if kind[0] in "amsv" else ALIGNMENT[kind]


def padded(position: int, to: int) -> int:
    return position + -position % to


def offset_size(length: int) -> int:
    return 1 if length < 1 << 8 else 2 if length < 1 << 16 else 4


def read(kind: str, data: bytes) -> Any:
    """The value of one complete type. Bytes (`ay`) stay bytes; dictionaries (`a{..}`) become dict."""
    first = kind[0]
    if first == "a":
        return read_array(kind[1:], data)
    if first in CLOSING:
        return tuple(read_members(split_type(kind[1:-1]), data))
    if first == "v":
        value, _end, inner = data.rpartition(b"\0")
        return read(inner.decode(), value)
    if first == "s":
        return data[:-1].decode()
    if first == "b":
        return bool(data[0])
    size, signed = INTEGERS[first]
    return int.from_bytes(data[:size], "little", signed=signed)


def read_array(kind: str, data: bytes) -> Any:
    if kind == "y":
        return data
    items = [read(kind, part) for part in elements(kind, data)]
    return dict(items) if kind[0] == "{" else items


def elements(kind: str, data: bytes) -> list[bytes]:
    if not data:
        return []
    size = fixed_size(kind)
    if size is not None:
        return [data[at : at + size] for at in range(0, len(data), size)]
    width = offset_size(len(data))
    table = int.from_bytes(data[-width:], "little")
    found, start = [], 0
    for at in range(table, len(data), width):
        end = int.from_bytes(data[at : at + width], "little")
        found.append(data[padded(start, alignment(kind)) : end])
        start = end
    return found


def read_members(kinds: list[str], data: bytes) -> list[Any]:
    width = offset_size(len(data))
    table, start, found = len(data), 0, []
    for position, kind in enumerate(kinds):
        start = padded(start, alignment(kind))
        size = fixed_size(kind)
        if size is not None:
            end = start + size
        elif position == len(kinds) - 1:
            end = table
        else:
            table -= width
            end = int.from_bytes(data[table : table + width], "little")
        found.append(read(kind, data[start:end]))
        start = end
    return found
