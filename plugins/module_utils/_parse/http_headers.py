# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what HTTP servers say in headers: how to log in, and when to come back."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_SCHEME = re.compile(rf"\s*,?\s*({_TOKEN})(?=\s|,|$)(?!\s*=)")
_PARAMETER = re.compile(rf'\s*,?\s*({_TOKEN})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_DATE = re.compile(r"[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT", re.ASCII)
# datetime's %b is of the user's language
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Challenge:
    """One way to log in that a server offers. ``scheme`` is lower case."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)


def parse_challenges(headers: Iterable[str]) -> tuple[Challenge, ...]:
    """All the ways in `WWW-Authenticate` headers; what cannot be read is left out."""
    found: list[Challenge] = []
    for header in headers:
        position = 0
        parameters: dict[str, str] | None = None
        while position < len(header):
            parameter = _PARAMETER.match(header, position)
            scheme = None if parameter else _SCHEME.match(header, position)
            if parameter:
                if parameters is not None:
                    quoted = parameter[2]
                    value = parameter[3] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
                    parameters[parameter[1].lower()] = value
                position = parameter.end()
            elif scheme:
                parameters = {}
                found.append(Challenge(scheme[1].lower(), parameters))
                position = scheme.end()
            else:
                break
    return tuple(found)


def parse_retry_after(text: str | None, now: float) -> float | None:
    """Seconds to wait, out of a number or a date; None where nothing can be read."""
    text = (text or "").strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    date = _DATE.fullmatch(text)
    if date is None or date[2] not in _MONTHS:
        return None
    day, year, hour, minute, second = (int(date[i]) for i in (1, 3, 4, 5, 6))
    try:
        at = datetime.datetime(
            year, _MONTHS.index(date[2]) + 1, day, hour, minute, min(second, 59), tzinfo=datetime.timezone.utc
        )
    except ValueError:
        return None
    return max(at.timestamp() - now, 0.0)
