# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the record of who keeps a host from updating itself."""

from __future__ import annotations

from .._errors import ParseError
from .._model.host import Hold


def parse_hold(host: str, text: str) -> Hold:
    """The record, lines of ``key=value``, with a line ``missing=`` for every /etc that does not heed it."""
    pairs = [line.partition("=")[::2] for line in text.splitlines() if line]
    words = dict(pairs)
    if not words.get("owner"):
        raise ParseError(f"{host}: the record of who holds its updates names no owner; it begins with {text[:80]!r}")
    return Hold(
        words["owner"],
        words.get("plan") or None,
        words.get("since", ""),
        tuple(words.get("units", "").split()),
        tuple([value for key, value in pairs if key == "missing"]),
    )
