# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the record of who keeps a host from updating itself."""

from __future__ import annotations

from collections.abc import Iterable

from .._errors import ParseError
from .._model.host import Deployment, Hold


def parse_hold(host: str, text: str, deployments: Iterable[Deployment]) -> Hold:
    """The record, lines of ``key=value``, with a line ``missing=`` for every /etc that does not heed it. What is
    staged is given the running /etc when it is finalised, so what it lacks now does not count."""
    pairs = [line.partition("=")[::2] for line in text.splitlines() if line]
    words = dict(pairs)
    if not words.get("owner"):
        raise ParseError(f"{host}: the record of who holds its updates names no owner; it begins with {text[:80]!r}")
    booting = {f"{entry.checksum}.{entry.serial}" for entry in deployments if not entry.staged}
    return Hold(
        words["owner"],
        words.get("plan") or None,
        words.get("since", ""),
        tuple(words.get("units", "").split()),
        tuple(
            [value for key, value in pairs if key == "missing" and (value == "/etc" or value.split("/")[-2] in booting)]
        ),
    )
