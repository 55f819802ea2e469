# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what HAProxy prints of its servers: `show stat` and `show servers state`."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass

from .._errors import ParseError

NAME = re.compile(r"[A-Za-z0-9_.:-]+\Z")
MOST_WEIGHT = 256
_STATE_VERSION = "1"
# bits of srv_admin_state: in maintenance or drained, by hand or because another server that it follows is;
# in maintenance because its name cannot be resolved
_MAINT, _DRAIN, _UNRESOLVED = 0x01 | 0x02, 0x08 | 0x10, 0x20
# srv_check_status until a first check has ended (srv_check_result is forgotten while the next one runs);
# srv_check_state has a bit for "there is a check"
_INITIAL, _CHECKED = 1, 0x02
# srv_op_state: down, warming up, up, and up but asking for no new sessions
_STARTING, _RUNNING = 1, 2


@dataclass(frozen=True)
class Stat:
    """A server's line of `show stat`: its status in HAProxy's words, and what its last check was."""

    name: str
    status: str
    sessions: int
    check: str
    backup: bool

    @property
    def maintained(self) -> bool:
        return self.status.partition(" ")[0] == "MAINT"

    def __str__(self) -> str:
        return f"{self.status}, {self.check}" if self.check else self.status


@dataclass(frozen=True)
class State:
    """A server's line of `show servers state`. ``weight`` is what it was given, whatever the server's state is."""

    name: str
    weight: int
    maintained: bool
    drained: bool
    well: bool | None


def parse_stat(said: str) -> tuple[Stat, ...]:
    """`show stat BACKEND 4 -1`, the servers of one backend. Raises ParseError."""
    if not said.startswith("# "):
        raise ParseError(_words(said))
    rows = csv.DictReader(said[2:].splitlines())
    return tuple(
        Stat(
            row.get("svname") or "",
            row.get("status") or "",
            _number(row.get("scur") or "0"),
            row.get("check_desc") or "",
            row.get("bck") == "1",
        )
        for row in rows
    )


def parse_state(said: str) -> tuple[State, ...]:
    """`show servers state BACKEND`. Raises ParseError."""
    lines = said.split("\n")
    if lines[0] != _STATE_VERSION or len(lines) < 2 or not lines[1].startswith("# "):
        raise ParseError(_words(said))
    names = lines[1][2:].split()
    return tuple(
        _state(dict(zip(names, line.split()))) for line in lines[2:] if line.strip() and not line.startswith("#")
    )


def _state(row: dict[str, str]) -> State:
    name, weight = row.get("srv_name", ""), _number(row.get("srv_uweight"))
    if not NAME.match(name) or weight > MOST_WEIGHT:
        raise ParseError(f"a server {name[:40]!r} of weight {weight}")
    admin = _number(row.get("srv_admin_state"))
    return State(name, weight, bool(admin & _MAINT), bool(admin & _DRAIN), _well(row, admin))


def _well(row: dict[str, str], admin: int) -> bool | None:
    """HAProxy's own opinion: it has none of a server that is not checked, not checked yet, or in maintenance."""
    if admin & _MAINT:
        return None
    if admin & _UNRESOLVED:
        return False
    checked = _number(row.get("srv_check_state")) & _CHECKED
    if not checked or _number(row.get("srv_check_status")) <= _INITIAL:
        return None
    return _number(row.get("srv_op_state")) in (_STARTING, _RUNNING)


def _number(text: str | None) -> int:
    if text is None or not text.isdecimal() or len(text) > 18:
        raise ParseError(f"{_words(text or '')}, where a number was to be")
    return int(text)


def _words(said: str) -> str:
    return " ".join(said.split())[:120] or "it said nothing"
