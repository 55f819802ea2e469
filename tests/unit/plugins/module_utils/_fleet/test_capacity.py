"""Shares by capacity: scalers are 0, or 10 to 100 hundredths."""

from __future__ import annotations

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.capacity import LEAST, MOST, scalers, weights
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.shares import percent

ALIKE = {"blue": 2.4, "green": 2.4}


@pytest.mark.parametrize(
    ("shares", "capacities", "wanted", "stands"),
    [
        ({"blue": 100, "green": 0}, ALIKE, {"blue": 100, "green": 0}, {"blue": 100, "green": 0}),
        ({"blue": 50, "green": 50}, ALIKE, {"blue": 100, "green": 100}, {"blue": 50, "green": 50}),
        ({"blue": 75, "green": 25}, ALIKE, {"blue": 100, "green": 33}, {"blue": 75, "green": 25}),
        # nothing is between 0 and a tenth
        ({"blue": 95, "green": 5}, ALIKE, {"blue": 100, "green": 10}, {"blue": 91, "green": 9}),
        ({"blue": 99, "green": 1}, ALIKE, {"blue": 100, "green": 10}, {"blue": 91, "green": 9}),
        # a small pool may have a small share, and a large one has none so small
        ({"blue": 95, "green": 5}, {"blue": 30.0, "green": 10.0}, {"blue": 100, "green": 16}, {"blue": 95, "green": 5}),
        ({"blue": 95, "green": 5}, {"blue": 1.0, "green": 9.0}, {"blue": 100, "green": 10}, {"blue": 53, "green": 47}),
        ({"blue": 50, "green": 50}, {"blue": 1.0, "green": 3.0}, {"blue": 100, "green": 33}, {"blue": 50, "green": 50}),
        # a pool that gets nothing may have no capacity
        ({"blue": 100, "green": 0}, {"blue": 1.0, "green": 0.0}, {"blue": 100, "green": 0}, {"blue": 100, "green": 0}),
        (
            {"a": 60, "b": 30, "c": 10},
            {"a": 1.0, "b": 1.0, "c": 1.0},
            {"a": 100, "b": 50, "c": 17},
            {"a": 60, "b": 30, "c": 10},
        ),
    ],
)
def test_scalers(
    shares: dict[str, int], capacities: dict[str, float], wanted: dict[str, int], stands: dict[str, int]
) -> None:
    found = scalers(shares, capacities)
    assert found == wanted
    assert percent(weights({pool: capacities[pool] * found[pool] / 100 for pool in shares})) == stands


def test_no_scaler_is_one_that_is_refused() -> None:
    for share in range(101):
        for ratio in (0.01, 0.5, 1.0, 7.0, 100.0):
            found = scalers({"blue": share, "green": 100 - share}, {"blue": 1.0, "green": ratio})
            assert all(scaler == 0 or LEAST <= scaler <= MOST for scaler in found.values())
            assert [pool for pool, scaler in found.items() if scaler == 0] == [
                pool for pool, part in (("blue", share), ("green", 100 - share)) if part == 0
            ]


def test_weights_are_whole_and_never_0_for_something() -> None:
    assert weights({"blue": 240.0, "green": 0.0001, "red": 0.0}) == {"blue": 240000, "green": 1, "red": 0}
