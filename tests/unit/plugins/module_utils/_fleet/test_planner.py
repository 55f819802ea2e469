"""The planner: what holds for every fleet and policy, and examples people would ask about."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.plan_file import plan_id, render_plan
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.planner import plan
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import FleetPlan, Snapshot, SnapshotHost, Target
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Deployment, Health, HostState, Remote
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Amount, Policy

OLD = Deployment("a" * 64, "lab", version="1.0", refspec="lab:stable", booted=True)
NEW = Deployment("b" * 64, "lab", version="2.0", refspec="lab:stable", booted=True)
TARGET = Target("b" * 64, "2.0", "lab:stable")


def host(name: str, runs: Deployment = OLD, health: Health = Health("running"), **domains: str) -> SnapshotHost:  # noqa: B008
    state = HostState(name, "ostree", "boot", (runs,), health, remotes=(Remote("lab", "http://lab/"),))
    return SnapshotHost(name, state, None, domains)


def gone(name: str, **domains: str) -> SnapshotHost:
    return SnapshotHost(name, None, "no route to host", domains)


domains = st.fixed_dictionaries({}, optional={"zone": st.sampled_from("abc"), "rack": st.sampled_from("12345")})
states = st.sampled_from(["old", "old", "old", "old", "new", "gone", "sick"])
amounts = st.one_of(st.builds(Amount, st.integers(1, 8)), st.builds(Amount, st.integers(1, 100), st.just(True)))
policies = st.builds(
    Policy,
    canary=st.builds(Amount, st.integers(0, 3)),
    waves=st.tuples(amounts, st.lists(amounts | st.just("double"), max_size=2)).map(lambda one: (one[0], *one[1])),
    max_unavailable=amounts,
    domains=st.dictionaries(st.sampled_from(["zone", "rack"]), amounts),
)


@st.composite
def fleets(draw: st.DrawFn) -> list[SnapshotHost]:
    hosts = []
    for index, (state, where) in enumerate(draw(st.lists(st.tuples(states, domains), max_size=40))):
        name = f"host-{index}"
        if state == "gone":
            hosts.append(gone(name, **where))
        else:
            health = Health("degraded", ("x.service",)) if state == "sick" else Health("running")
            hosts.append(host(name, NEW if state == "new" else OLD, health, **where))
    return hosts


def limit(amount: Amount, size: int) -> int:
    return max(1, size * amount.value // 100) if amount.percent else amount.value


def groups(hosts: list[SnapshotHost], policy: Policy) -> list[tuple[int, set[str]]]:
    """Every limit of the policy as a number, with the hosts it holds for."""
    found = [(limit(policy.max_unavailable, len(hosts)), {one.name for one in hosts})]
    for kind, amount in policy.domains.items():
        for value in {one.domains.get(kind, "") for one in hosts}:
            members = {one.name for one in hosts if one.domains.get(kind, "") == value}
            found.append((limit(amount, len(members)), members))
    return found


@given(fleets(), policies)
def test_no_wave_breaks_a_limit_and_hosts_already_down_use_it_up(hosts: list[SnapshotHost], policy: Policy) -> None:
    made = plan(Snapshot(tuple(hosts)), TARGET, policy)
    down = {one.name for one in made.hosts if one.unavailable}
    assert down == {one.name for one in hosts if one.state is None or one.state.health.failed_units}
    for wave in made.waves:
        for most, members in groups(hosts, policy):
            taken = (set(wave.hosts) - down) & members
            assert not taken or len(taken | (down & members)) <= most


@given(fleets(), policies)
def test_every_host_is_in_one_wave_or_says_why_not(hosts: list[SnapshotHost], policy: Policy) -> None:
    made = plan(Snapshot(tuple(hosts)), TARGET, policy)
    turns = Counter(name for wave in made.waves for name in wave.hosts)
    assert {one.name for one in made.hosts} == {one.name for one in hosts}
    assert len(made.hosts) == len(hosts)
    for one in made.hosts:
        assert one.reason
        assert turns[one.name] == (1 if one.action == "update" else 0)
        assert one.wave == next((index for index, wave in enumerate(made.waves) if one.name in wave.hosts), None)
    assert all(wave.hosts for wave in made.waves)
    assert made.changes is bool(turns)


@given(fleets(), policies, st.randoms(use_true_random=False))
def test_the_same_input_gives_the_same_bytes_in_any_order(hosts: list[SnapshotHost], policy: Policy, chance) -> None:  # type: ignore[no-untyped-def]
    shuffled = [replace(one, domains=dict(reversed(list(one.domains.items())))) for one in hosts]
    chance.shuffle(shuffled)
    again = replace(policy, domains=dict(reversed(list(policy.domains.items()))))
    first, second = (
        render_plan(plan(Snapshot(tuple(some)), TARGET, rule)) for some, rule in ((hosts, policy), (shuffled, again))
    )
    assert first == second


@given(fleets(), policies)
def test_hosts_that_can_change_do_unless_there_is_no_room(hosts: list[SnapshotHost], policy: Policy) -> None:
    made = plan(Snapshot(tuple(hosts)), TARGET, policy)
    down = {one.name for one in made.hosts if one.unavailable}
    full = [members for most, members in groups(hosts, policy) if len(down & members) >= most]
    for one in made.hosts:
        changeable = one.from_checksum == OLD.checksum
        stuck = one.name not in down and any(one.name in members for members in full)
        assert (one.action == "update") == (changeable and not stuck), one


def shape(made: FleetPlan) -> str:
    return ", ".join(f"{wave.name} {len(wave.hosts)}" for wave in made.waves)


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
    assert made.warnings == ("None of the canaries the policy names is to be changed, so others were chosen.",)


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
