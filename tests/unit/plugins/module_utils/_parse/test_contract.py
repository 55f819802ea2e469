"""The contract: every refusal is one sentence that names source, place and way out; the schema and the parser agree."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ansible_collections.atomic.fleet.tests.unit.plugins.contract_cases import (
    CA_KEY,
    KEY,
    MISSING,
    OTHER_KEY,
    balancer,
    changed,
    fleet,
    hop,
    host,
)
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.atomic.fleet.plugins.module_utils._model.contract import Share, SshEndpoint
from ansible_collections.atomic.fleet.plugins.module_utils._parse.contract import ContractError, parse_fleet

ROOT = Path(__file__).resolve().parents[5]
PUBLISHED = ROOT / "terraform" / "contract" / "fleet.schema.json"
SCHEMA = json.loads((ROOT / "plugins" / "plugin_utils" / "data" / "fleet.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
NASTY = "; $() ' \" ` \n"


def test_the_published_schema_is_the_collections() -> None:
    assert json.loads(PUBLISHED.read_text("utf-8")) == SCHEMA
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_every_field_of_the_schema_is_described() -> None:
    def undescribed(node: Any, where: str) -> list[str]:
        found = []
        for name, field in node.get("properties", {}).items():
            target = SCHEMA["$defs"][field["$ref"].rsplit("/", 1)[1]] if "$ref" in field else field
            if "description" not in field and "description" not in target:
                found.append(f"{where}.{name}")
        for name, inner in node.get("$defs", {}).items():
            found += undescribed(inner, name)
        return found

    assert undescribed(SCHEMA, "fleet") == []


def test_a_host_with_everything() -> None:
    document = fleet(
        host(
            jump=[hop("203.0.113.9", port=2222, host_key_authority=CA_KEY + " ca"), hop("fd00::2", user="_x")],
            host_keys=[KEY + " root@demo", OTHER_KEY],
            host_key_authority=None,
            labels={"Role of it": "line\nline", "": ""},
            port=22.0,
        )
    )
    parsed = parse_fleet(document, "x")
    (only,) = parsed.hosts
    assert only.ssh == SshEndpoint("10.88.0.11", "root", 22, (KEY, OTHER_KEY), None)
    assert only.jump == (
        SshEndpoint("203.0.113.9", "jump", 2222, (KEY,), CA_KEY),
        SshEndpoint("fd00::2", "_x", 22, (KEY,), None),
    )
    assert dict(only.labels) == {"Role of it": "line\nline", "": ""}
    assert (parsed.name, parsed.pools[0].name, parsed.pools[0].size, parsed.pools[0].zones) == (
        "demo",
        "blue",
        1,
        ("a",),
    )
    assert isinstance(only.ssh.port, int)


H = ("hosts", 0)
REFUSED: list[tuple[tuple[str | int, ...], Any, str]] = [
    ((), [], "state x: the document is a list: it must be an object."),
    ((), None, "state x: the document is null: it must be an object."),
    (("schema",), "atomic.fleet/fleet/v2",
     ("state x: schema is 'atomic.fleet/fleet/v2', and this collection reads "
      "'atomic.fleet/fleet/v1': use Terraform modules and a collection of one release.")),
    (("schema",), MISSING, "state x: schema is missing."),
    (("hosts",), {}, "state x: hosts is an object: it must be a list."),
    (("hosts", 0), "demo", "state x: hosts[0] is 'demo': it must be an object."),
    (("extra",), 1, "state x: extra is not a field of atomic.fleet/fleet/v1."),
    ((NASTY,), 1, "state x: '; $() \\' \" ` \\n' is not a field of atomic.fleet/fleet/v1."),
    (("traffic",), {}, "state x: traffic is an object: it must be a list."),
    (("traffic",), [{}], "state x: traffic[0].name is missing."),
    (("traffic",), [balancer(port=0)], "state x: traffic[0].port is 0: give a port from 1 to 65535."),
    (("traffic",), [balancer(pools={"red": {"share": 1, "settings": {}}})],
     "state x: traffic[0].pools.red is none of the fleet's pools."),
    (("traffic",), [balancer(pools={"blue": {"share": -1, "settings": {}}})],
     "state x: traffic[0].pools.blue.share is -1: give a weight, a whole number from 0, or null."),
    (("traffic",), [balancer(settings={"region": 1})],
     "state x: traffic[0].settings.region is 1: a setting is a text."),
    (("traffic",), [balancer(), balancer()],
     "state x: traffic[1].name is 'web', as that of traffic[0]: balancers' names are unique."),
    ((*H, "address"), MISSING, "state x: hosts[0].address is missing."),
    ((*H, "address"), "-oProxyCommand=id",
     ("state x: hosts[0].address is '-oProxyCommand=id': give an IP address or DNS "
      "name, and nothing else.")),
    ((*H, "address"), "10.0.0.1\n",
     ("state x: hosts[0].address is '10.0.0.1\\n': give an IP address or DNS name, and "
      "nothing else.")),
    ((*H, "name"), NASTY,
     ("state x: hosts[0].name is '; $() \\' \" ` \\n': use letters, digits, dots, dashes and "
      "underscores, and no name Ansible keeps for itself.")),
    ((*H, "name"), "all",
     ("state x: hosts[0].name is 'all': use letters, digits, dots, dashes and underscores, and no "
      "name Ansible keeps for itself.")),
    ((*H, "name"), "{{ x }}",
     ("state x: hosts[0].name is '{{ x }}': use letters, digits, dots, dashes and underscores, "
      "and no name Ansible keeps for itself.")),
    ((*H, "user"), "$(id)", "state x: hosts[0].user is '$(id)': give the name of a login user."),
    ((*H, "port"), 70000, "state x: hosts[0].port is 70000: give a port from 1 to 65535."),
    ((*H, "port"), True, "state x: hosts[0].port is true: give a port from 1 to 65535."),
    ((*H, "port"), "22", "state x: hosts[0].port is '22': give a port from 1 to 65535."),
    ((*H, "host_keys"), None, "state x: hosts[0].host_keys is null: it must be a list."),
    ((*H, "host_keys"), [KEY + "\nevil " + KEY],
     ("state x: hosts[0].host_keys[0] is 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBBBBBBBBBBBBBBBBBBB...: give a public "
      "key as in ssh_host_ed25519_key.pub.")),
    ((*H, "host_key_authority"), "*",
     ("state x: hosts[0].host_key_authority is '*': give a public key as in "
      "ssh_host_ed25519_key.pub.")),
    ((*H, "jump"), [hop()] * 9, "state x: hosts[0].jump has 9 hops: at most 8 can be chained."),
    ((*H, "jump"), [hop(), hop(port=0)], "state x: hosts[0].jump[1].port is 0: give a port from 1 to 65535."),
    ((*H, "labels"), {"a": 1}, "state x: hosts[0].labels.a is 1: a label is a text."),
    ((*H, "image"), "", "state x: hosts[0].image is '': give one line of text, not empty, without control characters."),
    ((*H, "id"), "a\x07b",
     ("state x: hosts[0].id is 'a\\x07b': give one line of text, not empty, without control "
      "characters.")),
    ((*H, "zone"), "eu west",
     ("state x: hosts[0].zone is 'eu west': use letters, digits, dots, dashes and underscores, "
      "at most 63 and the first a letter or digit.")),
    ((*H, "pool"), "red", "state x: hosts[0].pool is 'red', which is none of its pools."),
    (("pools", "blue", "size"), -1, "state x: pools.blue.size is -1: give a number of hosts, 0 or more."),
    (("pools", "a b"), {},
     ("state x: pools.'a b' is no name for a pool: use letters, digits, dots, dashes and underscores, "
      "at most 63 and the first a letter or digit.")),
    (("hosts",), [host(), host(address="10.88.0.12")],
     ("state x: hosts[1].name is 'demo-blue-1', as that of hosts[0]: "
      "host names are unique.")),
    (("hosts",), [host(), host("demo-blue-2")],
     ("state x: hosts[1].address leads 'demo-blue-2' to the same place as "
      "'demo-blue-1': one host must have one name.")),
]  # fmt: skip


@pytest.mark.parametrize("path,value,sentence", REFUSED)
def test_refused_in_one_sentence(path: tuple[str | int, ...], value: Any, sentence: str) -> None:
    with pytest.raises(ContractError) as refusal:
        parse_fleet(changed(fleet(), path, value), "state x")
    assert refusal.value.message == sentence
    assert "\n" not in sentence


def test_a_balancer() -> None:
    shares = {"blue": {"share": 90, "settings": {}}, "green": {"share": None, "settings": {"target_group": "arn:2"}}}
    pools = {name: {"image": "ami-1", "size": 1, "zones": ["a"]} for name in shares}
    (web,) = parse_fleet(fleet(pools=pools, traffic=[balancer(address=None, pools=shares)]), "x").traffic
    assert (web.name, web.adapter, web.address, web.port) == ("web", "aws_elbv2", None, 80)
    assert web.settings == {"region": "eu-central-1"}
    assert web.shares == (Share("blue", 90), Share("green", None, {"target_group": "arn:2"}))


def test_one_address_behind_two_jump_hosts_is_two_places() -> None:
    document = fleet(host(jump=[hop("10.1.0.1")]), host("demo-blue-2", jump=[hop("10.2.0.1")]))
    assert len(parse_fleet(document, "x").hosts) == 2


SOME_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
WORDS = [
    "schema",
    "name",
    "hosts",
    "user",
    "port",
    "jump",
    "host_keys",
    "host_key_authority",
    "labels",
    "size",
    "share",
    "settings",
    "extra",
]
EDGES: list[Any] = [
    "", "a", "all", "all\n", "ALL", "localhost", "localhost1", "::1", "-x", "a b", "é", "a\n", "\n", "a\x85b", NASTY,
    "a" * 63, "a" * 64, "a" * 65, "a" * 253, "a" * 254, "a" * 1024, "a" * 1025, "blue", "demo-blue-1", "10.88.0.11",
    "atomic.fleet/fleet/v1", KEY, KEY + " c", KEY + " ", KEY + "\n", KEY + " a\nb", CA_KEY, CA_KEY + "=",
    "ssh-dss AAAA",
    "ssh-rsa AAAA", "ssh-rsa AAAAB", "ssh-rsa AAAAB=", "٣", "_", "_a", "a.", "a:b", "a@b", None, True, False, 0, 1, 22,
    65535, 65536, -1, 22.0, 22.5, 10**400, float("inf"), [], {}, [KEY], ["a"], [None], {"a": "b"}, {"a": 1}, {"a": {}},
    [hop()], [hop()] * 8, [hop()] * 9, [host()], [{}],
]  # fmt: skip
BASE_DOCUMENTS = (
    fleet(),
    fleet(host(jump=[hop(host_key_authority=CA_KEY), hop("a")], labels={"a": "b"}, host_key_authority=None)),
    fleet(host(), host("demo-blue-2", "10.88.0.12")),
    fleet(traffic=[balancer(), balancer("api", address=None, settings={})]),
    fleet(hosts=[], pools={"green": {"image": "x", "size": 0, "zones": []}}),
)


def places(node: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [path]
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, child in children:
        found += places(child, (*path, step))
    return found


def hold_together(document: Mapping[str, Any]) -> bool:
    """The rules that a schema cannot say, written a second time."""
    hosts = document["hosts"]
    ways = [[(end["address"], end["port"]) for end in [*entry["jump"], entry]] for entry in hosts]
    return (
        len({entry["name"] for entry in hosts}) == len(hosts)
        and all(entry["pool"] in document["pools"] for entry in hosts)
        and all(way not in ways[:i] for i, way in enumerate(ways))
        and len({entry["name"] for entry in document["traffic"]}) == len(document["traffic"])
        and all(pool in document["pools"] for entry in document["traffic"] for pool in entry["pools"])
    )


def check_agreement(document: Any) -> None:
    expected = VALIDATOR.is_valid(document) and hold_together(document)
    try:
        parse_fleet(document, "file x")
    except ContractError as refusal:
        sentence: str | None = refusal.message
    else:
        sentence = None
    assert expected == (sentence is None), sentence
    assert sentence is None or re.fullmatch(r"file x: [^\n]+\.", sentence)


@pytest.mark.parametrize("document", BASE_DOCUMENTS)
def test_the_schema_and_the_parser_agree_at_every_edge(document: dict[str, Any]) -> None:
    for path in places(document):
        for value in (MISSING, *EDGES) if path else EDGES:
            check_agreement(changed(document, path, value))


@given(st.data())
def test_the_schema_and_the_parser_agree(data: st.DataObject) -> None:
    document: Any = data.draw(st.sampled_from(BASE_DOCUMENTS))
    for _edit in range(data.draw(st.integers(0, 3))):
        path = data.draw(st.sampled_from(places(document)))
        kind = data.draw(st.sampled_from(["replace", "replace", "add", "take away"]))
        if kind == "add":
            path = (*path, data.draw(st.sampled_from(WORDS) | st.text(max_size=4)))
        node: Any = document
        for step in path[:-1]:
            node = node[step]
        if kind == "add" and not isinstance(node, dict):
            continue
        value = MISSING if kind == "take away" and path else data.draw(SOME_JSON | st.sampled_from(EDGES))
        document = changed(document, path, value)
    check_agreement(document)
