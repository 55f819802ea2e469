"""What weights of servers mean for pools, and what is told to HAProxy for other shares."""

from __future__ import annotations

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.shares import percent
from ansible_collections.atomic.fleet.plugins.module_utils._parse.haproxy import State
from ansible_collections.atomic.fleet.plugins.plugin_utils._clouds.haproxy_weights import (
    Backend,
    Look,
    Move,
    look,
    weights_for,
)
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.haproxy_runtime import lines


def seen(**weights: int) -> Look:
    """Servers b1, b2… are blue's, g1, g2… are green's."""
    backend = Backend("web", "app", ("blue", "green"), {name: {"b": "blue", "g": "green"}[name[0]] for name in weights})
    states = [State(name, weight, maintained=False, drained=False, well=True) for name, weight in weights.items()]
    return look(backend, states, ())


def test_shares_of_pools_and_their_version() -> None:
    found = seen(b1=10, b2=10, g1=5)
    assert found.standing.weights == {"blue": 20, "green": 5}
    assert found.standing.version == seen(g1=5, b2=10, b1=10).standing.version
    assert found.standing.version != seen(b1=10, b2=11, g1=5).standing.version


@pytest.mark.parametrize("blue", [100, 95, 75, 50, 10, 1, 0])
@pytest.mark.parametrize("sizes", [(3, 3), (1, 5), (7, 2), (40, 50)])
def test_shares_are_met_whatever_the_sizes(blue: int, sizes: tuple[int, int]) -> None:
    names = [f"b{number}" for number in range(sizes[0])] + [f"g{number}" for number in range(sizes[1])]
    shares = {"blue": blue, "green": 100 - blue}
    weights = weights_for(shares, seen(**dict.fromkeys(names, 0)))
    assert max(weights.values()) == 256
    got = percent(seen(**weights).standing.weights)
    assert abs(got["blue"] - blue) <= 1, got
    assert (got["blue"] == 0) == (blue == 0)


def test_a_pool_of_many_beside_one_of_few_has_a_least_share() -> None:
    """As docs/traffic/haproxy.md says: forty servers of weight 1 beside one of 256."""
    names = [*(f"b{number}" for number in range(40)), "g1"]
    weights = weights_for({"blue": 1, "green": 99}, seen(**dict.fromkeys(names, 0)))
    assert percent(seen(**weights).standing.weights) == {"blue": 14, "green": 86}


@pytest.mark.parametrize(
    "now,done",
    [
        ({"b1": 256, "b2": 256, "g1": 85, "g2": 85}, True),
        ({"b1": 75, "b2": 75, "g1": 25, "g2": 25}, True),  # the same in other figures
        ({"b1": 100, "b2": 50, "g1": 25, "g2": 25}, False),  # not alike within a pool
        ({"b1": 50, "b2": 50, "g1": 50, "g2": 50}, False),
    ],
)
def test_done(now: dict[str, int], done: bool) -> None:
    begun, wanted = seen(b1=100, b2=100, g1=0, g2=0), {"b1": 256, "b2": 256, "g1": 85, "g2": 85}
    assert Move({"blue": 75, "green": 25}, begun, wanted).done(seen(**now)) is done


@pytest.mark.parametrize(
    "now,ours",
    [
        ({"b1": 100, "b2": 100, "g1": 0}, True),
        ({"b1": 0, "b2": 100, "g1": 256}, True),
        ({"b1": 0, "b2": 0, "g1": 256}, True),
        ({"b1": 0, "b2": 50, "g1": 256}, False),
        ({"b1": 0, "g1": 256}, False),
        ({"b1": 0, "b2": 0, "b3": 0, "g1": 256}, False),
    ],
)
def test_our_own_half_is_told_from_somebody_elses_hand(now: dict[str, int], ours: bool) -> None:
    begun, wanted = seen(b1=100, b2=100, g1=0), {"b1": 0, "b2": 0, "g1": 256}
    assert Move({"blue": 0, "green": 100}, begun, wanted).ours(seen(**now)) is ours


def test_what_gets_more_is_first() -> None:
    begun, wanted = seen(b1=100, b2=100, g1=0, g2=256), {"b1": 0, "b2": 0, "g1": 256, "g2": 256}
    move = Move({"blue": 0, "green": 100}, begun, wanted)
    assert move.raised(begun) == {"g1": 256}
    assert move.lowered(begun) == {"b1": 0, "b2": 0}


@pytest.mark.parametrize(
    "commands,found",
    [
        ([], []),
        (["abc"], [["abc"]]),
        (["abc", "def"], [["abc", "def"]]),
        (["abc", "def", "g"], [["abc", "def"], ["g"]]),
        (["much too long", "a"], [["much too long"], ["a"]]),
    ],
)
def test_lines_are_no_longer_than_they_may_be(commands: list[str], found: list[list[str]]) -> None:
    assert list(lines(commands, 8)) == found
