# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the words a policy is made of: amounts, times, names; a sentence for what is wrong.

Written by hand because the core has only the standard library, and because a user is owed a sentence that names
the key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NoReturn

from .._errors import ArgumentError
from .._model.policy import Amount

MOST = 10_000_000
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_PERCENT = re.compile(r"(0|[1-9][0-9]{0,2})%\Z", re.ASCII)
_SPAN = re.compile(r"([0-9]{1,7})([smhd])\Z", re.ASCII)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}\Z")


class Reader:
    """Reads one policy and knows where its keys stand, for the sentence when one is wrong."""

    def __init__(self, source: str, lines: Mapping[str, int]) -> None:
        self.source = source
        self.lines = lines

    def wrong(self, key: str, what: str) -> NoReturn:
        line = self.lines.get(key, self.lines.get(key.partition(".")[0]))
        where = self.source if line is None else f"{self.source} line {line}"
        raise ArgumentError(f"{where}: {key} {what}.")

    def amount(self, key: str, value: Any, least: int) -> Amount:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool):
            if not least <= value <= MOST:
                self.wrong(key, f"is {value}; it must be from {least} to {MOST}")
            return Amount(value)
        found = _PERCENT.match(value) if isinstance(value, str) else None
        if found is None:
            self.wrong(key, f'is {value!r}; write a number of hosts such as 3, or a share such as "25%"')
        share = int(found.group(1))
        if not least <= share <= 100:
            self.wrong(key, f'is "{share}%"; a share goes from {least}% to 100%')
        return Amount(share, True)

    def limit(self, key: str, value: Any) -> Amount:
        """An amount that lets at least one host go; with 0 no host could ever be changed."""
        return self.amount(key, value, 1)

    def spent(self, key: str, value: Any) -> Amount:
        return self.amount(key, value, 0)

    def seconds(self, key: str, value: Any) -> float:
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= MOST:
            return float(value)
        found = _SPAN.match(value) if isinstance(value, str) else None
        if found is None:
            self.wrong(key, f'is {value!r}; write seconds, or a time such as "30s", "10m" or "1h"')
        return float(int(found.group(1)) * _SECONDS[found.group(2)])

    def timeout(self, key: str, value: Any) -> float:
        found = self.seconds(key, value)
        if not found:
            self.wrong(key, "is 0; nothing can be done in no time")
        return found

    def names(self, key: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not value or not all(isinstance(one, str) and one for one in value):
            self.wrong(key, "must be a list of at least one name")
        twice = sorted({one for one in value if value.count(one) > 1})
        if twice:
            self.wrong(key, f"names {twice[0]} twice")
        return tuple(value)

    def text(self, key: str, value: Any) -> str:
        if not isinstance(value, str) or not value:
            self.wrong(key, f"is {value!r}; write a text, in quotes where it looks like a number")
        return value

    def where(self, key: str, value: Any) -> Mapping[str, str]:
        """Host variables and the values that are asked for."""
        if not isinstance(value, dict) or not value:
            self.wrong(key, "must map the name of a host variable to its value, such as {pool: database}")
        for name in value:
            self.variable(key, name)
        return {name: self.text(f"{key}.{name}", one) for name, one in sorted(value.items())}

    def only(self, key: str, value: Mapping[Any, Any], names: tuple[str, ...]) -> None:
        """Refuse what has another key than ``names``."""
        for name in value:
            if name not in names:
                self.wrong(f"{key}.{name}", "is no key of {}; there are {}".format(key, ", ".join(sorted(names))))

    def word(self, key: str, value: Any, words: tuple[str, ...]) -> str:
        if value not in words or not isinstance(value, str):
            self.wrong(key, "is {!r}; it must be one of {}".format(value, ", ".join(words)))
        return value

    def variable(self, key: str, name: Any) -> str:
        if not isinstance(name, str) or not _VARIABLE.match(name):
            self.wrong(key, f"has {name!r} as the name of a host variable")
        return name
