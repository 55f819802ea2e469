"""Cells of a plan under one budget: what a wave waits for, by the journals of the others."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.cells import (
    Others,
    all_hosts,
    others,
    waits_for_canary,
    waits_for_room,
)
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.journal import fold
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.planner import plan
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import FleetPlan, Snapshot, SnapshotHost, Target
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Deployment, HostState
from ansible_collections.atomic.fleet.plugins.module_utils._model.journal import Event, Progress
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Amount, Policy

OLD = Deployment("a" * 64, "lab", version="1.0", booted=True)
HOSTS = [f"h{number}" for number in range(8)]


def made(away: int = 3) -> FleetPlan:
    seen = [SnapshotHost(name, HostState(name, "ostree", "boot", (OLD,))) for name in HOSTS]
    policy = Policy(canary_hosts=("h0",), waves=(Amount(100, True),), max_unavailable=Amount(away))
    return plan(Snapshot(tuple(seen), "demo", "2026-11-22T10:00:00Z"), Target("b" * 64, "2.0"), policy)


def told(*events: str) -> Progress:
    """What a journal adds up to, written as ``kind:host:wave``."""
    found = [Event("opened", "t", "run-1", data={"plan": "plan-x"})]
    for event in events:
        kind, host, wave, *reason = event.split(":")
        data: dict[str, Any] = {"reason": reason[0]} if reason else {}
        found.append(Event(kind, "t", "run-1", host or None, int(wave) if wave else None, data))
    return fold(found)


NORTH = told("wave_begun::1", "host_intended:h1:1", "host_rebooting:h1:1", "host_intended:h2:1", "host_verified:h2:1")
CANARY = told("wave_begun::0", "host_intended:h0:0", "host_verified:h0:0", "wave_finished::0")
STOPPED = told("wave_begun::1", "host_intended:h3:1", "host_failed:h3:1:dead", "wave_finished::1", "halted:::enough.")


def test_what_the_others_are_at() -> None:
    there = others({"north": NORTH, None: CANARY, "south": STOPPED})
    # a host that is verified in a wave that is not finished may yet be taken back
    assert there.busy == {"h1": "north", "h2": "north"}
    assert there.done == {"h0"}
    assert there.failed == ("h3",)
    assert there.halted == "the cell south was stopped: enough."
    assert others({}) == Others()
    finished = others({"north": told("wave_begun::1", "host_verified:h2:1", "wave_finished::1")})
    assert (dict(finished.busy), finished.done) == ({}, {"h2"})


def test_failures_of_all_cells_are_one_budget() -> None:
    there = Others(failed=("h3", "h4"))
    assert there.with_failures(STOPPED).failed == ("h3", "h4")
    assert Others().with_failures(NORTH) is NORTH


def test_canary_of_another_cell() -> None:
    planned = made()
    assert waits_for_canary(planned, 0, Progress(), Others()) == ""
    assert waits_for_canary(planned, 1, Progress(), Others()) == "the canary h0 is verified in its cell"
    assert waits_for_canary(planned, 1, Progress(), others({"north": CANARY})) == ""
    assert waits_for_canary(planned, 1, CANARY, Others()) == ""


@pytest.mark.parametrize(
    "hosts, away, busy, unsure, waits",
    [
        (["h5"], [], [], [], False),
        (["h5"], [], ["h1", "h2"], [], False),
        (["h5", "h6"], [], ["h1", "h2"], [], True),
        # they answer no longer, which is what was to be expected
        (["h5", "h6"], ["h1", "h2"], ["h1", "h2"], [], True),
        (["h5"], ["h3"], ["h1", "h2"], [], True),
        (["h5"], [], ["h1", "h2"], ["h4"], True),
        # no end of a turn would make room: that is decided at once, as without cells
        (["h5"], ["h1", "h2", "h3"], ["h6"], [], False),
    ],
)
def test_room_that_others_take(
    hosts: list[str], away: list[str], busy: list[str], unsure: list[str], waits: bool
) -> None:
    there = Others(busy=dict.fromkeys(busy, "north"))
    told = waits_for_room(made(), 1, hosts, away, there, unsure)
    assert bool(told) == waits
    assert not waits or told.startswith("the cell north has fewer hosts away (h")


def test_who_takes_all_back_sees_the_hosts_of_all_cells() -> None:
    assert sorted(all_hosts([NORTH, CANARY, STOPPED]).hosts) == ["h0", "h1", "h2", "h3"]
