"""The store: where the documents of a fleet live, and what is said when they do not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError, FleetError, ParseError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.plan_file import plan_id
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.planner import plan
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import FleetPlan, Snapshot, SnapshotHost, Target
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Deployment, HostState
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Policy
from ansible_collections.atomic.fleet.plugins.plugin_utils._store import Store, default_location, open_store

OLD = Deployment("a" * 64, "lab", version="1.0", booted=True)
SNAPSHOT = Snapshot((SnapshotHost("h", HostState("h", "ostree", "boot", (OLD,))),), "demo", "2026-11-22T10:00:00Z")


def made(version: str = "2.0", fleet: str = "demo") -> FleetPlan:
    return plan(Snapshot(SNAPSHOT.hosts, fleet), Target("b" * 64, version), Policy())


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store("demo", str(tmp_path))


def test_plan_is_kept_and_the_last_one_is_found(store: Store) -> None:
    first, second = made("2.0"), made("3.0")
    path = store.save_plan(first)
    assert path == store.root / "plans" / f"{plan_id(first)}.json"
    store.save_plan(second)
    assert store.load_plan() == (plan_id(second), second)
    assert store.load_plan(plan_id(first)) == (plan_id(first), first)
    assert store.load_plan(str(path)) == (plan_id(first), first)


def test_snapshot_is_kept_and_the_last_one_is_found(store: Store) -> None:
    path = store.save_snapshot(SNAPSHOT)
    assert store.load_snapshot() == SNAPSHOT
    assert store.load_snapshot(str(path)) == SNAPSHOT
    later = Snapshot(SNAPSHOT.hosts, "demo", "2026-11-22T11:00:00Z")
    store.save_snapshot(later)
    assert store.load_snapshot() == later
    assert store.load_snapshot(str(path)) == SNAPSHOT


def test_journals_are_listed_the_last_one_written_to_at_the_end(store: Store) -> None:
    assert store.journals() == ()
    names = [plan_id(made(version)) for version in ("2.0", "3.0")]
    for age, name in enumerate(names):
        journal = store.journal(name)
        assert journal.events == ()
        journal.write("opened", "run-1", plan=name)
        os.utime(journal.path, (1000 - age, 1000 - age))
    assert store.journals() == (names[1], names[0])


def test_documents_are_readable_by_their_owner_only(store: Store) -> None:
    paths = [store.save_plan(made()), store.save_snapshot(SNAPSHOT), *store.save_report("plan-x", "<p>", "#")]
    assert [path.stat().st_mode & 0o077 for path in paths] == [0] * 4
    assert store.root.stat().st_mode & 0o077 == 0
    assert [path.read_text() for path in paths[2:]] == ["<p>", "#"]


@pytest.mark.parametrize("fleet", ["", "..", "a/b", "-a", "a b", "a\n", "x" * 64, "é"])
def test_names_that_cannot_be_a_folder_are_refused(fleet: str) -> None:
    with pytest.raises(ArgumentError, match="cannot be the name of a fleet"):
        open_store(fleet)


def test_locations(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    assert open_store("demo").root == Path("/state/atomic.fleet/demo")
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    assert default_location() == Path("/home/ada/.local/state/atomic.fleet")
    assert open_store("demo", "~/fleets").root == Path("/home/ada/fleets/demo")
    monkeypatch.chdir(tmp_path)
    assert open_store("demo", "here").root == tmp_path / "here" / "demo"
    assert open_store("demo", f"file://{tmp_path}").place == str(tmp_path / "demo")
    assert open_store("demo", "memory://bucket/fleets/").place == "memory://bucket/fleets/demo"


def test_what_is_not_there(store: Store, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"There is no plan of the fleet demo in .* yet; make one first\.$"):
        store.load_plan()
    with pytest.raises(ArgumentError, match="There is no snapshot of the fleet demo"):
        store.load_snapshot()
    with pytest.raises(ArgumentError, match=r"plan-0123456789ab\.json: cannot read this plan \(No such file"):
        store.load_plan("plan-0123456789ab")
    with pytest.raises(ArgumentError, match=r"none\.jsonl: cannot read this snapshot \(No such file"):
        store.load_snapshot(str(tmp_path / "none.jsonl"))


def test_what_is_none_of_ours(store: Store, tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ArgumentError, match=r"binary: this is not a plan \(it is not text\)"):
        store.load_plan(str(binary))
    with pytest.raises(ArgumentError, match=r"binary: this is not a snapshot \(it is not text\)"):
        store.load_snapshot(str(binary))
    binary.write_text("{}")
    with pytest.raises(ParseError, match="binary: this is not a plan of schema"):
        store.load_plan(str(binary))


def test_plan_of_another_fleet_is_refused(store: Store, tmp_path: Path) -> None:
    path = open_store("other", str(tmp_path)).save_plan(made(fleet="other"))
    with pytest.raises(ArgumentError, match="this is a plan for the fleet other, not for demo"):
        store.load_plan(str(path))


def test_tampered_plan_is_refused_with_its_file(store: Store) -> None:
    path = store.save_plan(made())
    path.write_text(path.read_text().replace('"canary": 1', '"canary": 0'))
    with pytest.raises(ArgumentError, match=rf"^{path}: this plan is not what it was .*; make a new plan\.$"):
        store.load_plan()


def test_store_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("a file is in the way")
    with pytest.raises(FleetError, match=r"cannot make this folder of the store \((File exists|Not a directory)\)"):
        open_store("demo", str(tmp_path)).save_plan(made())


def test_document_is_written_whole_or_not_at_all(store: Store) -> None:
    store.save_report("plan-x", "old", "old")
    (store.root / "reports" / "plan-y.html").mkdir(parents=True)
    with pytest.raises(FleetError, match=r"plan-y\.html: cannot write it"):
        store.save_report("plan-y", "new", "new")
    left = sorted(path.name for path in (store.root / "reports").iterdir())
    assert left == ["plan-x.html", "plan-x.md", "plan-y.html"]
