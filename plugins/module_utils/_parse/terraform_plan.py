# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what ``terraform show -json PLAN`` prints -> TerraformPlan.

The format: https://developer.hashicorp.com/terraform/internals/json-format, major version 1; OpenTofu's is the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from .._errors import ParseError
from .._model.terraform import PlannedChange, SeenResource, TerraformPlan

_TAINTED = "replace_because_tainted"
_IDLE = (["no-op"], ["read"])


def parse_plan(text: str, source: str) -> TerraformPlan:
    """Reads a saved plan in its JSON form. ``source`` names it in errors. Raises ParseError."""
    try:
        document = json.loads(text)
    except ValueError as problem:
        raise ParseError(f"{source} is no plan of Terraform's: it is not JSON ({problem}).") from None
    if not isinstance(document, dict) or not str(document.get("format_version", "")).startswith("1."):
        raise ParseError(f"{source} is no plan in a format that is read here: its format_version must be 1.")
    prior = (document.get("prior_state") or {}).get("values") or {}
    return TerraformPlan(
        changes=tuple(_change(record) for record in document.get("resource_changes", ()) if _does_something(record)),
        seen=tuple(_resources(prior.get("root_module") or {})),
        outputs=tuple(
            sorted(
                name for name, change in document.get("output_changes", {}).items() if change["actions"] not in _IDLE
            )
        ),
        variables={name: record.get("value") for name, record in document.get("variables", {}).items()},
    )


def _does_something(record: Mapping[str, Any]) -> bool:
    return record.get("mode", "managed") == "managed" and record["change"]["actions"] not in _IDLE


def _change(record: Mapping[str, Any]) -> PlannedChange:
    change = record["change"]
    return PlannedChange(
        address=record["address"],
        type=record["type"],
        actions=tuple(change["actions"]),
        before=change.get("before"),
        after=change.get("after"),
        unknown=change.get("after_unknown"),
        secret=(change.get("before_sensitive"), change.get("after_sensitive")),
        reasons=tuple(dict.fromkeys(_path(path) for path in change.get("replace_paths") or ())),
        deposed="deposed" in record,
        tainted=record.get("action_reason") == _TAINTED,
    )


def _path(path: Any) -> str:
    """A path into attributes, as a person writes it; only the attribute itself, for what is in it may be secret."""
    return str(path[0]) if isinstance(path, list) and path else str(path)


def _resources(module: Mapping[str, Any]) -> Iterator[SeenResource]:
    for record in module.get("resources", ()):
        if record.get("mode") == "managed":
            yield SeenResource(record["address"], record["type"], record.get("values") or {})
    for child in module.get("child_modules", ()):
        yield from _resources(child)
