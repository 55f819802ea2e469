# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a Terraform plan in lines, for ``--diff``: what changes, and nothing that is secret."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from .._model.terraform import CREATE, FORGET, UPDATE, PlannedChange
from .providers import FIRST_BOOT

_LONGEST = 80
_MARKS: dict[tuple[str, ...], str] = {
    CREATE: "+",
    UPDATE: "~",
    ("delete",): "-",
    ("delete", "create"): "-/+",
    ("create", "delete"): "+/-",
}
_WORDS: dict[tuple[str, ...], str] = {CREATE: "create", UPDATE: "update", ("delete",): "destroy", FORGET: "forget"}


def render_changes(changes: Iterable[PlannedChange], outputs: Iterable[str]) -> str:
    """One line a resource, below it one for each attribute that changes; then the outputs that change."""
    lines = [line for change in changes for line in _resource(change)]
    return "".join(f"{line}\n" for line in [*lines, *(f"~ output {name}" for name in outputs)])


def _resource(change: PlannedChange) -> Iterator[str]:
    word = "replace" if change.replaces else _WORDS.get(change.actions, "/".join(change.actions))
    why = f" ({', '.join(change.reasons)} changes)" if change.reasons else ""
    yield f"{_MARKS.get(change.actions, ' ')} {change.address}: {word}{why}"
    if change.replaces or change.actions == UPDATE:
        yield from _attributes(change)


def _attributes(change: PlannedChange) -> Iterator[str]:
    before, after = change.before or {}, change.after or {}
    unknown = change.unknown if isinstance(change.unknown, dict) else {}
    for name in sorted({*before, *after, *unknown}):
        old, new = before.get(name), after.get(name)
        if unknown.get(name):
            # what only the cloud knows changes with every replacement, and says nothing
            if change.replaces and name not in change.reasons:
                continue
            yield f"    {name}: {_shown(change, name, old, 0)} -> (known after apply)"
        elif old != new:
            yield f"    {name}: {_shown(change, name, old, 0)} -> {_shown(change, name, new, 1)}"


def _shown(change: PlannedChange, name: str, value: Any, side: int) -> str:
    marks = change.secret[side]
    secret = marks is True or (isinstance(marks, dict) and bool(marks.get(name)))
    if secret:
        return "(sensitive)"
    if name in FIRST_BOOT and value is not None:
        return "(first boot)"
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
