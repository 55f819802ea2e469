"""The planner: what holds for every fleet and every policy."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.choice import unavailable
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.judge import before_wave, may_go_on
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.plan_file import parse_plan, render_plan
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.planner import plan
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import Snapshot, SnapshotHost
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Policy
from tests.unit.plugins.module_utils._fleet.planner_cases import (
    OLD,
    TARGET,
    counted,
    fleets,
    group_of,
    left_out,
    limited,
    policies,
)


@given(fleets(), policies())
def test_no_wave_breaks_a_limit_and_hosts_already_down_use_it_up(hosts: list[SnapshotHost], policy: Policy) -> None:
    made = plan(Snapshot(tuple(hosts)), TARGET, policy)
    down = {one.name for one in made.hosts if one.unavailable}
    assert down == {
        one.name
        for one in counted(hosts, policy)
        if one.state is None or (one.state.health.failed_units and policy.of(one.domains).gates)
    }
    for wave in made.waves:
        for most, members in limited(hosts, policy):
            taken = (set(wave.hosts) - down) & members
            assert not taken or len(taken | (down & members)) <= most


@given(fleets(), policies())
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
    assert len({wave.name for wave in made.waves}) == len(made.waves)
    assert made.changes is bool(turns)


@given(fleets(), policies())
def test_apply_lets_every_planned_wave_begin_while_nothing_else_goes_away(
    hosts: list[SnapshotHost], policy: Policy
) -> None:
    made = plan(Snapshot(tuple(hosts)), TARGET, policy)
    away = {one.name for one in hosts if unavailable(one, policy.of(one.domains).gates)}
    for index, wave in enumerate(made.waves):
        assert before_wave(made, index, away).action == "go_on", wave
        assert may_go_on(made, index, ()).action == "go_on"


@given(fleets(), policies(), st.randoms(use_true_random=False))
def test_the_same_input_gives_the_same_bytes_in_any_order(hosts: list[SnapshotHost], policy: Policy, chance) -> None:  # type: ignore[no-untyped-def]
    shuffled = [replace(one, domains=dict(reversed(list(one.domains.items())))) for one in hosts]
    chance.shuffle(shuffled)
    again = replace(policy, domains=dict(reversed(list(policy.domains.items()))))
    first, second = (
        render_plan(plan(Snapshot(tuple(some)), TARGET, rule)) for some, rule in ((hosts, policy), (shuffled, again))
    )
    assert first == second


@given(fleets(), policies())
def test_the_plan_is_read_back_with_its_whole_policy(hosts: list[SnapshotHost], policy: Policy) -> None:
    made = plan(Snapshot(tuple(hosts)), TARGET, policy)
    assert parse_plan(render_plan(made), "plan") == made


@given(fleets(), policies())
def test_hosts_that_can_change_do_unless_there_is_no_room(hosts: list[SnapshotHost], policy: Policy) -> None:
    made = plan(Snapshot(tuple(hosts)), TARGET, policy)
    down = {one.name for one in made.hosts if one.unavailable}
    full = [members for most, members in limited(hosts, policy) if len(down & members) >= most]
    for one in made.hosts:
        changeable = one.from_checksum == OLD.checksum and not one.excluded
        stuck = one.name not in down and any(one.name in members for members in full)
        assert (one.action == "update") == (changeable and not stuck), one


@given(fleets(), policies())
def test_who_is_left_out_is_in_no_wave_and_the_reason_is_told(hosts: list[SnapshotHost], policy: Policy) -> None:
    made = plan(Snapshot(tuple(hosts)), TARGET, policy)
    out = {one.name for one in hosts if left_out(one, policy)}
    assert {one.name for one in made.hosts if one.excluded} == out
    assert {one.name for one in made.hosts if one.reason == "excluded: in repair"} == out
    assert not out & {name for wave in made.waves for name in wave.hosts}
    assert not any(made.by_name[name].unavailable for name in out)


@given(fleets(), policies())
def test_the_order_is_kept_and_every_wave_is_of_one_group(hosts: list[SnapshotHost], policy: Policy) -> None:
    made = plan(Snapshot(tuple(hosts)), TARGET, policy)
    order = policy.order

    def place(name: str) -> tuple[int, int]:
        one = made.by_name[name]
        value, group = one.domains.get("zone", ""), group_of(one, policy)
        rank = 0 if order is None else order.values.index(value if value in order.values else "*")
        return rank, -1 if group is None else group

    places = [{place(name) for name in wave.hosts} for wave in made.waves]
    assert all(len(one) == 1 for one in places)
    assert [min(one) for one in places] == sorted(min(one) for one in places)
    for index, (_rank, group) in enumerate(map(min, places)):
        assert made.policy_of(index) == (policy if group < 0 else policy.groups[group].policy)
