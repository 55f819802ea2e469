# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the windows of a policy, from YAML and back, and in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from .._errors import ArgumentError
from .._model.window import DAYS, Window
from .reader import Reader
from .windows import zone_of

_TIME = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])\Z", re.ASCII)
_MIDNIGHT = 24 * 60


def parse_zone(read: Reader, key: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        read.wrong(key, f"is {value!r}; write the name of a time zone, such as Europe/Berlin")
    try:
        zone_of(value)
    except ArgumentError as error:
        read.wrong(key, error.message)
    return value


def parse_windows(read: Reader, key: str, value: Any) -> tuple[Window, ...]:
    if not isinstance(value, list):
        read.wrong(key, 'must be a list of windows, such as [{days: [sat, sun], from: "01:00", to: "05:00"}]')
    return tuple([_window(read, f"{key}[{index}]", one) for index, one in enumerate(value)])


def _window(read: Reader, key: str, value: Any) -> Window:
    if not isinstance(value, dict) or not {"from", "to"} <= set(value):
        read.wrong(key, 'must have from and to, such as {from: "01:00", to: "05:00"}')
    for name in value:
        if name not in ("days", "from", "to"):
            read.wrong(f"{key}.{name}", "is no key of a window; there are days, from, to")
    days = read.names(f"{key}.days", value["days"]) if "days" in value else ()
    for day in days:
        read.word(f"{key}.days", day, DAYS)
    begins, ends = _minutes(read, f"{key}.from", value["from"]), _minutes(read, f"{key}.to", value["to"])
    if begins == _MIDNIGHT:
        read.wrong(f"{key}.from", 'is "24:00"; a day begins at "00:00"')
    if begins == ends:
        read.wrong(key, 'ends when it begins; the whole day is {from: "00:00", to: "24:00"}')
    return Window(begins, ends, tuple([day for day in DAYS if day in days]))


def _minutes(read: Reader, key: str, value: Any) -> int:
    found = _TIME.match(value) if isinstance(value, str) else None
    minutes = int(found.group(1)) * 60 + int(found.group(2)) if found else _MIDNIGHT + 1
    if minutes > _MIDNIGHT:
        read.wrong(key, f'is {value!r}; write a time as "01:00", in quotes, without which YAML may read a number')
    return minutes


def render_windows(windows: Sequence[Window]) -> list[dict[str, Any]]:
    return [
        {**({"days": list(one.days)} if one.days else {}), "from": _clock(one.begins), "to": _clock(one.ends)}
        for one in windows
    ]


def windows_words(windows: Sequence[Window], zone: str) -> str:
    """The windows as a person would say them."""
    if not windows:
        return "any time"
    return ", ".join([_words(one) for one in windows]) + f" ({zone})"


def _words(window: Window) -> str:
    days = " ".join(window.days)
    return f"{days} {_clock(window.begins)}-{_clock(window.ends)}".strip()


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
