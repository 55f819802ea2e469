# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: many outputs in one answer, none of which can be taken for another.

Every line of content is sent behind a bar, every marker begins with an at sign. So content cannot forge
a marker whatever it holds, a terminal's carriage returns do no harm, and what a login shell says before
the first marker is not taken for an answer::

    @begin
    @section boot-id 0
    |3c1f…
    @end
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .._errors import ParseError


@dataclass(frozen=True)
class Section:
    """What one command printed, without the trailing newlines, and its exit status."""

    text: str
    rc: int = 0


def parse_sections(host: str, answer: str) -> Mapping[str, Section]:
    """The sections of one answer by name. ParseError for one that is cut off or not an answer at all."""
    lines = answer.replace("\r", "").split("\n")
    if lines[-1] == "":
        lines.pop()
    try:
        start = lines.index("@begin")
    except ValueError:
        raise ParseError(
            f"{host}: the host's shell gave no answer that can be read; it began with {_first(lines)}"
        ) from None
    found: dict[str, Section] = {}
    name: str | None = None
    rc = 0
    content: list[str] = []
    for line in lines[start + 1 :]:
        if line.startswith("|") and name is not None:
            content.append(line[1:])
            continue
        if not line.startswith("@"):
            raise ParseError(f"{host}: a foreign line stands in the host's answer: {line[:80]!r}")
        if name is not None:
            found[name] = Section("\n".join(content), rc)
        if line == "@end":
            return found
        name, rc = _marker(host, line)
        if name in found:
            raise ParseError(f"{host}: section {name} stands twice in the host's answer")
        content = []
    raise ParseError("{}: the host's answer was cut off after section {}".format(host, name or "none"))


def _marker(host: str, line: str) -> tuple[str, int]:
    words = line.split(" ")
    if len(words) != 3 or words[0] != "@section" or not words[2].isdigit():
        raise ParseError(f"{host}: a marker in the host's answer cannot be read: {line[:80]!r}")
    return words[1], int(words[2])


def _first(lines: list[str]) -> str:
    return repr(next((line for line in lines if line.strip()), "nothing")[:80])
