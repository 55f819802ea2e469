# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what ``terraform plan -json`` and ``apply -json`` print (one JSON object a line).

The format: https://developer.hashicorp.com/terraform/internals/machine-readable-ui
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_LONGEST = 600
_TERMINAL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_LOCK_FIELD = re.compile(r"^\s*(ID|Operation|Who|Created):[ \t]+(\S.*?)\s*$", re.M)
_DONE = {"create": "created", "update": "updated", "delete": "destroyed", "read": "read", "forget": "forgotten"}


@dataclass(frozen=True)
class UiEvent:
    """One line. ``kind`` is Terraform's own type of it, ``action`` and ``address`` are those of a resource.

    ``done`` is the action in the past, as in "created"; ``seconds`` how long it took.
    """

    kind: str
    action: str = ""
    address: str = ""
    seconds: float = 0.0
    error: str = ""

    @property
    def done(self) -> str:
        return _DONE.get(self.action, self.action)


@dataclass(frozen=True)
class StateLock:
    """Who holds the lock of a state: as Terraform says it."""

    id: str
    who: str
    operation: str
    created: str


@dataclass(frozen=True)
class UiLog:
    """The errors of a run in Terraform's own words, and what else it said.

    ``messages`` is the log for people. It leaves out the snippets of source that come with errors: for a value from
    a variables file such a snippet is that whole file, with every secret in it. ``lock`` is who held the state.
    """

    errors: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    lock: StateLock | None = None


def parse_ui_event(line: str) -> UiEvent:
    """One line as it comes; of no kind where it is none of Terraform's objects."""
    event = _event(line)
    kind = str(event.get("type", ""))
    hook = event.get("hook")
    hook = hook if isinstance(hook, dict) else {}
    resource = hook.get("resource")
    address = str(resource.get("addr", "")) if isinstance(resource, dict) else ""
    seconds = hook.get("elapsed_seconds")
    error = ""
    if kind == "diagnostic" and event.get("diagnostic", {}).get("severity") == "error":
        error = _of_diagnostic(event["diagnostic"])
    return UiEvent(
        kind, str(hook.get("action", "")), address, float(seconds) if isinstance(seconds, (int, float)) else 0.0, error
    )


def parse_ui_log(lines: Iterable[str]) -> UiLog:
    """Reads the lines it knows; what is no JSON object (a warning of the CLI's own) is passed over."""
    errors: list[str] = []
    messages: list[str] = []
    lock: StateLock | None = None
    for line in lines:
        event = _event(line)
        if "@message" in event:
            messages.append(str(event["@message"]))
        if event.get("type") == "diagnostic":
            diagnostic = event.get("diagnostic", {})
            messages.append(str(diagnostic.get("detail", "")))
            if diagnostic.get("severity") == "error":
                errors.append(_of_diagnostic(diagnostic))
                lock = lock or parse_lock(str(diagnostic.get("detail", "")))
    return UiLog(tuple(errors), tuple(messages), lock)


def parse_lock(text: str) -> StateLock | None:
    """The holder of a state's lock out of the error that says it is taken; None where the text is no such error."""
    _before, found, info = text.partition("Lock Info:")
    fields = dict(_LOCK_FIELD.findall(info)) if found else {}
    if "ID" not in fields:
        return None
    operation = fields.get("Operation", "").removeprefix("OperationType").lower()
    return StateLock(fields["ID"], fields.get("Who", "somebody"), operation or "something", fields.get("Created", ""))


def parse_plain_error(text: str) -> str:
    """The errors among what a command without ``-json`` printed, on one line, without frames and colours."""
    lines = [_TERMINAL.sub("", line).strip("│╷╵ \t") for line in text.splitlines()]
    starts = [i for i, line in enumerate(lines) if line.startswith("Error: ")]
    chosen = lines[starts[0] :] if starts else lines
    return _shortened(" ".join(line for line in chosen if line).replace("Error: ", "", 1))


def parse_workspaces(text: str) -> tuple[str, ...]:
    """The names that ``terraform workspace list`` prints, one a line, the selected one behind a star."""
    return tuple(name for name in (line.lstrip("* ").strip() for line in text.splitlines()) if name)


def _event(line: str) -> Mapping[str, Any]:
    try:
        event = json.loads(line)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def _of_diagnostic(diagnostic: Mapping[str, Any]) -> str:
    summary, detail = str(diagnostic.get("summary", "")), str(diagnostic.get("detail", ""))
    return _shortened(" ".join(f"{summary}: {detail}".split()).strip(": "))


def _shortened(text: str) -> str:
    """The beginning says what failed, the end why: a failed script's own words come last."""
    if len(text) <= _LONGEST:
        return text
    half = _LONGEST // 2
    return f"{text[:half]} … {text[-half:]}"
