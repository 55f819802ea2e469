"""The planner: examples people would ask about."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.plan_file import plan_id
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.planner import plan
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.policy_groups import inherited
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import Snapshot, Target
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Health
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Amount, Exclusion, Group, Order, Policy
from tests.unit.plugins.module_utils._fleet.planner_cases import NEW, TARGET, gone, host, shape

ROOM = Policy(max_unavailable=Amount(9))
REST = (Amount(100, True),)


@pytest.mark.parametrize(
    "count, policy, waves",
    [
        (8, ROOM, "canary 1, wave 1 2, wave 2 4, wave 3 1"),
        (8, Policy(), "canary 1, wave 1 2, wave 2.1 2, wave 2.2 2, wave 3 1"),
        (1, Policy(), "canary 1"),
        (0, Policy(), ""),
        (5, replace(ROOM, canary=Amount(0), waves=(Amount(2),)), "wave 1 2, wave 2 2, wave 3 1"),
        (10, replace(ROOM, waves=(Amount(1), Amount(4))), "canary 1, wave 1 1, wave 2 4, wave 3 4"),
        (9, replace(ROOM, waves=(Amount(1), "double")), "canary 1, wave 1 1, wave 2 2, wave 3 4, wave 4 1"),
        (9, replace(ROOM, waves=(Amount(1), "double", Amount(3))), "canary 1, wave 1 1, wave 2 2, wave 3 3, wave 4 2"),
        (10, replace(ROOM, canary=Amount(30, True), waves=REST), "canary 3, wave 1 7"),
        (4, Policy(canary=Amount(2), max_unavailable=Amount(1)), "canary.1 1, canary.2 1, wave 1 1, wave 2 1"),
        (3, replace(ROOM, canary_hosts=("h2",)), "canary 1, wave 1 1, wave 2 1"),
    ],
)
def test_sizes_of_waves(count: int, policy: Policy, waves: str) -> None:
    made = plan(Snapshot(tuple(host(f"h{index}") for index in range(count))), TARGET, policy)
    assert shape(made) == waves


def test_canary_and_waves_are_spread_over_zones_and_pools() -> None:
    hosts = [host(f"{pool}-{zone}", zone=zone, pool=pool) for pool in ("blue", "green") for zone in "abc"]
    made = plan(Snapshot(tuple(hosts)), TARGET, Policy(canary=Amount(2), waves=(Amount(3),), max_unavailable=Amount(3)))
    assert [wave.hosts for wave in made.waves] == [
        ("blue-a", "green-b"),
        ("blue-c", "green-a", "blue-b"),
        ("green-c",),
    ]


def test_no_domain_is_taken_away_whole() -> None:
    hosts = [host(f"{zone}{index}", zone=zone) for zone in "ab" for index in range(2)]
    policy = Policy(
        canary=Amount(0), waves=(Amount(100, True),), max_unavailable=Amount(4), domains={"zone": Amount(1)}
    )
    assert [wave.hosts for wave in plan(Snapshot(tuple(hosts)), TARGET, policy).waves] == [("a0", "b0"), ("a1", "b1")]


def test_named_canaries_come_first_and_strangers_are_refused() -> None:
    hosts = Snapshot((host("a"), host("b"), host("c", NEW)))
    assert plan(hosts, TARGET, Policy(canary_hosts=("b", "c"))).waves[0].hosts == ("b",)
    with pytest.raises(ArgumentError, match=r"canary\.hosts names d, which the fleet does not have"):
        plan(hosts, TARGET, Policy(canary_hosts=("d",)))


def test_canaries_that_cannot_be_changed_are_replaced_with_a_warning() -> None:
    made = plan(Snapshot((host("a"), gone("b"))), TARGET, Policy(canary_hosts=("b",), max_unavailable=Amount(2)))
    assert [wave.hosts for wave in made.waves] == [("a",)]
    assert made.waves[0].name == "canary"
    assert made.warnings == ("None of the canaries the policy names is to be changed first, so others were chosen.",)


def test_no_room_at_all_is_said_and_nothing_changes() -> None:
    made = plan(Snapshot((host("a"), host("b"), gone("c"))), TARGET, Policy(max_unavailable=Amount(1)))
    assert not made.changes
    assert made.by_name["a"].action == "skip"
    assert made.by_name["a"].reason == "no room to take it away now: 1 of at most 1 unavailable in the fleet"
    assert made.warnings[0].startswith("No host can be changed now: no room to take it away now: 1 of at most 1")


def test_full_zone_is_skipped_and_the_others_change() -> None:
    hosts = (host("a1", zone="a"), gone("a2", zone="a"), host("b1", zone="b"))
    made = plan(Snapshot(hosts), TARGET, Policy(max_unavailable=Amount(3), domains={"zone": Amount(1)}))
    assert [wave.hosts for wave in made.waves] == [("b1",)]
    assert made.by_name["a1"].reason == "no room to take it away now: 1 of at most 1 unavailable in zone a"


def test_sick_hosts_cost_no_room_and_come_last() -> None:
    sick = Health("degraded", ("web.service",))
    made = plan(Snapshot((host("a", health=sick), host("b"), host("c"))), TARGET, Policy(max_unavailable=Amount(2)))
    assert [wave.hosts for wave in made.waves] == [("b",), ("c",), ("a",)]
    assert made.by_name["a"].unavailable == "failed units: web.service"
    assert "These hosts do not serve already now and are changed last: a." in made.warnings


ALL = Policy(max_unavailable=Amount(9), waves=REST)


def test_who_is_left_out_is_told_and_uses_up_nothing() -> None:
    hosts = Snapshot((host("a", pool="db"), gone("b", pool="web"), host("c", pool="web"), host("d", pool="web")))
    rules = (Exclusion("in repair", ("b",)), Exclusion("frozen", (), {"pool": "db"}), Exclusion("old", ("x-*",)))
    made = plan(hosts, TARGET, Policy(max_unavailable=Amount(50, True), exclude=rules))
    assert [wave.hosts for wave in made.waves] == [("c",), ("d",)]
    assert {one.name: one.reason for one in made.hosts if one.excluded} == {
        "a": "excluded: frozen",
        "b": "excluded: in repair",
    }
    assert made.warnings == ("The policy excludes x-* (old), and no host is that.",)
    everybody = plan(hosts, TARGET, Policy(exclude=(Exclusion("frozen", ("*",)),)))
    assert (everybody.changes, everybody.warnings) == (False, ())


@pytest.mark.parametrize(
    "policy, told",
    [
        (Policy(exclude=(Exclusion("why", ("a", "e")),)), "exclude names e, which the fleet does not have."),
        (Policy(exclude=(Exclusion("why", (), {"rack": "1"}),)), "exclude goes by rack, which no host of the snapshot"),
        (Policy(order=Order("shard", ("*",))), "order goes by shard, which no host of the snapshot has; say which"),
    ],
)
def test_a_policy_that_asks_for_what_is_not_there_is_refused(policy: Policy, told: str) -> None:
    with pytest.raises(ArgumentError) as error:
        plan(Snapshot((host("a", zone="a"),)), TARGET, policy)
    assert error.value.message.startswith(f"The policy's {told}")


def test_groups_go_one_after_the_other_and_each_begins_anew() -> None:
    hosts = [host(f"{pool}{index}", pool=pool) for pool in ("cache", "db", "web") for index in range(4)]
    order = Order("pool", ("cache", "*", "db"))
    made = plan(Snapshot((*hosts, host("lone"))), TARGET, replace(ROOM, waves=(Amount(2), Amount(9)), order=order))
    assert shape(made) == "canary 1, wave 1 2, wave 2 1, wave 3 2, wave 4 3, wave 5 2, wave 6 2"
    assert [wave.hosts[0][:2] for wave in made.waves] == ["ca", "ca", "ca", "lo", "we", "db", "db"]
    first = plan(Snapshot(tuple(hosts[4:])), TARGET, replace(ALL, order=order, canary_hosts=("db1",)))
    assert first.waves[0].hosts == ("web0",)
    assert first.warnings == ("None of the canaries the policy names is to be changed first, so others were chosen.",)


def test_a_group_has_its_own_waves_canary_limit_and_gates() -> None:
    sick = Health("degraded", ("x.service",))
    hosts = [host(f"web{index}", pool="web") for index in range(4)]
    hosts += [host(f"db{index}", pool="db", shard=str(index % 2), health=sick) for index in range(4)]
    own = replace(inherited(ALL), canary=Amount(1), max_unavailable=Amount(2), waves=(Amount(4),), gates=())
    groups = (Group({"pool": "db"}, own), Group({"pool": "x"}, inherited(ALL)))
    made = plan(Snapshot(tuple(hosts)), TARGET, replace(ALL, domains={"shard": Amount(1)}, groups=groups))
    assert [(wave.name, wave.hosts) for wave in made.waves if wave.hosts[0].startswith("db")] == [
        ("canary 2", ("db0",)),
        ("wave 2.1", ("db1", "db2")),
        ("wave 2.2", ("db3",)),
    ]
    assert shape(made).startswith("canary 1, wave 1.1 1, wave 1.2 1, wave 1.3 1, canary 2 1")
    assert made.warnings == ("The policy has a group pool x, and no host is in it.",)
    without = plan(Snapshot(tuple(hosts)), TARGET, replace(made.policy, canary=Amount(0)))
    assert [wave.name for wave in without.waves if wave.name.startswith("canary")] == ["canary 2"]


def test_every_host_may_have_its_own_target() -> None:
    hosts = Snapshot((host("a", NEW), host("b"), host("c")))
    made = plan(hosts, {"a": Target("a" * 64, "1.0"), "b": TARGET}, Policy(max_unavailable=Amount(3)))
    assert {one.name: (one.action, one.target and one.target.label) for one in made.hosts} == {
        "a": ("update", "1.0"),
        "b": ("update", "2.0"),
        "c": ("skip", None),
    }
    assert [target.label for target in made.targets] == ["1.0", "2.0"]
    with pytest.raises(ArgumentError, match="The targets name d, which the fleet does not have"):
        plan(hosts, {"d": TARGET}, Policy())


def test_a_host_twice_is_refused() -> None:
    with pytest.raises(ArgumentError, match="has a host twice"):
        plan(Snapshot((host("a"), host("a"))), TARGET, Policy())


def test_the_name_of_a_plan_is_its_content() -> None:
    hosts = Snapshot((host("a"), host("b")))
    first = plan(hosts, TARGET, Policy())
    assert plan_id(first) == plan_id(plan(replace(hosts, at="2026-11-22T10:00:00Z"), TARGET, Policy()))
    assert plan_id(first) != plan_id(plan(hosts, TARGET, Policy(bake_time=1)))
