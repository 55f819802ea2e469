# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: as much of GLib's GVariant as it takes to read a dictionary of variants (``a{sv}``), in
which ostree keeps what is staged, and lists of strings in it.

Where the parts of a container end stands behind them, in numbers as wide as the container's size needs.
"""

from __future__ import annotations


def parse_dictionary(data: bytes) -> dict[str, tuple[str, bytes]]:
    """The entries of an ``a{sv}``: type and bytes by key. ValueError where it is none."""
    found = {}
    begin = 0
    for end in _ends(data):
        begin += -begin % 8
        entry = data[begin:end]
        width = _width(len(entry))
        key_end = _number(entry[len(entry) - width :])
        value, _nul, kind = entry[key_end + -key_end % 8 : len(entry) - width].rpartition(b"\0")
        found[_text(entry[:key_end])] = (kind.decode("ascii"), value)
        begin = end
    return found


def parse_texts(data: bytes) -> tuple[str, ...]:
    """The items of an ``as``. ValueError where it is none."""
    found = []
    begin = 0
    for end in _ends(data):
        found.append(_text(data[begin:end]))
        begin = end
    return tuple(found)


def _ends(data: bytes) -> list[int]:
    if not data:
        return []
    width = _width(len(data))
    table = _number(data[len(data) - width :])
    if table >= len(data) or (len(data) - table) % width:
        raise ValueError(f"a list of {len(data)} bytes does not have its end at {table}")
    ends = [_number(data[place : place + width]) for place in range(table, len(data), width)]
    if ends != sorted(ends) or ends[-1] > table:
        raise ValueError("the parts of a list are out of order")
    return ends


def _width(size: int) -> int:
    return 1 if size < 1 << 8 else 2 if size < 1 << 16 else 4


def _number(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _text(data: bytes) -> str:
    if not data.endswith(b"\0"):
        raise ValueError(f"a text has no end: {data[:40]!r}")
    return data[:-1].decode("utf-8")
