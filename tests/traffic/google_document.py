"""Google's own description of an API: which requests there are, and what they and their answers look like.

The documents are those of google-api-python-client: https://developers.google.com/discovery/v1/reference/apis
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import unquote

_RANGES = {"int32": (-(2**31), 2**31 - 1), "uint32": (0, 2**32 - 1)}
_DIGITS = {"int64": re.compile(r"-?[0-9]{1,19}"), "uint64": re.compile(r"[0-9]{1,20}")}


class Unfit(Exception):
    """What was said is not of this API."""


@dataclass(frozen=True)
class Call:
    """A method of the API, such as compute.urlMaps.patch, and the parameters it was given."""

    id: str
    parameters: Mapping[str, str]
    described: Mapping[str, Any]


@cache
def read_document(name: str) -> Document:
    place = files("googleapiclient.discovery_cache.documents").joinpath(f"{name}.json")
    return Document(json.loads(place.read_text(encoding="utf-8")))


class Document:
    def __init__(self, described: Mapping[str, Any]) -> None:
        self._schemas = described["schemas"]
        self._common = described["parameters"]
        self._methods = [
            (method["httpMethod"], _pattern(described["basePath"] + method["flatPath"]), method)
            for resource in described["resources"].values()
            for method in resource.get("methods", {}).values()
        ]

    def call(self, verb: str, path: str, query: Mapping[str, list[str]], body: Any) -> Call:
        """Raises Unfit."""
        fits = [(pattern.fullmatch(path), method) for there, pattern, method in self._methods if there == verb]
        found, method = next(((found, method) for found, method in fits if found), (None, {}))
        if found is None:
            raise Unfit(f"there is no {verb} {path}")
        given = {name: unquote(value) for name, value in found.groupdict().items()}
        for name, values in query.items():
            known = method.get("parameters", {}).get(name) or self._common.get(name)
            if known is None or known["location"] != "query" or len(values) != 1:
                raise Unfit(f"{method['id']} has no parameter {name}, or not so")
            given[name] = values[0]
        for name, known in method.get("parameters", {}).items():
            if name in given:
                _parameter(f"{method['id']}?{name}", known, given[name])
            elif known.get("required"):
                raise Unfit(f"{method['id']} lacks {name}")
        if "request" in method:
            self._check(method["id"], method["request"], body)
        elif body is not None:
            raise Unfit(f"{method['id']} has no body")
        return Call(method["id"], given, method)

    def answer(self, call: Call, body: Any) -> None:
        """Raises Unfit."""
        self._check(f"the answer to {call.id}", call.described["response"], body)

    def _check(self, where: str, schema: Mapping[str, Any], value: Any) -> None:
        while "$ref" in schema:
            schema = self._schemas[schema["$ref"]]
        kind = schema.get("type", "any")
        if kind == "object":
            self._check_object(where, schema, value)
        elif kind == "array":
            if not isinstance(value, list):
                raise Unfit(f"{where}: {value!r} is no list")
            for number, item in enumerate(value):
                self._check(f"{where}[{number}]", schema["items"], item)
        elif kind != "any":
            _check_plain(where, schema, value)

    def _check_object(self, where: str, schema: Mapping[str, Any], value: Any) -> None:
        if not isinstance(value, dict):
            raise Unfit(f"{where}: {value!r} is no object")
        for name, inner in value.items():
            known = schema.get("properties", {}).get(name) or schema.get("additionalProperties")
            if known is None:
                raise Unfit(f"{where}: there is no {name}")
            self._check(f"{where}.{name}", known, inner)


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{\+?(\w+)\}", path)
    return re.compile("".join(f"(?P<{part}>[^/]+)" if at % 2 else re.escape(part) for at, part in enumerate(parts)))


def _parameter(where: str, schema: Mapping[str, Any], text: str) -> None:
    values: Mapping[str, Any] = {"boolean": {"true": True, "false": False}}
    if schema["type"] == "integer":
        if not re.fullmatch(r"-?\d+", text):
            raise Unfit(f"{where}: {text!r} is no number")
        _check_plain(where, schema, int(text))
    else:
        _check_plain(where, schema, values.get(schema["type"], {}).get(text, text))


def _check_plain(where: str, schema: Mapping[str, Any], value: Any) -> None:
    kind, form = schema["type"], schema.get("format", "")
    types: Mapping[str, tuple[type, ...]] = {
        "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,),
    }  # fmt: skip
    if not isinstance(value, types[kind]) or (isinstance(value, bool) and kind != "boolean"):
        raise Unfit(f"{where}: {value!r} is not of type {kind}")
    if form in _RANGES and not _RANGES[form][0] <= value <= _RANGES[form][1]:
        raise Unfit(f"{where}: {value!r} is no {form}")
    if form in _DIGITS and not _DIGITS[form].fullmatch(value):
        raise Unfit(f"{where}: {value!r} is no {form}")
    if form == "byte":
        try:
            base64.b64decode(value, validate=True)
        except binascii.Error:
            raise Unfit(f"{where}: {value!r} is not in base64") from None
    if "enum" in schema and value not in schema["enum"]:
        raise Unfit(f"{where}: {value!r} is none of {schema['enum']}")
    if "pattern" in schema and not re.fullmatch(schema["pattern"], value):
        raise Unfit(f"{where}: {value!r} does not match {schema['pattern']}")
