# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what ``terraform plan -json`` and ``apply -json`` print (one JSON object a line)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_LONGEST = 600
_TERMINAL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True)
class ResourceChange:
    """One resource and what is to happen to it: create, update, replace, delete, move, import or forget."""

    action: str
    address: str


@dataclass(frozen=True)
class UiLog:
    """``changes`` of a plan, ``outputs`` whose value would change, and the errors in Terraform's own words.

    ``messages`` is the log for people. It leaves out the snippets of source that come with errors: for a value from
    a variables file such a snippet is that whole file, with every secret in it.
    """

    changes: tuple[ResourceChange, ...]
    outputs: tuple[str, ...]
    errors: tuple[str, ...]
    messages: tuple[str, ...] = ()


def parse_ui_log(text: str) -> UiLog:
    """Reads the lines it knows; what is no JSON object (a warning of the CLI's own) is passed over."""
    changes: list[ResourceChange] = []
    outputs: list[str] = []
    errors: list[str] = []
    messages: list[str] = []
    for line in text.splitlines():
        event = _event(line)
        kind = event.get("type")
        if "@message" in event:
            messages.append(str(event["@message"]))
        if kind == "planned_change":
            change = event.get("change", {})
            changes.append(ResourceChange(str(change.get("action")), str(change.get("resource", {}).get("addr"))))
        elif kind == "outputs":
            outputs = [name for name, record in event.get("outputs", {}).items() if _is_changed(record)]
        elif kind == "diagnostic":
            diagnostic = event.get("diagnostic", {})
            messages.append(str(diagnostic.get("detail", "")))
            if diagnostic.get("severity") == "error":
                errors.append(_sentence(str(diagnostic.get("summary", "")), str(diagnostic.get("detail", ""))))
    return UiLog(tuple(changes), tuple(sorted(outputs)), tuple(errors), tuple(messages))


def parse_plain_error(text: str) -> str:
    """The errors among what a command without ``-json`` printed, on one line, without frames and colours."""
    lines = [_TERMINAL.sub("", line).strip("│╷╵ \t") for line in text.splitlines()]
    starts = [i for i, line in enumerate(lines) if line.startswith("Error: ")]
    chosen = lines[starts[0] :] if starts else lines
    return _shortened(" ".join(line for line in chosen if line).replace("Error: ", "", 1))


def _event(line: str) -> Mapping[str, Any]:
    try:
        event = json.loads(line)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def _is_changed(record: Any) -> bool:
    return isinstance(record, dict) and record.get("action", "noop") != "noop"


def _sentence(summary: str, detail: str) -> str:
    return _shortened(" ".join(f"{summary}: {detail}".split()).strip(": "))


def _shortened(text: str) -> str:
    """The beginning says what failed, the end why: a failed script's own words come last."""
    if len(text) <= _LONGEST:
        return text
    half = _LONGEST // 2
    return f"{text[:half]} … {text[-half:]}"
