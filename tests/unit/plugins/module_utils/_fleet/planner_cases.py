"""Hosts, fleets and policies of the planner's tests, and what limits come to by another way of counting."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase

from hypothesis import strategies as st

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.policy_groups import inherited
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import (
    FleetPlan,
    PlannedHost,
    SnapshotHost,
    Target,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Deployment, Health, HostState, Remote
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Amount, Exclusion, Group, Order, Policy

OLD = Deployment("a" * 64, "lab", version="1.0", refspec="lab:stable", booted=True)
NEW = Deployment("b" * 64, "lab", version="2.0", refspec="lab:stable", booted=True)
TARGET = Target("b" * 64, "2.0", "lab:stable")


def host(name: str, runs: Deployment = OLD, health: Health = Health("running"), **domains: str) -> SnapshotHost:  # noqa: B008
    state = HostState(name, "ostree", "boot", (runs,), health, remotes=(Remote("lab", "http://lab/"),))
    return SnapshotHost(name, state, None, domains)


def gone(name: str, **domains: str) -> SnapshotHost:
    return SnapshotHost(name, None, "no route to host", domains)


def shape(made: FleetPlan) -> str:
    return ", ".join(f"{wave.name} {len(wave.hosts)}" for wave in made.waves)


domains = st.fixed_dictionaries({}, optional={"zone": st.sampled_from("abc"), "rack": st.sampled_from("12345")})
states = st.sampled_from(["old", "old", "old", "old", "new", "gone", "sick"])
amounts = st.one_of(st.builds(Amount, st.integers(1, 8)), st.builds(Amount, st.integers(1, 100), st.just(True)))
fleets_policies = st.builds(
    Policy,
    canary=st.builds(Amount, st.integers(0, 3)),
    waves=st.tuples(amounts, st.lists(amounts | st.just("double"), max_size=2)).map(lambda one: (one[0], *one[1])),
    max_unavailable=amounts,
    domains=st.dictionaries(st.sampled_from(["zone", "rack"]), amounts),
    exclude=st.lists(
        st.builds(
            Exclusion,
            st.just("in repair"),
            st.sampled_from([(), ("host-1",), ("host-1*", "*[3-5]")]),
            st.sampled_from([{}, {"zone": "a"}, {"zone": "b", "rack": "1"}]),
        ).filter(lambda one: one.hosts or one.where),
        max_size=2,
    ).map(tuple),
    order=st.none() | st.builds(Order, st.just("zone"), st.permutations(["c", "*", "a"]).map(tuple)),
)


wheres = st.sampled_from([{"zone": "a"}, {"zone": "b"}, {"rack": "1"}, {"zone": "b", "rack": "1"}])
own = st.fixed_dictionaries(
    {},
    optional={
        "canary": st.builds(Amount, st.integers(1, 2)),
        "waves": st.tuples(amounts),
        "max_unavailable": amounts,
        "gates": st.just(()),
    },
)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    policy = draw(fleets_policies)
    several = draw(st.lists(st.tuples(wheres, own), max_size=2))
    return replace(policy, groups=tuple(Group(where, replace(inherited(policy), **said)) for where, said in several))


@st.composite
def fleets(draw: st.DrawFn) -> list[SnapshotHost]:
    # what policies name is there: the first two hosts have every variable
    where = draw(st.lists(st.tuples(states, domains), max_size=38))
    hosts = []
    for index, (state, some) in enumerate([("old", {"zone": "a", "rack": "1"}), ("old", {"zone": "b"}), *where]):
        name = f"host-{index}"
        if state == "gone":
            hosts.append(gone(name, **some))
        else:
            health = Health("degraded", ("x.service",)) if state == "sick" else Health("running")
            hosts.append(host(name, NEW if state == "new" else OLD, health, **some))
    return hosts


def limit(amount: Amount, size: int) -> int:
    return max(1, size * amount.value // 100) if amount.percent else amount.value


def left_out(one: SnapshotHost, policy: Policy) -> bool:
    return any(
        (not rule.hosts or any(fnmatchcase(one.name, name) for name in rule.hosts))
        and rule.where.items() <= one.domains.items()
        for rule in policy.exclude
    )


def counted(hosts: list[SnapshotHost], policy: Policy) -> list[SnapshotHost]:
    return [one for one in hosts if not left_out(one, policy)]


def limited(hosts: list[SnapshotHost], policy: Policy) -> list[tuple[int, set[str]]]:
    """Every limit of the policy as a number, with the hosts it holds for."""
    hosts = counted(hosts, policy)
    found = [(limit(policy.max_unavailable, len(hosts)), {one.name for one in hosts})]
    for kind, amount in policy.domains.items():
        for value in {one.domains.get(kind, "") for one in hosts}:
            members = {one.name for one in hosts if one.domains.get(kind, "") == value}
            found.append((limit(amount, len(members)), members))
    for index, group in enumerate(policy.groups):
        members = {one.name for one in hosts if group_of(one, policy) == index}
        found.append((limit(group.policy.max_unavailable, len(members)), members))
    return found


def group_of(one: SnapshotHost | PlannedHost, policy: Policy) -> int | None:
    fitting = [index for index, group in enumerate(policy.groups) if group.where.items() <= one.domains.items()]
    return min(fitting, default=None)
