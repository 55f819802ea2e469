"""Whether a value is one that a field of AWX's API takes, by tests/awx/schema.json. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

KINDS: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "schema.json").read_text())["kinds"]


class RefusedError(Exception):
    """What AWX answers with status 400: sentences by field."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(f"{field}: {sentence}")
        self.body = {field: [sentence]}


def check_fields(kind: str, given: Mapping[str, Any], *, whole: bool) -> dict[str, Any]:
    """The fields that count; ``whole``: a new thing, so what must be given is, and the rest has its default."""
    table = KINDS[kind]
    fields: Mapping[str, Any] = table["fields"]
    taken: dict[str, Any] = {}
    for name, value in given.items():
        if name in table.get("ignored", ()):
            continue
        if name not in fields:
            raise RefusedError(name, f"is no field of {kind}.")
        if fields[name].get("read_only"):
            continue
        _check(name, fields[name], value)
        taken[name] = value
    if not whole:
        return taken
    for name, field in fields.items():
        if name not in taken and field.get("required"):
            raise RefusedError(name, "This field is required.")
        taken.setdefault(name, field.get("default"))
    return taken


def _check(name: str, field: Mapping[str, Any], value: Any) -> None:
    if value is None:
        if field.get("required") or field.get("default") is not None:
            raise RefusedError(name, "This field may not be null.")
        return
    _CHECKS[field["type"]](name, field, value)


def _string(name: str, field: Mapping[str, Any], value: Any) -> None:
    if not isinstance(value, str):
        raise RefusedError(name, "Not a valid string.")
    if field.get("required") and not value:
        raise RefusedError(name, "This field may not be blank.")
    if len(value) > field.get("max_length", len(value)):
        raise RefusedError(name, f"Ensure this field has no more than {field['max_length']} characters.")


def _boolean(name: str, field: Mapping[str, Any], value: Any) -> None:
    if not isinstance(value, bool):
        raise RefusedError(name, "Must be a valid boolean.")


def _integer(name: str, field: Mapping[str, Any], value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise RefusedError(name, "A valid integer is required.")
    if not field.get("min_value", value) <= value <= field.get("max_value", value):
        raise RefusedError(name, "Ensure this value is within its limits.")


def _choice(name: str, field: Mapping[str, Any], value: Any) -> None:
    if not any(type(one) is type(value) and one == value for one in field["choices"]):
        raise RefusedError(name, f'"{value}" is not a valid choice.')


def _id(name: str, field: Mapping[str, Any], value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise RefusedError(name, f"Incorrect type. Expected pk value, received {type(value).__name__}.")


def _json(name: str, field: Mapping[str, Any], value: Any) -> None:
    if not isinstance(value, str):
        raise RefusedError(name, "Not a valid string.")
    try:
        found = yaml.safe_load(value)
    except yaml.YAMLError:
        raise RefusedError(name, "Cannot parse as JSON or YAML.") from None
    if found is not None and not isinstance(found, dict):
        raise RefusedError(name, "Input type is not a dictionary.")


def _object(name: str, field: Mapping[str, Any], value: Any) -> None:
    if not isinstance(value, dict):
        raise RefusedError(name, "Value must be valid JSON.")


_CHECKS = {
    "string": _string,
    "boolean": _boolean,
    "integer": _integer,
    "choice": _choice,
    "id": _id,
    "json": _json,
    "object": _object,
}
