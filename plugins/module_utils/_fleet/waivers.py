# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: waivers, already loaded from YAML, and which of them covers what."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

from .._errors import ArgumentError
from .._model.audit import BY_NAME, Waiver
from .._model.posture import Finding
from .reader import Reader

WAIVERS_SCHEMA = "atomic.fleet/waivers/v1"
SOON = 14
_NEEDED = ("check", "hosts", "owner", "reason", "expires")
_KEYS = (*_NEEDED, "subject")


def parse_waivers(data: Any, source: str = "waivers", lines: Mapping[str, int] | None = None) -> tuple[Waiver, ...]:
    """Turn what YAML gave into waivers; ``lines`` maps keys to the lines they stand in. Raises ArgumentError."""
    if data is None:
        return ()
    read = Reader(source, lines or {})
    if not isinstance(data, dict):
        raise ArgumentError(f"{source}: a file of waivers is a mapping with the key waivers, which is a list.")
    for key in data:
        if key not in ("schema", "waivers"):
            read.wrong(str(key), "is no key of a file of waivers; there are schema and waivers")
    if "schema" in data:
        read.word("schema", data["schema"], (WAIVERS_SCHEMA,))
    listed = data.get("waivers") or []
    if not isinstance(listed, list):
        read.wrong("waivers", "must be a list")
    return tuple([_waiver(read, f"waivers[{index}]", one) for index, one in enumerate(listed)])


def _waiver(read: Reader, key: str, value: Any) -> Waiver:
    if not isinstance(value, dict):
        read.wrong(key, "must be a mapping with {}".format(", ".join(_NEEDED)))
    for name in value:
        if name not in _KEYS:
            read.wrong(f"{key}.{name}", "is no key of a waiver; there are {}".format(", ".join(_KEYS)))
    for name in _NEEDED:
        if value.get(name) in (None, ""):
            read.wrong(key, f"has no {name}; a waiver says what it is for, who answers for it, why, and until when")
    check = read.text(f"{key}.check", value["check"])
    if check not in BY_NAME:
        close = get_close_matches(check, BY_NAME, 1)
        meant = f"did you mean {close[0]}?" if close else "there are {}".format(", ".join(BY_NAME))
        read.wrong(f"{key}.check", f"is {check!r}, and there is no such check; {meant}")
    return Waiver(
        check=check,
        hosts=read.text(f"{key}.hosts", value["hosts"]),
        owner=_line(read, f"{key}.owner", value["owner"]),
        reason=_line(read, f"{key}.reason", value["reason"]),
        expires=_day(read, f"{key}.expires", value["expires"]),
        subject=read.text(f"{key}.subject", value.get("subject", "*")),
        line=read.lines.get(key, 0),
    )


def _line(read: Reader, key: str, value: Any) -> str:
    text = " ".join(read.text(key, value).split())
    if not text:
        read.wrong(key, "says nothing")
    return text


def _day(read: Reader, key: str, value: Any) -> str:
    try:
        # a date of YAML prints as one; a time does not, and is refused
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        read.wrong(key, f"is {str(value)!r}; write the last day on which it holds, such as 2027-03-31")


class Waivers:
    """Waivers on a certain day. ``groups`` are the groups of each host. Remembers which were of use."""

    def __init__(
        self,
        waivers: Sequence[Waiver],
        today: date,
        groups: Mapping[str, Collection[str]] | None = None,
        source: str = "waivers",
    ) -> None:
        self.waivers = tuple(waivers)
        self.today = today
        self.source = source
        self._groups = groups or {}
        self._used: set[Waiver] = set()
        self._missed: dict[Waiver, int] = {}

    def covering(self, finding: Finding) -> Waiver | None:
        """The waiver that covers the finding: of several the one that holds longest."""
        fitting = [one for one in self.waivers if self._fits(one, finding)]
        holding = [one for one in fitting if not self._expired(one)]
        if holding:
            best = max(holding, key=lambda one: one.expires)
            self._used.add(best)
            return best
        for one in fitting:
            self._missed[one] = self._missed.get(one, 0) + 1
        return None

    def warnings(self) -> Iterator[str]:
        """A sentence for each waiver that a person has to look at, in the order of the file."""
        for one in self.waivers:
            if self._expired(one):
                many = self._missed.get(one, 0)
                lost = f"{many} findings are open again" if many > 1 else "a finding is open again" if many else ""
                yield self._sentence(one, f"expired on {one.expires}" + (f", and {lost}" if lost else ""))
            elif date.fromisoformat(one.expires) - self.today <= timedelta(days=SOON):
                left = (date.fromisoformat(one.expires) - self.today).days
                when = "today" if not left else "tomorrow" if left == 1 else f"in {left} days"
                yield self._sentence(one, f"expires {when}, on {one.expires}")
            elif one not in self._used:
                yield self._sentence(one, "covers nothing that was found; take it out if it is not needed")

    def _sentence(self, waiver: Waiver, what: str) -> str:
        subject = "" if waiver.subject == "*" else f" ({waiver.subject})"
        return (
            f"{self.source} line {waiver.line}: the waiver of {waiver.check}{subject} on {waiver.hosts}, "
            f"for which {waiver.owner} answers, {what}."
        )

    def _expired(self, waiver: Waiver) -> bool:
        return date.fromisoformat(waiver.expires) < self.today

    def _fits(self, waiver: Waiver, finding: Finding) -> bool:
        if waiver.check != finding.check or not fnmatchcase(finding.subject, waiver.subject):
            return False
        return any(fnmatchcase(name, waiver.hosts) for name in self._names(finding.host))

    def _names(self, host: str) -> Iterable[str]:
        return (host, *self._groups.get(host, ()))
