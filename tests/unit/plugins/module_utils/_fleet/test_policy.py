"""One table of good and bad policies for both who read them: the parser and the JSON schema."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.amounts import at_least, at_most, budget
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.policy import parse_policy, render_policy
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.policy_groups import GROUP_KEYS, inherited
from ansible_collections.atomic.fleet.plugins.module_utils._model.gate import Gate
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Amount, Exclusion, Group, Order, Policy
from ansible_collections.atomic.fleet.plugins.module_utils._model.window import DAYS, Window

DATA = Path(__file__).parents[5] / "plugins" / "plugin_utils" / "data"
SCHEMA = jsonschema.Draft202012Validator(json.loads((DATA / "policy.schema.json").read_text()))

# what a group inherits of the fleet's policy, with one host at a time
DB = Policy(canary=Amount(0), max_unavailable=Amount(1), failure_budget=Amount(100, True))

GOOD: list[tuple[Any, Policy]] = [
    ({}, Policy()),
    ({"schema": "atomic.fleet/policy/v1"}, Policy()),
    ({"canary": 3}, Policy(canary=Amount(3))),
    ({"canary": 3.0}, Policy(canary=Amount(3))),
    ({"canary": 0}, Policy(canary=Amount(0))),
    ({"canary": "10%"}, Policy(canary=Amount(10, True))),
    ({"canary": {"amount": 2}}, Policy(canary=Amount(2))),
    ({"canary": {"hosts": ["a", "b"]}}, Policy(canary_hosts=("a", "b"))),
    ({"canary": {"hosts": ["a"], "amount": "5%"}}, Policy(canary=Amount(5, True), canary_hosts=("a",))),
    ({"waves": [1, "10%", "100%"]}, Policy(waves=(Amount(1), Amount(10, True), Amount(100, True)))),
    ({"waves": [1, "double"]}, Policy(waves=(Amount(1), "double"))),
    ({"max_unavailable": "33%"}, Policy(max_unavailable=Amount(33, True))),
    ({"domains": {"zone": 1, "rack": "50%"}}, Policy(domains={"rack": Amount(50, True), "zone": Amount(1)})),
    ({"domains": {}}, Policy()),
    ({"failure_budget": 0}, Policy()),
    ({"failure_budget": "0%"}, Policy(failure_budget=Amount(0, True))),
    ({"on_failure": "halt"}, Policy(on_failure="halt")),
    ({"on_failure": "rollback_all"}, Policy(on_failure="rollback_all")),
    ({"bake_time": "10m"}, Policy(bake_time=600)),
    ({"bake_time": 0}, Policy()),
    ({"bake_time": 1.5}, Policy(bake_time=1.5)),
    ({"boot_timeout": "1h", "stage_timeout": "30s"}, Policy(boot_timeout=3600, stage_timeout=30)),
    ({"prefetch": "none"}, Policy()),
    ({"prefetch": "pull"}, Policy(prefetch="pull")),
    ({"prefetch": "locked"}, Policy(prefetch="locked")),
    ({"gates": []}, Policy(gates=())),
    ({"gates": ["greenboot"]}, Policy(gates=(Gate("greenboot"),))),
    ({"gates": [{"greenboot": {}}]}, Policy(gates=(Gate("greenboot"),))),
    ({"exclude": []}, Policy()),
    (
        {"exclude": [{"hosts": ["a", "b-*"], "reason": "in repair"}, {"where": {"pool": "db"}, "reason": "later"}]},
        Policy(exclude=(Exclusion("in repair", ("a", "b-*")), Exclusion("later", (), {"pool": "db"}))),
    ),
    (
        {"failure_domains": {"zone": 0, "rack": "9%"}},
        Policy(failure_domains={"rack": Amount(9, True), "zone": Amount(0)}),
    ),
    ({"groups": []}, Policy()),
    ({"signatures": "required"}, Policy(signatures="required")),
    (
        {"bake_time": 60, "groups": [{"where": {"pool": "db"}, "max_unavailable": 1, "canary": {"hosts": ["a"]}}]},
        Policy(bake_time=60, groups=(Group({"pool": "db"}, replace(DB, bake_time=60, canary_hosts=("a",))),)),
    ),
    (
        {"groups": [{"where": {"pool": "db"}, "gates": [], "bake_time": "10m", "max_unavailable": 1}], "gates": []},
        Policy(gates=(), groups=(Group({"pool": "db"}, replace(DB, gates=(), bake_time=600)),)),
    ),
    ({"order": {}}, Policy()),
    ({"order": {"pool": ["cache", "*", "db"]}}, Policy(order=Order("pool", ("cache", "*", "db")))),
    ({"time_zone": "Europe/Berlin"}, Policy(time_zone="Europe/Berlin")),
    ({"windows": []}, Policy()),
    ({"windows": [{"from": "22:00", "to": "04:30"}]}, Policy(windows=(Window(1320, 270),))),
    (
        {"windows": [{"days": ["sun", "sat"], "from": "00:00", "to": "24:00"}]},
        Policy(windows=(Window(0, 1440, ("sat", "sun")),)),
    ),
]

BAD: list[tuple[Any, str]] = [
    ([], "policy: a policy is a mapping of keys such as canary, waves and max_unavailable."),
    ("halt", "policy: a policy is a mapping of keys such as canary, waves and max_unavailable."),
    (
        {"max_unavailabel": 1},
        "policy: max_unavailabel is no key of a policy; there are canary, bake_time, boot_timeout, ",
    ),
    ({"schema": "v2"}, "policy: schema is 'v2'; it must be one of atomic.fleet/policy/v1."),
    ({"canary": True}, 'policy: canary is True; write a number of hosts such as 3, or a share such as "25%".'),
    ({"canary": -1}, "policy: canary is -1; it must be from 0 to 10000000."),
    ({"canary": "101%"}, 'policy: canary is "101%"; a share goes from 0% to 100%.'),
    ({"canary": "5 %"}, "policy: canary is '5 %'; write a number"),
    ({"canary": "5%\n"}, "policy: canary is '5%\\n'; write a number"),
    ({"canary": "3"}, "policy: canary is '3'; write a number"),
    ({"canary": 1.5}, "policy: canary is 1.5; write a number"),
    ({"canary": None}, "policy: canary is None; write a number"),
    ({"canary": {}}, "policy: canary must have an amount or hosts."),
    ({"canary": {"host": ["a"]}}, "policy: canary.host is no key of canary; there are amount, hosts."),
    ({"canary": {"hosts": []}}, "policy: canary.hosts must be a list of at least one name."),
    ({"canary": {"hosts": "a"}}, "policy: canary.hosts must be a list of at least one name."),
    ({"canary": {"hosts": ["a", "a"]}}, "policy: canary.hosts names a twice."),
    ({"waves": []}, "policy: waves must be a list of at least one amount"),
    ({"waves": 3}, "policy: waves must be a list of at least one amount"),
    ({"waves": [1, 0]}, "policy: waves[1] is 0; it must be from 1 to 10000000."),
    ({"waves": ["double"]}, "policy: waves[0] is double, and there is no wave before it; begin with an amount."),
    ({"waves": [1, "triple"]}, "policy: waves[1] is 'triple'; write a number"),
    ({"waves": ["0%"]}, 'policy: waves[0] is "0%"; a share goes from 1% to 100%.'),
    ({"max_unavailable": 0}, "policy: max_unavailable is 0; it must be from 1 to 10000000."),
    ({"max_unavailable": 10**8}, "policy: max_unavailable is 100000000; it must be"),
    ({"domains": ["zone"]}, "policy: domains must map the name of a host variable to a limit"),
    ({"domains": {"zone": 0}}, "policy: domains.zone is 0; it must be from 1"),
    ({"domains": {"my zone": 1}}, "policy: domains has 'my zone' as the name of a host variable."),
    ({"failure_budget": "-1%"}, "policy: failure_budget is '-1%'; write a number"),
    ({"on_failure": "stop"}, "policy: on_failure is 'stop'; it must be one of halt, rollback_wave, rollback_all."),
    ({"on_failure": ["halt"]}, "policy: on_failure is ['halt']; it must be one of"),
    ({"prefetch": True}, "policy: prefetch is True; it must be one of none, pull, locked."),
    ({"bake_time": "10 minutes"}, "policy: bake_time is '10 minutes'; write seconds, or a time such as"),
    ({"bake_time": -1}, "policy: bake_time is -1; write seconds"),
    ({"bake_time": True}, "policy: bake_time is True; write seconds"),
    ({"boot_timeout": 0}, "policy: boot_timeout is 0; nothing can be done in no time."),
    ({"boot_timeout": "0m"}, "policy: boot_timeout is 0; nothing can be done in no time."),
    (
        {"gates": ["greenboot", "smoke"]},
        "policy: gates[1] is 'smoke'; it must be one of deployment, failed_units, greenboot",
    ),
    ({"gates": ["greenboot", "greenboot"]}, "policy: gates[1] is greenboot again, with the same words; leave one out."),
    (
        {"gates": [["greenboot"]]},
        "policy: gates[0] must be a name, or a mapping of one name to its words; ",
    ),
    (
        {"gates": "greenboot"},
        "policy: gates must be a list of names, or of mappings of one name to its words; ",
    ),
    ({"exclude": ["a"]}, "policy: exclude[0] must have a reason, and hosts or where."),
    ({"exclude": {"hosts": ["a"]}}, "policy: exclude must be a list of hosts and reasons"),
    ({"exclude": [{"hosts": ["a"]}]}, "policy: exclude[0].reason is None; write a text"),
    ({"exclude": [{"reason": "why"}]}, "policy: exclude[0] must have hosts or where, or it would leave out the whole"),
    ({"exclude": [{"hosts": [], "reason": "why"}]}, "policy: exclude[0].hosts must be a list of at least one name."),
    ({"exclude": [{"where": {}, "reason": "why"}]}, "policy: exclude[0].where must map the name of a host variable"),
    (
        {"exclude": [{"where": {"shard": 3}, "reason": "why"}]},
        "policy: exclude[0].where.shard is 3; write a text, in quotes where it looks like a number.",
    ),
    ({"exclude": [{"host": "a", "reason": "why"}]}, "policy: exclude[0].host is no key of exclude[0]; there are hosts"),
    ({"failure_domains": {"zone": -1}}, "policy: failure_domains.zone is -1; it must be from 0"),
    ({"failure_domains": ["zone"]}, "policy: failure_domains must map the name of a host variable to a limit"),
    ({"signatures": True}, "policy: signatures is True; it must be one of required, any."),
    ({"groups": {"where": {}}}, "policy: groups must be a list of groups, such as"),
    ({"groups": [{"where": {"pool": "db"}}]}, "policy: groups[0] must have where, and what holds for these hosts"),
    ({"groups": [{"waves": [1], "canary": 0}]}, "policy: groups[0].where must map the name of a host variable"),
    ({"groups": [{"where": {"pool": "db"}, "waves": [0]}]}, "policy: groups[0].waves[0] is 0; it must be from 1"),
    ({"groups": [{"where": {"pool": "db"}, "canary": {"host": 1}}]}, "policy: groups[0].canary.host is no key of"),
    (
        {"groups": [{"where": {"pool": "db"}, "domains": {"zone": 1}}]},
        "policy: groups[0].domains is no key of groups[0]; there are bake_time, boot_timeout, canary, ",
    ),
    ({"order": ["db"]}, "policy: order must map one host variable to its values in order"),
    ({"order": {"a": ["*"], "b": ["*"]}}, "policy: order must map one host variable to its values in order"),
    ({"order": {"pool": ["cache", "db"]}}, 'policy: order.pool must have "*" in the place of the hosts with any'),
    ({"order": {"pool": ["*", "db", "db"]}}, "policy: order.pool names db twice."),
    ({"order": {"my pool": ["*"]}}, "policy: order has 'my pool' as the name of a host variable."),
    ({"time_zone": 1}, "policy: time_zone is 1; write the name of a time zone, such as Europe/Berlin."),
    ({"windows": {"from": "01:00"}}, "policy: windows must be a list of windows, such as"),
    ({"windows": [{"from": "01:00"}]}, "policy: windows[0] must have from and to, such as"),
    ({"windows": [{"from": 60, "to": "05:00"}]}, 'policy: windows[0].from is 60; write a time as "01:00", in quotes'),
    ({"windows": [{"from": "1:00", "to": "05:00"}]}, "policy: windows[0].from is '1:00'; write a time as"),
    ({"windows": [{"from": "24:00", "to": "05:00"}]}, 'policy: windows[0].from is "24:00"; a day begins at "00:00".'),
    ({"windows": [{"from": "01:00", "to": "24:01"}]}, "policy: windows[0].to is '24:01'; write a time as"),
    ({"windows": [{"from": "01:00", "to": "05:00\n"}]}, "policy: windows[0].to is '05:00\\n'; write a time as"),
    (
        {"windows": [{"from": "01:00", "to": "05:00", "days": ["sat", "saturday"]}]},
        "policy: windows[0].days is 'saturday'; it must be one of mon, tue,",
    ),
    ({"windows": [{"from": "01:00", "to": "05:00", "days": []}]}, "policy: windows[0].days must be a list of at least"),
    ({"windows": [{"from": "01:00", "to": "05:00", "day": 1}]}, "policy: windows[0].day is no key of a window; there"),
]

# what a schema cannot know
MEANINGLESS: list[tuple[Any, str]] = [
    (
        {"time_zone": "Europe/Berlyn"},
        "policy: time_zone is 'Europe/Berlyn', which is no time zone; write a name such as Europe/Berlin, or UTC.",
    ),
    ({"time_zone": "../Europe/Berlin"}, "policy: time_zone is '../Europe/Berlin', which is no time zone; write"),
    ({"time_zone": "Europe"}, "policy: time_zone is 'Europe', which is no time zone; write"),
    ({"windows": [{"from": "05:00", "to": "05:00"}]}, "policy: windows[0] ends when it begins; the whole day is"),
]


@pytest.mark.parametrize("data, policy", GOOD)
def test_good_policies(data: Any, policy: Policy) -> None:
    assert parse_policy(data) == policy
    SCHEMA.validate(data)


@pytest.mark.parametrize("data, told", BAD)
def test_bad_policies(data: Any, told: str) -> None:
    with pytest.raises(ArgumentError) as error:
        parse_policy(data)
    assert error.value.message.startswith(told)
    assert error.value.message.endswith(".")
    assert not SCHEMA.is_valid(data)


@pytest.mark.parametrize("data, told", MEANINGLESS)
def test_policies_that_mean_nothing(data: Any, told: str) -> None:
    with pytest.raises(ArgumentError) as error:
        parse_policy(data)
    assert error.value.message.startswith(told)
    SCHEMA.validate(data)


def test_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA.schema)


def test_schema_and_parser_have_the_same_keys_for_the_fleet_and_for_groups() -> None:
    assert set(SCHEMA.schema["properties"]) == {"schema", *render_policy(Policy())}
    assert set(SCHEMA.schema["properties"]["groups"]["items"]["properties"]) == {"where", *GROUP_KEYS}


def test_empty_file_is_the_policy_of_all_defaults() -> None:
    assert parse_policy(None) == Policy()


def test_error_names_the_line() -> None:
    with pytest.raises(ArgumentError, match=r"^policy\.yml line 7: waves\[1\] is 0"):
        parse_policy({"waves": [1, 0]}, "policy.yml", {"waves": 5, "waves[1]": 7})
    with pytest.raises(ArgumentError, match=r"^policy\.yml line 9: time_zone is 'Mars', which is no time zone"):
        parse_policy({"time_zone": "Mars"}, "policy.yml", {"time_zone": 9})
    with pytest.raises(ArgumentError, match=r"^policy\.yml line 5: domains\.zone is 0"):
        parse_policy({"domains": {"zone": 0}}, "policy.yml", {"domains": 5})


GATES = Policy().gates
amounts = st.builds(Amount, st.integers(1, 100), st.booleans())
some = st.lists(st.text(min_size=1), unique=True, min_size=1, max_size=3).map(tuple)
exclusions = st.builds(Exclusion, st.text(min_size=1), some, st.dictionaries(st.just("pool"), st.text(min_size=1)))
policies = st.builds(
    Policy,
    canary=amounts,
    canary_hosts=st.lists(st.text(min_size=1), unique=True, max_size=3).map(tuple),
    waves=st.tuples(amounts, st.lists(amounts | st.just("double"), max_size=3)).map(lambda one: (one[0], *one[1])),
    max_unavailable=amounts,
    domains=st.dictionaries(st.sampled_from(["zone", "rack"]), amounts),
    failure_budget=st.builds(Amount, st.integers(0, 100), st.booleans()),
    on_failure=st.sampled_from(["halt", "rollback_wave", "rollback_all"]),
    bake_time=st.floats(0, 10**6),
    gates=st.lists(st.sampled_from(GATES), unique_by=str).map(tuple),
    boot_timeout=st.floats(0.5, 10**6),
    stage_timeout=st.integers(1, 10**6).map(float),
    exclude=st.lists(exclusions, max_size=2).map(tuple),
    order=st.none() | st.builds(Order, st.just("pool"), st.permutations(["a", "*"]).map(tuple)),
    windows=st.lists(
        st.builds(
            Window,
            st.integers(0, 719),
            st.integers(720, 1440),
            st.sets(st.sampled_from(DAYS)).map(lambda days: tuple(day for day in DAYS if day in days)),
        ),
        max_size=3,
    ).map(tuple),
    time_zone=st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Apia"]),
    prefetch=st.sampled_from(["none", "pull", "locked"]),
    signatures=st.sampled_from(["required", "any"]),
    failure_domains=st.dictionaries(st.sampled_from(["zone", "rack"]), st.builds(Amount, st.integers(0, 9))),
)
own = st.fixed_dictionaries(
    {},
    optional={
        "canary": amounts,
        "waves": st.tuples(amounts),
        "max_unavailable": amounts,
        "failure_budget": amounts,
        "on_failure": st.sampled_from(["halt", "rollback_wave"]),
        "gates": st.lists(st.sampled_from(GATES), unique_by=str).map(tuple),
        "bake_time": st.floats(0, 10**6),
        "boot_timeout": st.floats(0.5, 10**6),
    },
)


@st.composite
def grouped(draw: st.DrawFn) -> Policy:
    policy = draw(policies)
    where = st.dictionaries(st.sampled_from(["pool", "rack"]), st.text(min_size=1), min_size=1)
    several = draw(st.lists(st.tuples(where, own), max_size=2))
    return replace(policy, groups=tuple(Group(one, replace(inherited(policy), **said)) for one, said in several))


@given(grouped())
def test_every_policy_is_read_back_as_it_was_written(policy: Policy) -> None:
    written = render_policy(policy)
    SCHEMA.validate(written)
    assert parse_policy(json.loads(json.dumps(written))) == policy


@pytest.mark.parametrize(
    "amount, hosts, most, least, spent",
    [
        (Amount(3), 10, 3, 3, 3),
        (Amount(25, True), 8, 2, 2, 2),
        (Amount(25, True), 6, 1, 2, 1),
        (Amount(25, True), 3, 1, 1, 0),
        (Amount(1, True), 10, 1, 1, 0),
        (Amount(0, True), 10, 1, 0, 0),
        (Amount(100, True), 7, 7, 7, 7),
        (Amount(25, True), 0, 1, 0, 0),
    ],
)
def test_amounts_as_limit_size_and_budget(amount: Amount, hosts: int, most: int, least: int, spent: int) -> None:
    assert (at_most(amount, hosts), at_least(amount, hosts), budget(amount, hosts)) == (most, least, spent)
