# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: JSON -> the part of it that is wanted; the rest is checked, and forgotten as it is read.

A state of many megabytes is mostly resources, which nobody here asks for: kept until the end they take several times
their text's size in memory, with every secret that the providers wrote down.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

_BLANKS = re.compile(r"[ \t\n\r]*")
_STEPS = 4  # resources, one of them, its instances, one of those: deeper, the C decoder takes a value as a whole

Path = tuple[str, ...]


def decode_part(text: str, wanted: Callable[[Path], bool | None]) -> Any:
    """Decodes ``text`` as ``json.loads`` does, but for what is not wanted.

    ``wanted`` is asked about every object member by its path: True decodes it, None decodes of it what is wanted, and
    False leaves it out; a list is at the path of its member, and keeps its length. An object that is only partly
    wanted has None for the members that are left out. Raises json.JSONDecodeError, and RecursionError.
    """
    part, end = _Decoder(text, wanted).value(_skip(text, 0), (), None, 0)
    if end != len(text):
        raise json.JSONDecodeError("Extra data", text, end)
    return part


def _skip(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at


class _Decoder:
    def __init__(self, text: str, wanted: Callable[[Path], bool | None]) -> None:
        self._text = text
        self._wanted = wanted
        self._whole = json.JSONDecoder().raw_decode

    def value(self, at: int, path: Path, choice: bool | None, steps: int) -> tuple[Any, int]:
        """The value that begins at ``at``, as far as it is wanted, and where the next thing begins."""
        first = self._text[at : at + 1]
        if choice or steps == _STEPS or first not in ("{", "["):
            whole, end = self._whole(self._text, at)
            return (None if choice is False else whole), _skip(self._text, end)
        if first == "{":
            return self._object(at, path, choice, steps)
        return self._list(at, path, choice, steps)

    def _object(self, at: int, path: Path, choice: bool | None, steps: int) -> tuple[Any, int]:
        found: dict[str, Any] = {}
        at = _skip(self._text, at + 1)
        if self._text[at : at + 1] == "}":
            return (None if choice is False else found), _skip(self._text, at + 1)
        while True:
            if self._text[at : at + 1] != '"':
                raise json.JSONDecodeError("Expecting property name enclosed in double quotes", self._text, at)
            key, at = self._whole(self._text, at)
            at = _skip(self._text, at)
            if self._text[at : at + 1] != ":":
                raise json.JSONDecodeError("Expecting ':' delimiter", self._text, at)
            own = False if choice is False else self._wanted((*path, key))
            member, at = self.value(_skip(self._text, at + 1), (*path, key), own, steps + 1)
            if choice is not False:
                found[key] = member
            more, at = self._more(at, "}")
            if not more:
                return (None if choice is False else found), at

    def _list(self, at: int, path: Path, choice: bool | None, steps: int) -> tuple[Any, int]:
        found: list[Any] = []
        at = _skip(self._text, at + 1)
        if self._text[at : at + 1] == "]":
            return (None if choice is False else found), _skip(self._text, at + 1)
        while True:
            member, at = self.value(at, path, choice, steps + 1)
            if choice is not False:
                found.append(member)
            more, at = self._more(at, "]")
            if not more:
                return (None if choice is False else found), at

    def _more(self, at: int, closing: str) -> tuple[bool, int]:
        mark = self._text[at : at + 1]
        if mark not in (",", closing) or not mark:
            raise json.JSONDecodeError("Expecting ',' delimiter", self._text, at)
        return mark == ",", _skip(self._text, at + 1)
