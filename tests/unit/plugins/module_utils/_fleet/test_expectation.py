"""What an audit expects: by the words of a task, and by a plan."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.expectation import expected_by, expected_of
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import (
    NONE,
    SKIP,
    UPDATE,
    FleetPlan,
    PlannedHost,
    Target,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.host_posture import DAY, Expected
from ansible_collections.atomic.fleet.plugins.module_utils._model.layer import Layer
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Policy

WORDS: dict[str, Any] = {"expect": {}, "skip_checks": [], "etc_allowed": [], "release_max_age": "90d", "verify": []}
TARGET = Target("a" * 64, "2.0")
LAYERS = Target("b" * 64, layers=(Layer("one", "https://x/one.raw", "sha256:" + "1" * 64),))


@pytest.mark.parametrize(
    "words, wanted",
    [
        ({}, Expected(1.0)),
        ({"expect": None}, Expected(1.0)),
        (
            {"expect": {"selinux": "permissive", "lockdown": "none", "secure_boot": False, "fips": True}},
            Expected(1.0, selinux="permissive", lockdown="none", secure_boot=False, fips=True),
        ),
        (
            {"expect": {"layered_packages": ["a*"], "overridden_packages": ["b"]}},
            Expected(1.0, layered=("a*",), overridden=("b",)),
        ),
        (
            {"skip_checks": ["fips"], "etc_allowed": ["x"], "release_max_age": "2d"},
            Expected(1.0, skip=frozenset({"fips"}), etc_allowed=("x",), release_max_age=2 * DAY),
        ),
    ],
)
def test_words(words: dict[str, Any], wanted: Expected) -> None:
    assert expected_by({**WORDS, **words}, 1.0, "posture_info") == wanted


@pytest.mark.parametrize("age", ["soon", "0", "90", "-1d", ""])
def test_an_age_that_is_none(age: str) -> None:
    with pytest.raises(ArgumentError, match="posture_info: release_max_age"):
        expected_by({**WORDS, "release_max_age": age}, 1.0, "posture_info")


@pytest.mark.parametrize(
    "planned, booted, unplanned",
    [
        (PlannedHost("h", UPDATE, "to 2.0", TARGET), TARGET.checksum, None),
        (PlannedHost("h", NONE, "runs 2.0", TARGET), TARGET.checksum, None),
        (PlannedHost("h", SKIP, "unhealthy", TARGET), None, "the plan skips it: unhealthy"),
        (PlannedHost("h", SKIP, "away"), None, "the plan skips it: away"),
        (PlannedHost("other", UPDATE, "to 2.0", TARGET), None, "the plan does not know it"),
    ],
)
def test_what_a_plan_says_of_a_host(planned: PlannedHost, booted: str | None, unplanned: str | None) -> None:
    found = expected_of(Expected(1.0), FleetPlan("lab", (TARGET,), Policy(), (planned,), ()), "h")
    assert found.booted == booted
    if unplanned is None:
        assert found.label == "2.0"
    else:
        assert found.unplanned == unplanned


def test_without_a_plan_of_what_is_booted() -> None:
    base = Expected(1.0)
    assert expected_of(base, None, "h") is base
    plan = FleetPlan("lab", (LAYERS,), Policy(), (PlannedHost("h", UPDATE, "x", LAYERS),), ())
    assert expected_of(base, plan, "h").booted is None
