# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: which of two versions is the newer, as dpkg orders them."""

from __future__ import annotations

import re
from itertools import zip_longest

_PARTS = re.compile(r"(\D*)(\d*)")
_END = ([0], 0)


def newer(left: str, right: str) -> bool:
    """Whether ``left`` comes after ``right``."""
    one, other = _split(left), _split(right)
    if one[0] != other[0]:
        return one[0] > other[0]
    for mine, yours in zip(one[1:], other[1:]):
        for part, against in zip_longest(_parts(mine), _parts(yours), fillvalue=_END):
            if part != against:
                return part > against
    return False


def _split(version: str) -> tuple[int, str, str]:
    """Epoch, upstream version, revision."""
    epoch, colon, rest = version.partition(":")
    if not colon or not epoch.isdecimal():
        epoch, rest = "0", version
    upstream, dash, revision = rest.rpartition("-")
    return (int(epoch), upstream, revision) if dash else (int(epoch), rest, "")


def _parts(text: str) -> list[tuple[list[int], int]]:
    """Words and numbers by turns. A tilde comes before the end of a word, and that before any other sign."""
    return [([*map(_order, word), 0], int(number or 0)) for word, number in _PARTS.findall(text)]


def _order(sign: str) -> int:
    if sign == "~":
        return -1
    return ord(sign) if sign.isalpha() else ord(sign) + 0x110000
