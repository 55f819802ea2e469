"""The gates of a policy: what the parser takes, the schema takes, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.gate_policy import KINDS
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.named_words import ALWAYS, TIMEOUT
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.policy import parse_policy, render_policy
from ansible_collections.atomic.fleet.plugins.module_utils._model.gate import Gate

DATA = Path(__file__).parents[5] / "plugins" / "plugin_utils" / "data"
SCHEMA = jsonschema.Draft202012Validator(json.loads((DATA / "policy.schema.json").read_text()))
GATES = SCHEMA.schema["properties"]["gates"]["items"]["oneOf"]


def test_schema_knows_the_same_gates_with_the_same_words() -> None:
    names, (bare, named) = list(KINDS), GATES
    assert bare["enum"] == [name for name in names if not KINDS[name].needs]
    assert list(named["properties"]) == names
    for name, kind in KINDS.items():
        said = named["properties"][name]
        if kind.asks == ALWAYS:
            assert said == {"$ref": "#/$defs/no_words"}
            continue
        assert list(said["properties"]) == [*kind.words, TIMEOUT], name
        assert tuple(said.get("required", ())) == kind.needs, name
        assert said["additionalProperties"] is False, name


@pytest.mark.parametrize(
    "entry, gate",
    [
        ("greenboot", Gate("greenboot")),
        ({"deployment": {}}, Gate("deployment")),
    ],
)
def test_good_gates(entry: Any, gate: Gate) -> None:
    policy = parse_policy({"gates": [entry]})
    assert policy.gates == (gate,)
    SCHEMA.validate({"gates": [entry]})
    written = json.loads(json.dumps(render_policy(policy)))
    SCHEMA.validate(written)
    assert parse_policy(written) == policy


@pytest.mark.parametrize(
    "entry, told",
    [
        ("smoke", "policy: gates[0] is 'smoke'; it must be one of deployment, failed_units, greenboot"),
        ({"greenboot": {"timeout": 3}}, "policy: gates[0].greenboot takes no words."),
        ({"greenboot": None}, "policy: gates[0].greenboot must be a mapping of words."),
    ],
)
def test_bad_gates(entry: Any, told: str) -> None:
    with pytest.raises(ArgumentError) as error:
        parse_policy({"gates": [entry]})
    assert error.value.message.startswith(told)
    assert not SCHEMA.is_valid({"gates": [entry]})
