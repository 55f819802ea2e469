# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: text from hosts and policies in Markdown, as GitHub and GitLab read it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .text import printable

_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#|~&!])")
# forges make links and notifications of what is read as a name or a number there, escaped or not
_MENTION = re.compile(r"(@|\\#)(?=\w)")
_APART = r"\1&#8203;"


def markdown(text: str) -> str:
    """Text that Markdown leaves as it is, in one line, and that calls nobody."""
    return _MENTION.sub(_APART, _SPECIAL.sub(r"\\\1", printable(text)))


def cell(text: str, most: int = 300) -> str:
    """Text for a table's cell, cut where it is long."""
    return markdown(text if len(text) <= most else f"{text[: most - 1]}…")


def row(*cells: str) -> str:
    """A line of a table, of text that is not Markdown yet."""
    return f"| {' | '.join(map(cell, cells))} |"


def head(*titles: str) -> tuple[str, str]:
    """The lines a table begins with."""
    return f"| {' | '.join(titles)} |", f"|{'---|' * len(titles)}"


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A whole table; nothing where it would have no rows."""
    return [*head(*titles), *[row(*one) for one in rows]] if rows else []
