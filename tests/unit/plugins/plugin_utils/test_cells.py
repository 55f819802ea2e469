"""Cells as their controllers see each other: by the store, and by locks that real processes hold."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError, FleetError
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Policy
from ansible_collections.atomic.fleet.plugins.plugin_utils import _cells
from ansible_collections.atomic.fleet.plugins.plugin_utils._cells import Cells, check_cell, lock_of
from ansible_collections.atomic.fleet.plugins.plugin_utils._lock import acquire, release
from ansible_collections.atomic.fleet.plugins.plugin_utils._run import Run, RunName
from ansible_collections.atomic.fleet.plugins.plugin_utils._short_lock import briefly, check_neighbours
from ansible_collections.atomic.fleet.plugins.plugin_utils._store import Store, open_store
from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.watch import Watch
from tests.stores import made

pytestmark = pytest.mark.slow
PLAN = "plan-0123456789ab"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store("demo", str(tmp_path))


@pytest.fixture
def main() -> Iterator[subprocess.Popen[bytes]]:
    """A process that stands for ansible-playbook: it lives until it is killed."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def write(store: Store, cell: str | None, *events: tuple[str, Any]) -> None:
    journal = store.journal(PLAN, cell=cell)
    for kind, host in events:
        journal.write(kind, "run-1", host, None if host is None else 1)


def cells_of(store: Store, cell: str | None, watch: Watch, said: list[str], **policy: Any) -> Cells:
    run = Run(RunName("demo", None, PLAN, "run-2", cell), store, made(), store.journal(PLAN, cell=cell), ())
    return Cells(run, Policy(**policy), None, watch, said.append)


def test_what_others_write_is_heard(store: Store) -> None:
    write(store, "north", ("opened", None), ("host_intended", "a"))
    said: list[str] = []
    with Watch() as watch:
        cells = cells_of(store, "south", watch, said)
        heard = cells.lengths()
        assert cells.read().busy == {"a": "north"}
        write(store, "north", ("host_failed", "a"))
        write(store, "west", ("host_intended", "b"))
        assert cells.read().busy == {"b": "west"}
        assert cells.touched_since(heard) == {"a", "b"}
        write(store, "west", ("host_verified", "b"))
        cells.read()
        assert cells.touched_since(heard) == {"a"}
        later = threading.Timer(0.2, write, (store, "north", ("host_staged", "c")))
        later.start()
        cells.wait("there is room")
        later.join()
        assert "c" in cells.read().busy
    assert said == ["waiting until there is room"]


def test_cells_that_are_silent_for_too_long_are_not_waited_for(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_cells, "_AGAIN", 0.1)
    monkeypatch.setattr(_cells, "_LOOK", 0.05)
    with Watch() as watch:
        cells = cells_of(store, "south", watch, [], stage_timeout=-30.0, boot_timeout=-30.0)
        with pytest.raises(FleetError, match=r"no other cell wrote anything .*; run apply for the others"):
            cells.wait("the canary h0 is verified in its cell")
    assert store.journal(PLAN, cell="south").progress.state == "new"
    assert [event.kind for event in store.journal(PLAN, cell="south").events] == ["interrupted"]


def test_only_one_decides_at_a_time(store: Store, main: subprocess.Popen[bytes]) -> None:
    taken = [sys.executable, "-c", OTHER, str(Path(__file__).parents[3]), str(store.root.parent)]
    with subprocess.Popen(taken, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == b"held\n"
        entered: list[str] = []

        def enter() -> None:
            with briefly(lock_of(store, "north", None)) as held:
                entered.append("we" if held.is_sure() else "nobody")

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join(1.0)
        assert entered == []
        other.stdin.close()
        thread.join(30)
        assert entered == ["we"]


OTHER = """
import sys
sys.path.insert(0, sys.argv[1])
import conftest
from ansible_collections.atomic.fleet.plugins.plugin_utils._cells import lock_of
from ansible_collections.atomic.fleet.plugins.plugin_utils._short_lock import briefly
from ansible_collections.atomic.fleet.plugins.plugin_utils._store import open_store
with briefly(lock_of(open_store("demo", sys.argv[2]), "north", None)):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_who_does_not_share_the_budget_is_refused(store: Store, main: subprocess.Popen[bytes]) -> None:
    north, south, whole = (lock_of(store, cell, None) for cell in ("north", "south", None))
    acquire(north, "run-1", main.pid, "plan-1")
    acquire(south, "run-2", main.pid, "plan-1")
    check_neighbours(south, "plan-1")
    with pytest.raises(
        ArgumentError, match=r"^The cell north of demo is being changed by .*run run-1\), with plan-1; wait"
    ):
        check_neighbours(south, "plan-2")
    with pytest.raises(ArgumentError, match="The cell north of demo is being changed"):
        check_neighbours(whole, "plan-1")
    assert release(store.root, "run-1")
    assert release(store.root, "run-2")
    check_neighbours(whole, "plan-1")
    acquire(whole, "run-3", main.pid, "plan-1")
    acquire(north, "run-4", main.pid, "plan-1")
    with pytest.raises(ArgumentError, match="The cell north of demo is being changed by"):
        acquire(north, "run-5", main.pid, "plan-1")
    with pytest.raises(ArgumentError, match=r"The fleet demo is being changed by .*run run-3"):
        check_neighbours(north, "plan-1")
    assert release(store.root, "run-3")
    assert release(store.root, "run-4")


@pytest.mark.parametrize(
    "journals, cell, told",
    [
        ({}, None, None),
        ({}, "north", None),
        ({}, "no/rth", "cannot be the name of a cell"),
        ({"north": ["opened"]}, "south", None),
        ({"north": ["opened"]}, None, r"begun in cells \(north\), and is to be finished in them; say cell=NAME"),
        ({None: ["opened"]}, None, None),
        ({None: ["opened"]}, "north", "begun for the whole fleet, and is to be finished so"),
        ({None: ["opened", "waiting"]}, "north", None),
    ],
)
def test_how_a_plan_is_begun_it_is_finished(
    store: Store, journals: dict[str | None, list[str]], cell: str | None, told: str | None
) -> None:
    for name, kinds in journals.items():
        write(store, name, *[(kind, None) for kind in kinds])
    if told is None:
        check_cell(store, PLAN, cell)
    else:
        with pytest.raises(ArgumentError, match=told):
            check_cell(store, PLAN, cell)
