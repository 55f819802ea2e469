"""A target brought to a host before its turn, as a table of replies."""

from __future__ import annotations

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError, HostError
from ansible_collections.atomic.fleet.plugins.module_utils._host.prefetch import pull, stage_locked
from ansible_collections.atomic.fleet.plugins.module_utils._host.wish import Exact
from tests.unit.plugins.talking import answered, fixture, hold, observed

BOOTED, STAGED = "ostree-2022.7-booted.txt", "ostree-2022.7-staged.txt"
RUNS = observed(BOOTED)
HAS = observed(STAGED)
NEW = HAS.deployments[0]
LOCK = "/run/ostree/staged-deployment-locked"


def work_done(body: str):
    return answered(("state", 0, "done"), ("rc", 0, "0"), ("out", 0, ""), body=body)


def test_what_is_staged_and_not_held_back_is_an_error() -> None:
    """The lock was set, and the host says that there is none."""
    exact = Exact(NEW.checksum, NEW.version, NEW.refspec)
    held = hold(stage_locked("h1", exact, HAS), [work_done(fixture(STAGED))])
    assert isinstance(held.error, HostError)
    assert held.error.message == f"h1: {exact.label} is staged, but not held back: its next reboot applies it"
    assert LOCK in held.asked[0].script


def test_what_is_on_disk_is_not_fetched() -> None:
    booted = RUNS.booted
    held = hold(pull("h1", Exact(booted.checksum, booted.version, booted.refspec), RUNS), [])
    assert held.value.how == "pull"


def test_fetched_by_the_commit() -> None:
    held = hold(pull("h1", Exact("e" * 64, "9"), RUNS), [work_done(fixture(BOOTED))])
    assert held.value.how == "pull"
    assert f"@{'e' * 64}" in held.asked[0].script


def test_what_is_no_commit() -> None:
    with pytest.raises(ArgumentError):
        next(pull("h1", Exact("stable"), RUNS))
