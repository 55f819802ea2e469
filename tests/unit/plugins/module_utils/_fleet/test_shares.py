"""Shares in percent, and what balancers are told for them."""

from __future__ import annotations

import pytest
from hypothesis import given as sampled
from hypothesis import strategies as some

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.shares import (
    attainable,
    completed,
    hosts_up,
    member_weights,
    percent,
    written,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.traffic import HOSTS, WEIGHTS, Member, Standing

POOLS = ["blue", "green"]


@pytest.mark.parametrize(
    ("weights", "shares"),
    [
        ({"blue": 100, "green": 0}, {"blue": 100, "green": 0}),
        ({"blue": 3, "green": 1}, {"blue": 75, "green": 25}),
        ({"a": 1, "b": 1, "c": 1}, {"a": 34, "b": 33, "c": 33}),
        ({"blue": 0, "green": 0}, {"blue": 0, "green": 0}),
        ({"a": 1, "b": 1, "c": 1, "d": 997}, {"a": 1, "b": 1, "c": 1, "d": 97}),
        # one request of 10,000 is not none
        ({"blue": 9999, "green": 1}, {"blue": 99, "green": 1}),
        ({}, {}),
    ],
)
def test_percent(weights: dict[str, int], shares: dict[str, int]) -> None:
    assert percent(weights) == shares


@sampled(some.dictionaries(some.text("abcdef", min_size=1, max_size=3), some.integers(0, 300), min_size=1, max_size=6))
def test_percent_is_whole_and_hides_nobody(weights: dict[str, int]) -> None:
    shares = percent(weights)
    assert sum(shares.values()) == (100 if any(weights.values()) else 0)
    assert {pool for pool, share in shares.items() if share} == {pool for pool, weight in weights.items() if weight}


@pytest.mark.parametrize(
    ("given", "shares"),
    [
        ({"green": 25}, {"blue": 75, "green": 25}),
        ({"blue": 0, "green": 100}, {"blue": 0, "green": 100}),
        ({"green": 100}, {"blue": 0, "green": 100}),
    ],
)
def test_completed(given: dict[str, int], shares: dict[str, int]) -> None:
    assert completed(given, POOLS, "web") == shares


@pytest.mark.parametrize(
    ("given", "pools", "words"),
    [
        ({"red": 5}, POOLS, "'red' is none of its pools; it knows blue, green"),
        ({"blue": 50, "green": 20}, POOLS, "blue 50, green 20, 70 in all"),
        ({"blue": 80, "green": 30}, POOLS, "110 in all"),
        ({"blue": 50}, ["blue", "green", "red"], "50 in all"),
        ({"blue": -1}, POOLS, "-1; give a whole number"),
        ({"blue": True}, POOLS, "True; give a whole number"),
        ({"blue": "5%"}, POOLS, "'5%'; give a whole number"),
        ({}, POOLS, "0 in all"),
    ],
)
def test_what_cannot_be_completed(given: dict[str, int], pools: list[str], words: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        completed(given, pools, "web")
    assert words in caught.value.message
    assert caught.value.message.startswith("web: ")


@pytest.mark.parametrize(
    ("shares", "sizes", "each"),
    [
        ({"blue": 100, "green": 0}, {"blue": 3, "green": 3}, {"blue": 256, "green": 0}),
        ({"blue": 50, "green": 50}, {"blue": 3, "green": 3}, {"blue": 256, "green": 256}),
        # three hosts and one: the one takes three times as much
        ({"blue": 50, "green": 50}, {"blue": 3, "green": 1}, {"blue": 85, "green": 256}),
        ({"blue": 0, "green": 0}, {"blue": 3, "green": 3}, {"blue": 0, "green": 0}),
        ({"blue": 100, "green": 0}, {"blue": 0, "green": 3}, {"blue": 0, "green": 0}),
    ],
)
def test_member_weights(shares: dict[str, int], sizes: dict[str, int], each: dict[str, int]) -> None:
    assert member_weights(shares, sizes, 256) == each


@sampled(some.integers(0, 100), some.integers(1, 50), some.integers(1, 50))
def test_member_weights_give_the_shares(green: int, blues: int, greens: int) -> None:
    shares, sizes = {"blue": 100 - green, "green": green}, {"blue": blues, "green": greens}
    each = member_weights(shares, sizes, 256)
    assert max(each.values()) == 256
    got = percent({pool: each[pool] * sizes[pool] for pool in POOLS})
    # a weight cannot be finer than 1 of 256, and not less than 1: a small share of many hosts beside few is the worst
    assert abs(got["green"] - green) <= 1 + 100 * max(sizes.values()) / (256 * min(sizes.values()))


@pytest.mark.parametrize(
    ("shares", "sizes", "up"),
    [
        ({"blue": 100, "green": 0}, {"blue": 3, "green": 3}, {"blue": 3, "green": 0}),
        # one of four is the least that whole hosts can do without taking any away
        ({"blue": 95, "green": 5}, {"blue": 3, "green": 3}, {"blue": 3, "green": 1}),
        ({"blue": 50, "green": 50}, {"blue": 3, "green": 3}, {"blue": 3, "green": 3}),
        ({"blue": 25, "green": 75}, {"blue": 3, "green": 3}, {"blue": 1, "green": 3}),
        ({"blue": 0, "green": 100}, {"blue": 3, "green": 3}, {"blue": 0, "green": 3}),
        ({"blue": 90, "green": 10}, {"blue": 9, "green": 9}, {"blue": 9, "green": 1}),
        ({"blue": 0, "green": 0}, {"blue": 3, "green": 3}, {"blue": 0, "green": 0}),
        ({"blue": 0, "green": 100}, {"blue": 3, "green": 0}, {"blue": 0, "green": 0}),
    ],
)
def test_hosts_up(shares: dict[str, int], sizes: dict[str, int], up: dict[str, int]) -> None:
    assert hosts_up(shares, sizes) == up


def test_attainable() -> None:
    members = tuple(Member(f"{pool}-{n}", pool, True, True, "") for pool in POOLS for n in range(3))
    seen = Standing({"blue": 3, "green": 0}, members, "1")
    shares = {"blue": 95, "green": 5}
    assert attainable(shares, WEIGHTS, seen) == shares
    assert attainable(shares, HOSTS, seen) == {"blue": 75, "green": 25}


def test_written() -> None:
    assert written({"green": 25, "blue": 75}) == "blue 75, green 25"
    assert written({}) == "none"
