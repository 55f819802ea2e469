"""The gates of a policy: what the parser takes, the schema takes, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._command.gates import HOST_KINDS
from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.gate_policy import KINDS
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.named_words import ALWAYS, HOST, TIMEOUT
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.policy import parse_policy, render_policy
from ansible_collections.atomic.fleet.plugins.module_utils._model.gate import Gate
from ansible_collections.atomic.fleet.plugins.module_utils._parse.gates import PREDICATES

DATA = Path(__file__).parents[5] / "plugins" / "plugin_utils" / "data"
SCHEMA = jsonschema.Draft202012Validator(json.loads((DATA / "policy.schema.json").read_text()))
GATES = SCHEMA.schema["properties"]["gates"]["items"]["oneOf"]


def test_gates_that_look_at_a_host_can_be_asked_and_judged() -> None:
    assert tuple(name for name, kind in KINDS.items() if kind.asks == HOST) == HOST_KINDS == tuple(PREDICATES)


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


GOOD: list[tuple[Any, Gate]] = [
    ({"units": {"names": ["web.service", "-.mount"]}}, Gate("units", {"names": ("web.service", "-.mount")})),
    ({"units": {"names": ["web"], "timeout": "5m"}}, Gate("units", {"names": ("web",)}, 300.0)),
    ({"command": {"argv": ["test", "-e", "", "-e"]}}, Gate("command", {"argv": ("test", "-e", "", "-e")})),
    ({"mounts": {"paths": ["/", "/var/my data"]}}, Gate("mounts", {"paths": ("/", "/var/my data")})),
    ({"mounts": {"fstype": "xfs", "paths": ["/a"]}}, Gate("mounts", {"paths": ("/a",), "fstype": "xfs"})),
    ({"firewall": {"tool": "firewalld"}}, Gate("firewall", {"tool": "firewalld"})),
    (
        {"firewall": {"tool": "nftables", "table": "inet filter", "chain": "input"}},
        Gate("firewall", {"tool": "nftables", "table": "inet filter", "chain": "input"}),
    ),
    ({"firewall": {"tool": "iptables", "chain": "INPUT"}}, Gate("firewall", {"tool": "iptables", "chain": "INPUT"})),
    ("container_runtime", Gate("container_runtime")),
    (
        {"container_runtime": {"runtime": "podman", "running": ["web", "db"]}},
        Gate("container_runtime", {"runtime": "podman", "running": ("web", "db")}),
    ),
    ({"selinux": {"mode": "enforcing"}}, Gate("selinux", {"mode": "enforcing"})),
    ({"lockdown": {"mode": "integrity"}}, Gate("lockdown", {"mode": "integrity"})),
]
BAD: list[tuple[Any, str]] = [
    ("units", "policy: gates[0].units must have names."),
    ({"units": {"names": ["web*"]}}, "policy: gates[0].units.names is 'web*', which is no name of a unit."),
    ({"units": {"names": ["a b"]}}, "policy: gates[0].units.names is 'a b', which is no name of a unit."),
    ({"units": {"name": ["a"]}}, "policy: gates[0].units.name is no word of units; there are names, timeout."),
    ({"command": {"argv": "true"}}, "policy: gates[0].command.argv must be a list of a program and its arguments"),
    ({"command": {"argv": []}}, "policy: gates[0].command.argv must be a list of a program and its arguments"),
    ({"command": {"argv": [""]}}, "policy: gates[0].command.argv must be a list of a program and its arguments"),
    ({"command": {"argv": ["x", 1]}}, "policy: gates[0].command.argv must be a list of a program and its arguments"),
    ({"mounts": {"paths": ["data"]}}, "policy: gates[0].mounts.paths names 'data'; write whole paths"),
    ({"mounts": {"paths": ["/data/"]}}, "policy: gates[0].mounts.paths names '/data/'; write whole paths"),
    ({"mounts": {"paths": ["/a/../b"]}}, "policy: gates[0].mounts.paths names '/a/../b'; write whole paths"),
    ({"mounts": {"fstype": "xfs"}}, "policy: gates[0].mounts must have paths."),
    ({"mounts": {"paths": ["/a"], "fstype": "x s"}}, "policy: gates[0].mounts.fstype is 'x s', which is no type of"),
    ({"firewall": {"tool": "ufw"}}, "policy: gates[0].firewall.tool is 'ufw'; it must be one of nftables, iptables"),
    (
        {"firewall": {"tool": "firewalld", "chain": "a"}},
        "policy: gates[0].firewall asks firewalld, which takes",
    ),
    ({"firewall": {"tool": "iptables", "table": "ip nat"}}, "policy: gates[0].firewall.table is 'ip nat'; a table of"),
    ({"firewall": {"tool": "nftables", "chain": "a"}}, "policy: gates[0].firewall must have the table that the chain"),
    ({"firewall": {"tool": "nftables", "table": "x y"}}, "policy: gates[0].firewall.table is 'x y', which is no table"),
    ({"container_runtime": {"runtime": "lxc"}}, "policy: gates[0].container_runtime.runtime is 'lxc'; it must be"),
    (
        {"container_runtime": {"running": ["-f"]}},
        "policy: gates[0].container_runtime.running is '-f', which is no name of a container.",
    ),
    ({"selinux": {"mode": True}}, "policy: gates[0].selinux.mode is True; it must be one of enforcing"),
    ({"lockdown": {"mode": "none"}}, "policy: gates[0].lockdown.mode is 'none'; it must be one of integrity"),
]


@pytest.mark.parametrize(
    "entry, gate",
    [
        ("greenboot", Gate("greenboot")),
        ({"deployment": {}}, Gate("deployment")),
        *GOOD,
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
        *BAD,
        ({"greenboot": None}, "policy: gates[0].greenboot must be a mapping of words."),
    ],
)
def test_bad_gates(entry: Any, told: str) -> None:
    with pytest.raises(ArgumentError) as error:
        parse_policy({"gates": [entry]})
    assert error.value.message.startswith(told)
    assert not SCHEMA.is_valid({"gates": [entry]})
