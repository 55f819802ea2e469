# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the one place where words become shell, and where words unfit for it are refused."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .._errors import ArgumentError

_PLAIN = re.compile(r"[A-Za-z0-9@%+=:,./_-]+")
_FRAGMENT = r"[A-Za-z0-9_][A-Za-z0-9._-]*"
_REMOTE = re.compile(_FRAGMENT)
_REF = re.compile(rf"{_FRAGMENT}(?:/{_FRAGMENT})*")
_CHECKSUM = re.compile(r"[0-9a-f]{64}")
_OPTION_KEY = re.compile(r"[a-z0-9][a-z0-9-]*")
_SHOWN = 60


def quote(word: str) -> str:
    """One word of sh that means exactly ``word``. A NUL cannot be said in a shell: ArgumentError."""
    if "\0" in word:
        raise ArgumentError(f"{shown(word)} holds a NUL character, which no command can be given")
    if _PLAIN.fullmatch(word):
        return word
    return "'{}'".format(word.replace("'", "'\\''"))


def command(argv: Iterable[str]) -> str:
    """A command line of sh for an argument list."""
    return " ".join(quote(word) for word in argv)


def shown(value: str) -> str:
    """``value`` fit for an error message: on one line, quoted, not too long."""
    text = value if len(value) <= _SHOWN else value[:_SHOWN] + "…"
    return repr(text)


def check_remote(value: str, what: str = "remote") -> str:
    """The name of a remote as ostree allows it, or ArgumentError."""
    return _checked(_REMOTE, value, what, "a remote's name is letters, digits, '.', '_' and '-'")


def check_ref(value: str, what: str = "ref") -> str:
    """The name of a ref (a branch) as ostree allows it, or ArgumentError."""
    return _checked(_REF, value, what, "a ref is parts of letters, digits, '.', '_' and '-' with '/' between them")


def check_checksum(value: str, what: str = "checksum") -> str:
    """A full commit checksum, or ArgumentError."""
    return _checked(_CHECKSUM, value, what, "a checksum is 64 hexadecimal digits in lower case")


def is_checksum(value: str) -> bool:
    """Whether this is a full commit checksum."""
    return _CHECKSUM.fullmatch(value) is not None


def check_option(value: str, what: str = "option") -> str:
    """A key of a remote's configuration, or ArgumentError."""
    return _checked(_OPTION_KEY, value, what, "a key is lower-case letters, digits and '-'")


def check_line(value: str, what: str) -> str:
    """Text that stays on one line and can be printed, or ArgumentError."""
    if not value or not value.isprintable() or value != value.strip():
        raise ArgumentError(f"{what} {shown(value)} cannot be used: it must be one line of printable characters")
    return value


def _checked(pattern: re.Pattern[str], value: str, what: str, rule: str) -> str:
    if not pattern.fullmatch(value):
        raise ArgumentError(f"{what} {shown(value)} cannot be used: {rule}")
    return value
