"""A run as one task hands it to the next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.plan_file import plan_id
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import (
    FleetPlan,
    PlannedHost,
    Snapshot,
    SnapshotHost,
    Target,
    Wave,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Policy
from ansible_collections.atomic.fleet.plugins.plugin_utils._run import (
    RunName,
    first_look,
    load_run,
    new_run,
    opened,
    parse_run,
)
from ansible_collections.atomic.fleet.plugins.plugin_utils._store import open_store

TARGET = Target("b" * 64, "2.0")
WAVES = (Wave("canary", ("a",)), Wave("wave 1", ("b", "c")))
HOSTS = tuple(PlannedHost(name, "update", "1.0 to 2.0", TARGET, "a" * 64, "1.0", wave=0) for name in "abc")
PLAN = FleetPlan("demo", (TARGET,), Policy(), HOSTS, WAVES)


@pytest.mark.parametrize(
    "value", [{}, {"fleet": "x"}, {"fleet": "x", "store": None, "plan": "p", "run": "r", "more": 1}]
)
def test_what_is_no_run_is_refused(value: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match="run is not what fleet_run returned"):
        parse_run(value)


def test_run_is_handed_on_whole() -> None:
    name = RunName("demo", None, "plan-0123456789ab", new_run())
    assert parse_run(name.render()) == name
    assert new_run() != new_run()


@pytest.mark.parametrize(
    "noted, hosts, walk",
    [
        (["a", "c"], ["a", "b", "c"], [(0, ("a",)), (1, ("c",))]),  # what it was opened for counts, not the play
        (["b"], ["a", "b", "c"], [(1, ("b",))]),
        ([], ["a"], [(0, ("a",))]),
    ],
)
def test_run_walks_what_it_was_opened_for(
    tmp_path: Path, noted: list[str], hosts: list[str], walk: list[tuple[int, tuple[str, ...]]]
) -> None:
    store = open_store("demo", str(tmp_path))
    store.save_plan(PLAN)
    name = RunName("demo", str(tmp_path), plan_id(PLAN), "run-2")
    journal = store.journal(name.plan)
    journal.write("opened", "run-1", plan=name.plan, hosts=["a", "b", "c"])
    journal.write("opened", "run-2", plan=name.plan, hosts=noted)
    run = load_run(name.render(), hosts)
    assert [(leg.index, leg.hosts) for leg in run.walk] == walk
    assert opened(run.journal, "run-2")["hosts"] == noted
    assert opened(run.journal, "run-3") == {}
    run.write("halted", wave=0, reason="why")
    assert store.journal(name.plan).progress.state == "halted"


@pytest.mark.parametrize(
    "run, since, at, usable",
    [
        ("run-1", [], "2026-01-02T03:04:15.000Z", True),
        ("run-1", [], "2026-01-02T03:04:15.001Z", False),  # too long ago
        ("run-1", [], "2026-01-02T03:04:04.000Z", False),  # the clock was set back
        ("run-1", [("wave_begun", "run-1")], "2026-01-02T03:04:05.000Z", False),  # something was done since
        ("run-2", [], "2026-01-02T03:04:05.000Z", False),  # it is another run's
    ],
)
def test_look_of_the_opening_serves_only_right_after_it(
    tmp_path: Path, run: str, since: list[tuple[str, str]], at: str, usable: bool
) -> None:
    store = open_store("demo", str(tmp_path))
    store.save_plan(PLAN)
    seen = Snapshot((SnapshotHost("a", None, "away", {}),), "demo", "2026-01-02T03:04:05.000Z")
    journal = store.journal(plan_id(PLAN), clock=lambda: "2026-01-02T03:04:05.000Z")
    journal.write("opened", "run-1", plan=plan_id(PLAN), hosts=["a"], before=str(store.save_snapshot(seen)))
    for kind, whose in since:
        journal.write(kind, whose, wave=0)
    found = first_look(load_run(RunName("demo", str(tmp_path), plan_id(PLAN), run).render(), ["a"]), at)
    assert found == (seen if usable else None)
