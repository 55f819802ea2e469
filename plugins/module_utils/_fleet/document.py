# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: one way to write a document, so that the same content has the same name.

Everything is ASCII JSON with sorted keys. A float that is a whole number is written as one, so 30 and 30.0
name the same document; what is not finite is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NoReturn

from .._errors import ParseError

ID_DIGITS = 12


def canonical(document: Any) -> str:
    """The document as one line of text. Raises ValueError where it holds a number JSON cannot."""
    return canonical_plain(plain_numbers(document))


def canonical_plain(document: Any) -> str:
    """The same for a document that is known to hold no float that is a whole number."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)


def plain_numbers(value: Any) -> Any:
    """The value with every float that is a whole number as one, tuples as lists."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: plain_numbers(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_numbers(item) for item in value]
    return value


def digest(document: Any) -> str:
    """64 hex digits that name the content."""
    return digest_plain(plain_numbers(document))


def digest_plain(document: Any) -> str:
    return hashlib.sha256(canonical_plain(document).encode("ascii")).hexdigest()


def short(kind: str, full: str) -> str:
    return f"{kind}-{full[:ID_DIGITS]}"


def laid_out(value: Any, depth: int, indent: str = "") -> str:
    """JSON for reading: down to that depth one line for each key or item, below it one line for all of it."""
    if depth and value and isinstance(value, (dict, list)):
        inner = indent + " "
        if isinstance(value, dict):
            parts = [f"{json.dumps(key)}: {laid_out(item, depth - 1, inner)}" for key, item in value.items()]
        else:
            parts = [laid_out(item, depth - 1, inner) for item in value]
        opened, closed = "{}" if isinstance(value, dict) else "[]"
        lines = ",\n".join([inner + part for part in parts])
        return f"{opened}\n{lines}\n{indent}{closed}"
    return json.dumps(value)


class Place:
    """Where in which file a value was read: made once a line, it turns what is wrong there into a sentence."""

    def __init__(self, source: str, line: int | None = None) -> None:
        self.source = source
        self.line = line

    def __str__(self) -> str:
        return self.source if self.line is None else f"{self.source} line {self.line}"

    def wrong(self, what: str) -> NoReturn:
        raise ParseError(f"{self}: {what}.")

    def mapping(self, value: Any, what: str) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            self.wrong(f"{what} is not a JSON object")
        return value

    def items(self, data: Mapping[str, Any], key: str) -> tuple[Any, ...]:
        value = data.get(key, ())
        if value.__class__ is not list and value != ():
            self.wrong(f"{key} is not a list")
        return tuple(value)

    def texts(self, data: Mapping[str, Any], key: str) -> tuple[str, ...]:
        found = self.items(data, key)
        for item in found:
            if item.__class__ is not str:
                self.wrong(f"{key} holds something that is not text")
        return found

    def text(self, data: Mapping[str, Any], key: str) -> str:
        value = data.get(key)
        if value.__class__ is not str or not value:
            self.wrong(f"{key} is missing or not text")
        return value

    def maybe_text(self, data: Mapping[str, Any], key: str) -> str | None:
        value = data.get(key)
        if value is not None and value.__class__ is not str:
            self.wrong(f"{key} is not text")
        return value

    def number(self, data: Mapping[str, Any], key: str, default: float = 0) -> float:
        value = data.get(key, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.wrong(f"{key} is not a number")
        return value

    def whole(self, data: Mapping[str, Any], key: str, default: int = 0) -> int:
        value = data.get(key, default)
        if value.__class__ is not int:
            self.wrong(f"{key} is not a whole number")
        return value

    def flag(self, data: Mapping[str, Any], key: str, default: bool = False) -> bool:
        value = data.get(key, default)
        if value.__class__ is not bool:
            self.wrong(f"{key} is not true or false")
        return value

    def words(self, data: Mapping[str, Any], key: str) -> Mapping[str, str]:
        value = data.get(key)
        if value is None:
            return {}
        for word in self.mapping(value, key).values():
            if word.__class__ is not str:
                self.wrong(f"{key} holds something that is not text")
        return value  # type: ignore[no-any-return]


def load(text: str, place: Place) -> Mapping[str, Any]:
    """The JSON object in ``text``. Raises ParseError naming the place."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        what = getattr(error, "msg", "it is nested too deeply")
        place.wrong(f"this is not JSON ({what})")
    return place.mapping(value, "this")
