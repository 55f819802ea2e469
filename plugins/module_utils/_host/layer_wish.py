# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what a user wants layered, checked before any host is asked."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .._command.quote import check_line, shown
from .._errors import ArgumentError
from .._parse.provided import package_name

Words = tuple[str, ...]

# In the words of those who write ansible.builtin.package too.
STATES = {
    "present": "present",
    "installed": "present",
    "latest": "present",
    "absent": "absent",
    "removed": "absent",
    "exact": "exact",
}
OVERRIDES = ("remove", "replace", "reset")
_URL = re.compile(r"https?://")


@dataclass(frozen=True)
class LayerWish:
    """``names`` are packages, capabilities or paths, ``files`` are RPM files on the host or addresses of such,
    ``state`` is present, absent or exact; ``remove``, ``replace`` (files) and ``reset`` are overrides of the base."""

    names: Words = ()
    files: Words = ()
    state: str = "present"
    remove: Words = ()
    replace: Words = ()
    reset: Words = ()
    apply_live: bool = False
    allow_inactive: bool = False

    def __post_init__(self) -> None:
        if self.state != "exact" and not (self.names or self.files or self.remove or self.replace or self.reset):
            raise ArgumentError("name or overrides says what is to be layered, and both are empty")
        for word in self.names:
            _check_word(word, "name")
        for word in (*self.remove, *self.reset):
            _check_word(word, "overrides:")
        for path in self.files:
            _check_file(path, "name", by_name=self.state == "absent")
        for path in self.replace:
            _check_file(path, "overrides: replace")
        for word in self.remove:
            if word in self.names and self.state != "absent":
                raise ArgumentError(f"{shown(word)} cannot be both layered by name and removed by overrides")
            if word in self.reset:
                raise ArgumentError(f"overrides: {shown(word)} cannot be both removed and reset")

    @property
    def asked(self) -> Words:
        """The words of which the host is asked whether its deployments hold such packages."""
        return tuple(dict.fromkeys((*self.names, *self.remove)))

    @property
    def files_there(self) -> Words:
        """The files on the host, which is asked what packages they are."""
        needed = (*self.replace, *(self.files if self.state != "absent" else ()))
        return tuple(dict.fromkeys(path for path in needed if not is_address(path)))


def wish_for(
    name: Iterable[str],
    state: str,
    overrides: Mapping[str, Iterable[str] | None] | None = None,
    apply_live: bool = False,
    allow_inactive: bool = False,
) -> LayerWish:
    """The wish out of a verb's arguments: among the names, what ends in .rpm is a file."""
    given = _words(name)
    over = {kind: _words((overrides or {}).get(kind) or ()) for kind in OVERRIDES}
    return LayerWish(
        tuple(word for word in given if not word.endswith(".rpm")),
        tuple(word for word in given if word.endswith(".rpm")),
        STATES[state],
        over["remove"],
        over["replace"],
        over["reset"],
        apply_live,
        allow_inactive,
    )


def is_address(path: str) -> bool:
    return _URL.match(path) is not None


def called(path: str) -> str:
    """The package that a file claims to be by its own name."""
    return posixpath.basename(path)[: -len(".rpm")]


def _words(values: Iterable[str]) -> Words:
    return tuple(dict.fromkeys(word.strip() for word in values if word.strip()))


def _check_word(word: str, what: str) -> None:
    check_line(word, what)
    if word.startswith(("-", "@")) or any(letter in word for letter in " *?[]"):
        raise ArgumentError(
            f"{what} {shown(word)} cannot be used: it must be a package, a capability or a path, no pattern, group or "
            "range of versions"
        )


def _check_file(path: str, what: str, by_name: bool = False) -> None:
    check_line(path, what)
    if is_address(path) or by_name:
        if package_name(called(path)) is None:
            raise ArgumentError(
                f"{what} {shown(path)} cannot be used: its last part must be name-version-release.arch.rpm, by which "
                "it is known again once it is layered"
            )
    elif not path.startswith("/") or not path.endswith(".rpm"):
        raise ArgumentError(
            f"{what} {shown(path)} cannot be used: an RPM is named by its whole path on the host or by its http(s) "
            "address, and ends in .rpm"
        )
