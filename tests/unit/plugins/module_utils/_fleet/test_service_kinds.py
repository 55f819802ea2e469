"""The drains and gates of services known by name: what the parser takes, the schema takes, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.named_words import SERVICE, TIMEOUT
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.policy import parse_policy, render_policy
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.service_words import DRAINS, GATES, TASKS
from ansible_collections.atomic.fleet.plugins.module_utils._model.gate import Gate
from ansible_collections.atomic.fleet.plugins.plugin_utils._services import registry

DATA = Path(__file__).parents[5] / "plugins" / "plugin_utils" / "data"
SCHEMA = jsonschema.Draft202012Validator(json.loads((DATA / "policy.schema.json").read_text()))
LOCKS = {"url": "https://locks.example.com/fleet"}
SERVER = {"socket": "/run/haproxy/admin.sock", "backend": "app"}
API = {"url": "https://api.example.com:6443", "token": "{{ vault_token }}"}


def test_every_kind_has_a_class_and_every_word_is_in_the_schema() -> None:
    assert sorted(DRAINS) == sorted([*registry.DRAINS, TASKS])
    assert {kind for kind, words in GATES.items() if words.asks == SERVICE} == {*registry.GATES, TASKS}
    shapes = SCHEMA.schema["properties"]["gates"]["items"]["oneOf"]
    named = next(shape["properties"] for shape in shapes if "properties" in shape)
    for name, kind in GATES.items():
        assert sorted(named[name]["properties"]) == sorted([*kind.words, TIMEOUT]), name


@pytest.mark.parametrize(
    "key, entry, words",
    [
        ("drains", {"fleet_lock": LOCKS}, LOCKS),
        ("drains", {"fleet_lock": {**LOCKS, "group": "db.1-a", "id": "{{ node }}", "ca_file": "/ca"}}, None),
        ("drains", {"fleet_lock": {**LOCKS, "group": "{{ pool }}"}}, None),
        ("drains", {"haproxy": SERVER}, SERVER),
        ("drains", {"haproxy": {**SERVER, "socket": "10.0.0.1:9999", "server": "{{ inventory_hostname }}"}}, None),
        ("drains", "consul", {}),
        ("drains", {"consul": {"token": "{{ consul_token }}", "service": "web-1", "reason": "kernel"}}, None),
        ("drains", "kubernetes", {}),
        ("drains", {"kubernetes": {"context": "prod", "empty_dir": "delete", "unmanaged": "evict"}}, None),
        ("drains", {"kubernetes": {**API, "ca_file": "/ca", "node": "{{ node }}"}}, None),
        ("drains", {"ceph": {"flag": "norebalance"}}, {"flag": "norebalance"}),
        ("drains", {"ceph": {"command": ["ssh", "mon1", "ceph"]}}, {"command": ("ssh", "mon1", "ceph")}),
        ("drains", "traffic", {}),
        ("drains", {"traffic": {"balancer": "web"}}, {"balancer": "web"}),
        ("gates", "traffic", {}),
        ("gates", {"haproxy": SERVER}, SERVER),
        ("gates", {"consul": {"url": "http://consul:8500", "node": "a", "datacenter": "b", "service": "web"}}, None),
        ("gates", {"kubernetes": {"agents": ["flannel", "k8s-app=kube-proxy"]}}, None),
        ("gates", "ceph", {}),
        ("gates", {"ceph": {"allow": ["MON_CLOCK_SKEW"]}}, {"allow": ("MON_CLOCK_SKEW",)}),
    ],
)
@pytest.mark.parametrize("timeout", [None, 30.0, 300.0, 7.0])
def test_good_entries(key: str, entry: Any, words: dict[str, Any] | None, timeout: float | None) -> None:
    (kind, said), *_none = ({entry: {}} if isinstance(entry, str) else entry).items()
    given = entry if timeout is None else {kind: {**said, "timeout": timeout}}
    policy = parse_policy({key: [given]})
    (found,) = getattr(policy, key)
    assert (found.kind, found.timeout) == (kind, timeout or 300.0)
    assert words is None or found == Gate(kind, words, timeout or 300.0)
    SCHEMA.validate({key: [given]})
    written = json.loads(json.dumps(render_policy(policy)))
    SCHEMA.validate(written)
    assert parse_policy(written) == policy


@pytest.mark.parametrize(
    "key, entry, told",
    [
        ("drains", "fleet_lock", "drains[0].fleet_lock must have url."),
        ("drains", {"fleet_lock": {**LOCKS, "group": "a b"}}, "drains[0].fleet_lock.group is 'a b'; FleetLock knows"),
        ("drains", {"fleet_lock": {**LOCKS, "slots": 2}}, "drains[0].fleet_lock.slots is no word of fleet_lock; there"),
        ("drains", {"haproxy": {"backend": "app"}}, "drains[0].haproxy must have socket."),
        ("drains", {"haproxy": {**SERVER, "server": 1}}, "drains[0].haproxy.server is 1; write a text"),
        ("drains", {"kubernetes": {**API, "context": "prod"}}, "drains[0].kubernetes.context does not go with url;"),
        ("drains", {"kubernetes": {"token": "x"}}, "drains[0].kubernetes.token needs url;"),
        ("drains", {"kubernetes": {"empty_dir": True}}, "drains[0].kubernetes.empty_dir is True; it must be one of"),
        ("drains", {"ceph": {"flag": "pause"}}, "drains[0].ceph.flag is 'pause'; it must be one of noout"),
        ("drains", {"ceph": {"command": []}}, "drains[0].ceph.command must be a list of at least one text"),
        ("drains", {"ceph": {"allow": ["X"]}}, "drains[0].ceph.allow is no word of ceph"),
        ("gates", "fleet_lock", "gates[0] is 'fleet_lock'; it must be one of"),
        ("gates", {"kubernetes": {"agents": "flannel"}}, "gates[0].kubernetes.agents must be a list"),
        ("gates", {"consul": {"reason": "x"}}, "gates[0].consul.reason is no word of consul"),
    ],
)
def test_bad_entries(key: str, entry: Any, told: str) -> None:
    with pytest.raises(ArgumentError) as error:
        parse_policy({key: [entry]})
    assert error.value.message.startswith(f"policy: {told}")
    assert not SCHEMA.is_valid({key: [entry]})
