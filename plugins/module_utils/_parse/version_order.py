# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: which of two releases of a system is the newer, by their versions alone.

Versions are free text. Fedora's, RHEL's and most others' are numbers with dots, the first that differ decide; where
these are words, or where one version holds a date and the other none there, nobody can tell.
"""

from __future__ import annotations

import re
from itertools import zip_longest

_BETWEEN = re.compile(r"[.-]")
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
# that many digits are a date, as in 44.20260707.3.1
_DATE = 6


def newer(left: str, right: str) -> bool | None:
    """Whether ``left`` comes after ``right``; None where the two cannot be ordered."""
    one, other = _BETWEEN.split(left), _BETWEEN.split(right)
    if _dates(one) != _dates(other):
        return None
    for mine, yours in zip_longest(one, other, fillvalue="0"):
        if mine == yours:
            continue
        if not (_NUMBER.fullmatch(mine) and _NUMBER.fullmatch(yours)):
            return None
        if int(mine) != int(yours):
            return int(mine) > int(yours)
    return None


def _dates(parts: list[str]) -> list[tuple[int, int]]:
    """Where in a version dates stand, and how long they are: RHEL CoreOS once had the time in them."""
    return [(at, len(part)) for at, part in enumerate(parts) if len(part) >= _DATE and _NUMBER.fullmatch(part)]
