"""The output `fleet`, held against everything that describes it, and what Ansible makes of it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import jsonschema

from ansible_collections.atomic.fleet.plugins.module_utils._model.contract import FLEET_SCHEMA, Fleet
from ansible_collections.atomic.fleet.plugins.module_utils._parse.contract import parse_fleet
from tools.dev_tree import ROOT
from tools.stages import tool

SCHEMA = json.loads((ROOT / "terraform" / "contract" / "fleet.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def keys(definition: str) -> set[str]:
    return set(SCHEMA["$defs"][definition]["properties"])


def is_fleet(value: Any) -> bool:
    return isinstance(value, dict) and value.get("schema") == FLEET_SCHEMA


def hold(value: Any, source: str) -> Fleet:
    """Holds an output to the schema and to the collection's own reader.

    A module of ours gives every field there is, those too that the schema lets out: so all clouds have the same shape.
    """
    assert [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(value)] == []
    parts = {
        "host": value["hosts"],
        "hop": [hop for host in value["hosts"] for hop in host["jump"]],
        "pool": list(value["pools"].values()),
        "balancer": value["traffic"],
        "share": [share for balancer in value["traffic"] for share in balancer["pools"].values()],
    }
    for definition, entries in parts.items():
        assert [entry for entry in entries if set(entry) != keys(definition)] == [], definition
    return parse_fleet(value, source)


def listing(state: Path, own: Path, outputs: tuple[str, ...] = ("fleet",)) -> dict[str, dict[str, Any]]:
    """What `ansible-inventory --list` makes of a state by atomic.fleet.terraform, with its files in `own`."""
    own.mkdir(parents=True, exist_ok=True)
    fleets = [{"state": str(state), "output": output} for output in outputs]
    source = own / "fleet.yml"
    source.write_text(json.dumps({"plugin": "atomic.fleet.terraform", "fleets": fleets}), encoding="utf-8")
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT),
        "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
        "ATOMIC_FLEET_KNOWN_HOSTS_DIRECTORY": str(own / "known_hosts"),
    }
    argv = (tool("ansible-inventory"), "-i", str(source), "--list")
    done = subprocess.run(
        argv, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return found


def inventory(state: Path, own: Path, outputs: tuple[str, ...] = ("fleet",)) -> dict[str, dict[str, Any]]:
    """Variables by host of that inventory."""
    found: dict[str, dict[str, Any]] = listing(state, own, outputs)["_meta"]["hostvars"]
    return found
