# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: JSON that a tool on a host printed, read with the host and the tool in every error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from .._errors import ParseError

_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class Fields:
    """One object of a document. What is absent or null is the empty value; what has another type is a ParseError."""

    host: str
    tool: str
    values: Mapping[str, Any]

    def text(self, key: str) -> str | None:
        value = self.values.get(key)
        if value is not None and not isinstance(value, str):
            self.wrong(key)
        return value

    def need(self, key: str) -> str:
        value = self.values.get(key)
        if not isinstance(value, str) or not value:
            self.wrong(key)
        return value

    def flag(self, key: str) -> bool:
        value = self.values.get(key, False)
        if value is not None and not isinstance(value, bool):
            self.wrong(key)
        return value is True

    def whole(self, key: str) -> int:
        value = self.values.get(key, 0)
        if not isinstance(value, int) or isinstance(value, bool):
            self.wrong(key)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.wrong(key)
        return tuple(value)

    def inner(self, key: str) -> Fields | None:
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.wrong(key)
        return Fields(self.host, self.tool, value)

    def each(self, key: str) -> tuple[Fields, ...]:
        value = self.values.get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.wrong(key)
        return tuple([Fields(self.host, self.tool, item) for item in value])

    def wrong(self, key: str) -> NoReturn:
        raise ParseError(f"{self.host}: {self.tool} printed no {key} that can be read: {self.values.get(key)!r:.80}")


def load(host: str, tool: str, text: str) -> Fields:
    """The document. ParseError where it is cut off, or no object at all."""
    try:
        # errors and notes of the tool stand around it
        values = _DECODER.raw_decode(text, max(text.find("{"), 0))[0]
    except (ValueError, RecursionError) as error:
        raise ParseError(f"{host}: {tool} printed what is not JSON: {error}") from None
    if not isinstance(values, dict):
        raise ParseError(f"{host}: {tool} printed JSON that is no object: {text[:80]!r}")
    return Fields(host, tool, values)
