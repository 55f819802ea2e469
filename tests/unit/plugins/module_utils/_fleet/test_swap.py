"""Where traffic goes next, and whether it may: tables of what stands and what follows."""

from __future__ import annotations

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.swap import (
    check_known,
    direction,
    given,
    in_place,
    meddled,
    nobody_well,
    sizes,
    step_after,
    under_way,
    unfit,
    way_back,
    without,
)
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.swap_rules import parse_rules
from ansible_collections.atomic.fleet.plugins.module_utils._model.gate import Gate
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Amount, Policy
from ansible_collections.atomic.fleet.plugins.module_utils._model.swap import (
    BACK,
    FORWARD,
    REST,
    Course,
    PoolView,
    SwapRules,
    TrafficRecord,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.traffic import HOSTS, WEIGHTS, Member, Standing

B, G, R = ("b1", "b2"), ("g1", "g2"), ("r1",)


def view(name: str, share: int, at_target: bool | None, hosts: tuple[str, ...] | None = None) -> PoolView:
    return PoolView(name, share, {"blue": B, "green": G, "red": R}[name] if hosts is None else hosts, at_target)


@pytest.mark.parametrize(
    ("views", "into", "kind", "to", "upgrade"),
    [
        # at the beginning, and when it was killed while the idle pool was brought to the target
        ([view("blue", 100, False), view("green", 0, False)], None, FORWARD, "green", G),
        # killed before the first step
        ([view("blue", 100, False), view("green", 0, True)], None, FORWARD, "green", ()),
        # killed half-way
        ([view("blue", 75, False), view("green", 25, True)], None, FORWARD, "green", ()),
        # killed after the last step
        ([view("blue", 0, False), view("green", 100, True)], None, REST, "green", ()),
        # the next release
        ([view("blue", 0, False), view("green", 100, False)], None, FORWARD, "blue", B),
        # everything is where it should be
        ([view("blue", 100, True), view("green", 0, True)], None, REST, "blue", ()),
        # what cannot be told is said
        ([view("blue", 50, True), view("green", 50, True)], "green", FORWARD, "green", ()),
        ([view("blue", 100, False), view("green", 0, False), view("red", 0, False)], "red", FORWARD, "red", R),
        ([view("blue", 0, True), view("green", 100, True)], "green", REST, "green", ()),
        ([view("blue", 0, True), view("green", 100, True)], "blue", FORWARD, "blue", ()),
        # nobody gets anything yet
        ([view("blue", 0, False), view("green", 0, False, ())], None, FORWARD, "blue", B),
    ],
)
def test_direction(views: list[PoolView], into: str | None, kind: str, to: str, upgrade: tuple[str, ...]) -> None:
    course = direction(views, into)
    assert (course.kind, course.to, course.upgrade) == (kind, to, upgrade)
    assert course.why


@pytest.mark.parametrize(
    ("views", "into", "words"),
    [
        ([view("blue", 50, True), view("green", 50, True)], None, "blue, green have traffic (blue 50, green 50)"),
        ([view("blue", 100, False), view("green", 0, True), view("red", 0, True)], None, "say -e pool=NAME"),
        ([view("blue", 100, False), view("green", 0, None, ())], None, "Only one pool has hosts"),
        ([view("blue", 100, False), view("green", 0, None, ())], "green", "The pool green has no hosts"),
        ([view("blue", 60, False), view("green", 40, False)], None, "cannot be told"),
        # it would be changed while it serves
        ([view("blue", 60, False), view("green", 40, False)], "green", "does not run the target"),
        ([view("blue", 100, False), view("green", 0, False)], "gren", "pool is 'gren', which is no pool"),
    ],
)
def test_no_direction(views: list[PoolView], into: str | None, words: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        direction(views, into)
    assert words in caught.value.message
    assert caught.value.message.endswith(".")


def test_way_back() -> None:
    views = [view("blue", 75, None), view("green", 25, None)]
    assert way_back(views, "blue").kind == BACK
    assert way_back([view("blue", 100, None), view("green", 0, None)], "blue").kind == REST
    with pytest.raises(ArgumentError, match="to is 'bleu'"):
        way_back(views, "bleu")


@pytest.mark.parametrize(
    ("share", "step"), [(0, 5), (5, 25), (4, 5), (24, 25), (25, 100), (60, 100), (99, 100), (100, None)]
)
def test_step_after(share: int, step: int | None) -> None:
    assert step_after(share, (5, 25, 100)) == step


@pytest.mark.parametrize(
    ("now", "share", "then"),
    [
        ({"blue": 100, "green": 0}, 5, {"blue": 95, "green": 5}),
        ({"blue": 75, "green": 25}, 100, {"blue": 0, "green": 100}),
        ({"blue": 60, "red": 40, "green": 0}, 25, {"blue": 45, "red": 30, "green": 25}),
        ({"blue": 33, "red": 67, "green": 0}, 5, {"blue": 31, "red": 64, "green": 5}),
        # nobody had anything
        ({"blue": 0, "green": 0}, 5, {"blue": 0, "green": 100}),
    ],
)
def test_given(now: dict[str, int], share: int, then: dict[str, int]) -> None:
    assert given(now, "green", share) == then
    assert sum(then.values()) == 100


def test_without() -> None:
    assert without({"blue": 75, "green": 25}, "green", {}) == {"blue": 100, "green": 0}
    assert without({"blue": 30, "red": 30, "green": 40}, "green", {}) == {"blue": 50, "red": 50, "green": 0}
    # it had all of it: back to those who had it before
    assert without({"blue": 0, "green": 100}, "green", {"blue": 100, "green": 0}) == {"blue": 100, "green": 0}
    with pytest.raises(ArgumentError, match="no pool that the traffic of green could go back to"):
        without({"blue": 0, "green": 100}, "green", {"blue": 0, "green": 100})


def rules(floor: int = 2, budget: int = 0) -> SwapRules:
    return SwapRules((5, 25, 100), 0.0, (), 0.0, 0.0, 0.0, floor, budget)


def standing(*members: Member) -> Standing:
    return Standing({"blue": 100, "green": 0}, (Member("b1", "blue", True, True, "UP"), *members), "1")


def green(number: int, well: bool | None = True, serving: bool = True, said: str = "") -> Member:
    return Member(f"g{number}", "green", serving, well, said, None)


@pytest.mark.parametrize(
    ("members", "share", "grain", "floor", "budget", "words"),
    [
        ((green(1), green(2)), 100, WEIGHTS, 2, 0, None),
        ((green(1), green(2, False, said="L4TOUT")), 5, WEIGHTS, 1, 0, "finds g2 of green not well (L4TOUT)"),
        ((green(1), green(2, False)), 5, WEIGHTS, 1, 1, None),
        # one is well, and that does for half, not for all
        ((green(1), green(2, False)), 50, WEIGHTS, 2, 1, None),
        ((green(1), green(2, False)), 100, WEIGHTS, 2, 1, "has 1 hosts well behind web, and needs 2 for 100 %"),
        ((green(1), green(2)), 100, WEIGHTS, 3, 0, "needs 3"),
        ((), 5, WEIGHTS, 1, 0, "knows no host of green"),
        # taken out by somebody: no share reaches it
        ((green(1), green(2, None, False)), 100, WEIGHTS, 1, 0, None),
        ((green(1, None, False),), 5, WEIGHTS, 1, 0, "knows no host of green"),
        # not yet checked is not well while others are
        ((green(1), green(2, None, said="initial")), 5, WEIGHTS, 1, 0, "g2 of green not well (initial)"),
        # a balancer that does not look at idle hosts
        ((green(1, None), green(2, None)), 5, WEIGHTS, 2, 0, None),
        # by whole hosts: those that are down by their share are not looked at
        ((green(1), green(2, None, False)), 100, HOSTS, 2, 0, None),
        ((green(1, None, False), green(2, None, False)), 5, HOSTS, 2, 0, None),
        ((green(1), green(2, False, False, "Down")), 100, HOSTS, 2, 0, "g2 of green not well"),
    ],
)
def test_unfit(members: tuple[Member, ...], share: int, grain: str, floor: int, budget: int, words: str | None) -> None:
    said = unfit("web", grain, standing(*members), "green", share, rules(floor, budget))
    assert said is None if words is None else said is not None and words in said


def test_under_way() -> None:
    counted = standing(Member("g1", "green", True, True, "", 3), Member("g2", "green", True, True, "", 4))
    assert under_way(counted, ["green"]) == 7
    assert under_way(counted, ["green", "blue"]) is None
    assert under_way(counted, []) == 0


def test_nobody_well() -> None:
    seen = standing(green(1, False), green(2, False))
    assert nobody_well(seen, ["green"])
    assert nobody_well(seen, ["red"])
    assert not nobody_well(seen, ["green", "blue"])
    assert not nobody_well(standing(green(1, False), green(2, None)), ["green"])


def test_in_place() -> None:
    policy = Policy(drains=(Gate("traffic"),))
    views = [view("blue", 75, None), view("green", 25, None), view("red", 0, None)]
    course = in_place(views, policy)
    assert (course.kind, course.to, course.upgrade) == (REST, "blue, green", (*B, *G))
    with pytest.raises(ArgumentError, match=r"write `drains: \[traffic\]` into it"):
        in_place(views, Policy())
    with pytest.raises(ArgumentError, match="No pool has any traffic"):
        in_place([view("red", 0, None)], policy)


def test_all_balancers_know_the_pool() -> None:
    balancers = {"web": ["blue", "green"], "api": ["blue"]}
    check_known(balancers, Course(FORWARD, "blue", ""))
    check_known(balancers, Course(REST, "green", ""))
    with pytest.raises(ArgumentError, match="api does not know the pool green"):
        check_known(balancers, Course(FORWARD, "green", ""))


@pytest.mark.parametrize(
    ("views", "found"),
    [
        ([view("blue", 100, None), view("green", 0, None, ("g1",))], (2, 1)),
        ([view("blue", 60, None), view("red", 15, None), view("green", 25, None)], (3, 2)),
        # it has all of it already
        ([view("blue", 0, None), view("green", 100, None)], (2, 2)),
    ],
)
def test_sizes(views: list[PoolView], found: tuple[int, int]) -> None:
    assert sizes(views, "green") == found


def test_meddled() -> None:
    record = TrafficRecord({"blue": 95, "green": 5}, {"blue": 75, "green": 25}, "2026-11-28T19:00:00Z", "ada@ci")
    assert meddled("web", None, {"blue": 1, "green": 99}) is None
    assert meddled("web", record, {"blue": 95, "green": 5}) is None
    assert meddled("web", record, {"blue": 75, "green": 25}) is None
    said = meddled("web", record, {"blue": 50, "green": 50})
    assert said is not None
    for words in ("blue 50, green 50", "ada@ci left it at blue 75, green 25", "take_over"):
        assert words in said


def test_rules() -> None:
    policy = Policy(max_unavailable=Amount(1), failure_budget=Amount(50, True))
    found = parse_rules({"steps": ["10", 100], "bake_time": "30s", "drain_time": "10"}, policy, live=4, new=3)
    assert (found.steps, found.bake_time, found.drain_time) == ((10, 100), 30.0, 10.0)
    assert (found.floor, found.budget) == (3, 1)
    assert parse_rules({}, Policy(), live=1, new=1).floor == 1
    assert parse_rules({}, Policy(), live=8, new=8).steps == (5, 25, 100)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"steps": []}, "percentages that rise to 100"),
        ({"steps": [5, 25]}, "percentages that rise to 100"),
        ({"steps": [25, 5, 100]}, "percentages that rise to 100"),
        ({"steps": [0, 100]}, "percentages that rise to 100"),
        ({"steps": [5, 5, 100]}, "percentages that rise to 100"),
        ({"steps": [True, 100]}, "percentages that rise to 100"),
        ({"bake_time": "soon"}, "bake_time is 'soon'"),
        ({"gates": [{"units": {"names": ["web"]}}]}, "gates[0]"),
        ({"gates": [{"prometheus": {"url": "http://p", "query": "up"}}]}, "must have at_most or at_least"),
        ({"gates": "http"}, "gates"),
    ],
)
def test_what_is_no_rule(said: dict[str, object], words: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        parse_rules(said, Policy(), 3, 3)
    assert words in caught.value.message
