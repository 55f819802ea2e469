"""Who is up by share, who was taken out, and who is chosen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.admin_states import (
    Candidate,
    by_number,
    chosen,
    decided,
    version,
    weights,
)

POOLS = {"b1": "blue", "b2": "blue", "b3": "blue", "g1": "green", "g2": "green"}


def states(up: str) -> dict[str, bool]:
    return {host: host in up.split() for host in POOLS}


@pytest.mark.parametrize(
    "up,away,there",
    [
        ("b1 b2 b3", "", "b1 b2 b3"),
        ("b1", "", "b1 b2 b3"),  # serves alone: the others were taken out
        ("b1 b2 g1", "", "b1 b2 g1"),  # several serve: down is down by share
        ("b1 b2 g1", "b3", "b1 b2 b3 g1"),  # but for whom we know
        ("b1 b2 b3", "g1", "b1 b2 b3 g1"),
        ("", "", ""),
        ("", "b2", "b1 b2 b3"),
    ],
)
def test_down_by_share_or_taken_out(up: str, away: str, there: str) -> None:
    assert decided(states(up), POOLS, away.split()) == frozenset(there.split())


def test_weights_name_every_pool() -> None:
    assert weights(["b1", "b2"], POOLS, ["blue", "green"]) == {"blue": 2, "green": 0}


def test_the_version_is_of_who_is_up() -> None:
    seen = {version(up.split(), POOLS, POOLS) for up in ("b1 b2 b3", "b1", "b2", "b1 b2 b3 g1", "g1 g2", "")}
    assert len(seen) == 6


def test_a_host_that_joins_a_whole_pool_moves_no_traffic() -> None:
    assert version({"b1", "b2"}, {"b1", "b2", "g1"}, POOLS) == version({"b1", "b2", "b3"}, set(POOLS), POOLS)


@pytest.mark.parametrize(
    "b1,b2,b10,taken",
    [
        # up, sick, well
        ("", "", "", "b1 b2"),
        ("", "up", "", "b2 b1"),
        ("sick", "", "", "b2 b10"),
        ("up sick", "", "", "b2 b10"),
        ("", "", "well", "b10 b1"),
        ("sick", "sick", "sick", "b1 b2"),
        ("up", "up", "well", "b1 b2"),
    ],
)
def test_the_choice(b1: str, b2: str, b10: str, taken: str) -> None:
    given_words = {"b1": b1, "b2": b2, "b10": b10}
    candidates = [
        Candidate(host, "blue", "up" in words, "sick" in words, "well" in words) for host, words in given_words.items()
    ]
    assert chosen({"blue": 2}, candidates) == frozenset(taken.split())


@given(
    st.dictionaries(st.from_regex(r"[bg][0-9]{1,3}", fullmatch=True), st.tuples(*[st.booleans()] * 3)),
    st.integers(0, 9),
    st.integers(0, 9),
)
def test_as_many_as_are_asked_for(hosts: dict[str, tuple[bool, bool, bool]], blue: int, green: int) -> None:
    candidates = [Candidate(host, host[0], *words) for host, words in hosts.items()]
    taken = chosen({"b": blue, "g": green}, candidates)
    for pool, count in (("b", blue), ("g", green)):
        there = [one for one in candidates if one.pool == pool]
        picked = [one for one in there if one.host in taken]
        assert len(picked) == min(count, len(there))
        assert not any(one.sick for one in picked) or all(one.host in taken for one in there if not one.sick)


def test_numbers_count_as_such() -> None:
    names = ["web-10", "web-9", "web-1", "web", "9", "web-1-2"]
    assert sorted(names, key=by_number) == ["web", "web-1", "web-1-2", "web-9", "web-10", "9"]
