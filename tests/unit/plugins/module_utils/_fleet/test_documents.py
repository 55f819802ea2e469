"""Snapshots and plans as text and back: total round trips, and a sentence for everything that is none."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError, FleetError, ParseError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.document import canonical, digest
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.plan_file import parse_plan, plan_id, render_plan
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.planner import plan
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.snapshot import parse_snapshot, render_snapshot
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import Snapshot, SnapshotHost, Target
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import (
    CachedUpdate,
    Deployment,
    Extension,
    Health,
    Hold,
    HostState,
    Remote,
    Space,
    Unit,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.pace import Pace, Spread
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Amount, Policy

DATA = Path(__file__).parents[5] / "plugins" / "plugin_utils" / "data"
NASTY = "; $(reboot) ` ' \" \n \u2028 é \x00 \x1b[31m"


def schema(name: str) -> jsonschema.Draft202012Validator:
    found = json.loads((DATA / f"{name}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(found)
    return jsonschema.Draft202012Validator(found)


PLAN, SNAPSHOT = schema("plan"), schema("snapshot")

words = st.text(max_size=12)
maybe = st.none() | words
flags = st.booleans()
numbers = st.integers(-(2**60), 2**60)
pairs = st.dictionaries(words, words, max_size=3)


def several(items: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(items, max_size=3).map(tuple)


deployments = st.builds(
    Deployment,
    *(words, words, numbers, maybe, maybe, flags, flags, flags, flags, maybe, maybe, maybe),
    *[several(words)] * 5,
    flags,
)
states = st.builds(
    HostState,
    host=words,
    backend=words,
    boot_id=words,
    deployments=several(deployments),
    health=st.builds(Health, words, several(words), maybe),
    space=several(st.builds(Space, words, numbers, numbers)),
    remotes=several(st.builds(Remote, words, words, flags, pairs)),
    kernel_arguments=several(words),
    capabilities=several(words),
    tool_version=maybe,
    update_driver=maybe,
    units=several(st.builds(Unit, words, flags, words, numbers, words)),
    uptime=st.floats(allow_nan=False, allow_infinity=False),
    transaction=maybe,
    cached_update=st.none() | st.builds(CachedUpdate, maybe, maybe, maybe),
    architecture=maybe,
    variant=maybe,
    hold=st.none() | st.builds(Hold, words, maybe, words, several(words), several(words)),
    extensions=several(st.builds(Extension, words, maybe, maybe, flags)),
    gates=pairs,
    node_id=maybe,
    installed=maybe,
)
hosts = st.builds(SnapshotHost, st.text(min_size=1, max_size=12), st.none() | states, maybe, pairs)
snapshots = st.builds(
    lambda found, fleet, at: Snapshot(tuple(sorted(found, key=lambda one: one.name)), fleet, at),
    st.lists(hosts, max_size=4, unique_by=lambda one: one.name),
    st.text(min_size=1, max_size=12),
    words,
)


@pytest.mark.slow
@given(snapshots)
def test_every_snapshot_is_read_back_as_it_was_written(snapshot: Snapshot) -> None:
    lines = list(render_snapshot(snapshot))
    assert not any("\n" in line or not line.isascii() for line in lines)
    for line in lines:
        SNAPSHOT.validate(json.loads(line))
    assert parse_snapshot(lines, "snapshot") == snapshot
    assert list(render_snapshot(parse_snapshot(lines, "snapshot"))) == lines


@pytest.mark.slow
@given(snapshots, st.builds(Target, st.text(min_size=1), maybe, maybe, st.sampled_from(["ostree", "x"])))
def test_every_plan_is_read_back_as_it_was_written(snapshot: Snapshot, target: Target) -> None:
    made = plan(snapshot, target, Policy(bake_time=30.0))
    text = render_plan(made)
    PLAN.validate(json.loads(text))
    assert parse_plan(text, "plan") == made
    assert json.loads(text)["id"] == plan_id(made)


def small() -> Snapshot:
    old = Deployment("a" * 64, "lab", version="1.0", booted=True)
    state = HostState("h1", "ostree", "boot", (old,), Health("running"))
    return Snapshot(
        (SnapshotHost("h1", state, None, {"zone": "a"}), SnapshotHost("h2", None, NASTY)),
        "demo",
        "2026-11-22T10:00:00Z",
    )


def made_plan() -> str:
    return render_plan(plan(small(), Target("b" * 64, "2.0"), Policy(max_unavailable=Amount(2))))


spreads = st.builds(Spread, *[st.floats(0, 10**6)] * 3)


@given(snapshots, st.builds(Pace, spreads, spreads, st.integers(0, 10**6)))
def test_estimates_are_beside_the_hash(snapshot: Snapshot, pace: Pace) -> None:
    made = plan(snapshot, Target("b" * 64), Policy())
    estimated = replace(made, pace=pace)
    text = render_plan(estimated)
    PLAN.validate(json.loads(text))
    assert parse_plan(text, "plan") == estimated
    assert plan_id(estimated) == plan_id(made)


def test_plan_is_laid_out_for_reading() -> None:
    lines = made_plan().splitlines()
    assert lines[1].startswith('  "id": "plan-')
    assert next(line for line in lines if '"name": "h1"' in line).startswith('    {"name": "h1", "action": "update"')
    assert sum('"name": "h2"' in line for line in lines) == 1


@pytest.mark.parametrize(
    "old, new",
    [
        ('"demo"', '"other"'),
        ("a" * 64, "c" * 64),
        ("b" * 64, "c" * 64),
        ('"max_unavailable": 2', '"max_unavailable": 9'),
        ('"waves": [', '"waves": [{"name": "wave 0", "hosts": ["h2"]}, '),
        ('"action": "skip"', '"action": "none"'),
        ('"id": "plan-', '"id": "plan-0'),
        ('"hash": "', '"hash": "0'),
        ('"hash"', '"hush"'),
        ('"hosts": [\n', '"hosts": [{"name": NaN},\n'),
    ],
)
def test_changed_plan_is_refused(old: str, new: str) -> None:
    text = made_plan()
    assert text.count(old) >= 1
    with pytest.raises(ArgumentError, match=r"^my\.json: this plan is not what it was .*; make a new plan\.$"):
        parse_plan(text.replace(old, new, 1), "my.json")


@pytest.mark.parametrize(
    "text, told",
    [
        ("", "my.json: this is not JSON (Expecting value)."),
        ("[]", "my.json: this is not a JSON object."),
        ("{}", "my.json: this is not a plan of schema atomic.fleet/plan/v1."),
        ('{"schema": "atomic.fleet/plan/v9"}', "my.json: this is not a plan of schema atomic.fleet/plan/v1."),
        ("[" * 100_000, "my.json: this is not JSON (it is nested too deeply)."),
    ],
)
def test_what_is_no_plan(text: str, told: str) -> None:
    with pytest.raises(ParseError) as error:
        parse_plan(text, "my.json")
    assert error.value.message == told


HEADER = '{"schema": "atomic.fleet/snapshot/v1", "fleet": "demo", "hosts": 1, "at": ""}'


@pytest.mark.parametrize(
    "lines, told",
    [
        ([], "s.jsonl: this is not a snapshot of schema"),
        (["{}"], "s.jsonl line 1: this is not a snapshot of schema atomic.fleet/snapshot/v1."),
        (["nonsense"], "s.jsonl line 1: this is not JSON (Expecting value)."),
        ([HEADER], "s.jsonl line 1: the header announces 1 hosts, but 0 follow."),
        ([HEADER, "{"], "s.jsonl line 2: this is not JSON"),
        ([HEADER, "[]"], "s.jsonl line 2: this is not a JSON object."),
        ([HEADER, "{}"], "s.jsonl line 2: name is missing or not text."),
        ([HEADER, '{"name": ""}'], "s.jsonl line 2: name is missing or not text."),
        ([HEADER, '{"name": "a", "state": []}'], "s.jsonl line 2: state is not a JSON object."),
        (
            [HEADER, '{"name": "a", "domains": {"zone": 1}}'],
            "s.jsonl line 2: domains holds something that is not text.",
        ),
        (
            [HEADER, '{"name": "a", "state": {"deployments": [1]}}'],
            "s.jsonl line 2: a deployment is not a JSON object.",
        ),
        (
            [HEADER, '{"name": "a", "state": {"deployments": [{"booted": 1}]}}'],
            "s.jsonl line 2: booted is not true or false.",
        ),
        (
            [HEADER, '{"name": "a", "state": {"deployments": [{"serial": 1.5}]}}'],
            "s.jsonl line 2: serial is not a whole number.",
        ),
        ([HEADER, '{"name": "a", "state": {"uptime": "long"}}'], "s.jsonl line 2: uptime is not a number."),
        ([HEADER, '{"name": "a", "state": {"capabilities": "all"}}'], "s.jsonl line 2: capabilities is not a list."),
        ([HEADER, '{"name": "a", "state": {"health": {"system": 1}}}'], "s.jsonl line 2: system is not text."),
        ([HEADER, '{"name": "a"}', '{"name": "a"}'], "s.jsonl line 3: host a is here twice."),
        ([HEADER, '{"name": "a"}', '{"name": "b"}'], "s.jsonl line 3: the header announces 1 hosts, but 2 follow."),
    ],
)
def test_what_is_no_snapshot(lines: list[str], told: str) -> None:
    with pytest.raises(ParseError) as error:
        parse_snapshot(lines, "s.jsonl")
    assert error.value.message.startswith(told)


@given(st.text() | st.recursive(st.none() | flags | numbers | words, lambda inner: st.lists(inner) | st.dictionaries(words, inner)).map(json.dumps))  # fmt: skip  # noqa: E501
def test_nothing_that_is_read_ends_in_a_traceback(text: str) -> None:
    for read in (
        lambda: parse_plan(text, "x"),
        lambda: parse_snapshot(text.split("\n"), "x"),
        lambda: parse_snapshot([HEADER, *text.split("\n")], "x"),
    ):
        with suppress(FleetError):
            read()


def test_whole_floats_are_whole_numbers_and_infinity_is_refused() -> None:
    assert canonical({"b": 30.0, "a": (1.5, True)}) == '{"a":[1.5,true],"b":30}'
    assert digest({"a": 30.0}) == digest({"a": 30})
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical(float("inf"))


def test_hosts_are_written_in_the_order_of_their_names() -> None:
    snapshot = small()
    turned = replace(snapshot, hosts=snapshot.hosts[::-1])
    assert list(render_snapshot(turned)) == list(render_snapshot(snapshot))
