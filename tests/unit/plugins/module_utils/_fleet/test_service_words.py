"""Drains, and gates that ask a service: what the parser takes, the schema takes, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.named_words import TIMEOUT
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.policy import parse_policy, render_policy
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.service_words import DRAINS
from ansible_collections.atomic.fleet.plugins.module_utils._model.gate import Gate

DATA = Path(__file__).parents[5] / "plugins" / "plugin_utils" / "data"
SCHEMA = jsonschema.Draft202012Validator(json.loads((DATA / "policy.schema.json").read_text()))
URL = "http://{{ ansible_host }}:8080/health"
TELL = {"drain": ["tell", "away", "{{ inventory_hostname }}"], "undrain": []}


def test_schema_knows_the_same_drains_with_the_same_words() -> None:
    named = SCHEMA.schema["properties"]["drains"]["items"]["oneOf"][0]["properties"]
    assert list(named) == list(DRAINS)
    for name, kind in DRAINS.items():
        assert list(named[name]["properties"]) == [*kind.words, TIMEOUT], name
        assert tuple(named[name].get("required", ())) == kind.needs, name
        assert named[name]["additionalProperties"] is False, name


@pytest.mark.parametrize(
    "key, entry, words",
    [
        ("gates", {"http": {"url": URL}}, {"url": URL}),
        (
            "gates",
            {"http": {"url": URL, "status": [200, 204], "contains": "ok", "headers": {"X-Token": "{{ token }}"}}},
            {"url": URL, "status": (200, 204), "contains": "ok", "headers": {"X-Token": "{{ token }}"}},
        ),
        ("gates", {"tcp": {"port": 5432}}, {"port": 5432}),
        ("gates", {"tcp": {"port": "{{ port }}", "host": "10.0.0.1"}}, {"port": "{{ port }}", "host": "10.0.0.1"}),
        ("drains", {"command": TELL}, {"drain": tuple(TELL["drain"]), "undrain": ()}),
        ("drains", {"command": {**TELL, "on": "host"}}, {"drain": tuple(TELL["drain"]), "undrain": (), "on": "host"}),
    ],
)
def test_good_entries(key: str, entry: dict[str, Any], words: dict[str, Any]) -> None:
    (kind, said), *_none = entry.items()
    timed = {kind: {**said, "timeout": "2m"}}
    assert getattr(parse_policy({key: [entry]}), key) == (Gate(kind, words),)
    policy = parse_policy({key: [timed]})
    assert getattr(policy, key) == (Gate(kind, words, 120.0),)
    SCHEMA.validate({key: [entry, timed]})
    written = json.loads(json.dumps(render_policy(policy)))
    SCHEMA.validate(written)
    assert parse_policy(written) == policy


@pytest.mark.parametrize(
    "key, entry, told",
    [
        ("gates", "http", "gates[0].http must have url."),
        ("gates", {"http": {"url": ""}}, "gates[0].http.url is ''; write a text"),
        ("gates", {"http": {"url": URL, "status": 200}}, "gates[0].http.status must be a list of at least one status"),
        ("gates", {"http": {"url": URL, "status": [True]}}, "gates[0].http.status must be a list"),
        ("gates", {"http": {"url": URL, "status": []}}, "gates[0].http.status must be a list"),
        ("gates", {"http": {"url": URL, "headers": ["a"]}}, "gates[0].http.headers must be a mapping of names"),
        ("gates", {"http": {"url": URL, "headers": {"a": 1}}}, "gates[0].http.headers.a is 1; write a text"),
        ("gates", {"http": {"url": URL, "methode": "GET"}}, "gates[0].http.methode is no word of http; there are "),
        ("gates", {"tcp": {"port": 0}}, "gates[0].tcp.port is 0; it must be a number from 1 to 65535, or a template."),
        ("gates", {"tcp": {"port": "80"}}, "gates[0].tcp.port is '80'; it must be a number"),
        ("drains", "command", "drains[0].command must have drain."),
        ("drains", {"command": {"drain": []}}, "drains[0].command must have undrain."),
        ("drains", {"command": {**TELL, "drain": "tell away"}}, "drains[0].command.drain must be a list: the command"),
        ("drains", {"command": {**TELL, "drain": ["tell", 1]}}, "drains[0].command.drain[1] is 1; write a text"),
        ("drains", {"command": {**TELL, "on": "moon"}}, "drains[0].command.on is 'moon'; it must be one of controller"),
        ("drains", {"command": {**TELL, "timeout": 0}}, "drains[0].command.timeout is 0; nothing can be done"),
        ("drains", {"gluster": {}}, "drains[0] is 'gluster'; it must be one of command"),
    ],
)
def test_bad_entries(key: str, entry: Any, told: str) -> None:
    with pytest.raises(ArgumentError) as error:
        parse_policy({key: [entry]})
    assert error.value.message.startswith(f"policy: {told}")
    assert not SCHEMA.is_valid({key: [entry]})
