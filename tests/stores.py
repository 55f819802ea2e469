"""What holds of every store, wherever it is: tests call these with one of a folder, of memory and of S3."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError, ParseError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.plan_file import plan_id
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.planner import plan
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import FleetPlan, Snapshot, SnapshotHost, Target
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Deployment, HostState
from ansible_collections.atomic.fleet.plugins.module_utils._model.journal import Event
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Policy
from ansible_collections.atomic.fleet.plugins.plugin_utils._store import Store

OLD = Deployment("a" * 64, "lab", version="1.0", booted=True)
SNAPSHOT = Snapshot((SnapshotHost("h", HostState("h", "ostree", "boot", (OLD,))),), "demo", "2026-11-22T10:00:00Z")


def made(version: str = "2.0") -> FleetPlan:
    return plan(SNAPSHOT, Target("b" * 64, version), Policy())


def keeps_documents(store: Store) -> None:
    with pytest.raises(ArgumentError, match=r"There is no plan of the fleet demo in .* yet; make one first\.$"):
        store.load_plan()
    first, second = made("2.0"), made("3.0")
    places = [store.save_plan(first), store.save_plan(second)]
    assert [str(place) for place in places] == [f"{store.place}/plans/{plan_id(one)}.json" for one in (first, second)]
    assert store.load_plan() == (plan_id(second), second)
    assert store.load_plan(plan_id(first)) == store.load_plan(str(places[0])) == (plan_id(first), first)
    with pytest.raises(ArgumentError, match=r"plan-0123456789ab\.json: cannot read this plan \(No such file"):
        store.load_plan("plan-0123456789ab")
    path = store.save_snapshot(SNAPSHOT)
    assert store.load_snapshot() == store.load_snapshot(str(path)) == SNAPSHOT
    assert store.request("pause") is None
    store.save_request("pause", "lunch")
    assert store.request("pause") == "lunch\n"
    assert (store.drop_request("pause"), store.drop_request("pause")) == (True, False)
    assert [str(one) for one in store.save_report("plan-x.north", "<p>", "#")] == [
        f"{store.place}/reports/plan-x.north{suffix}" for suffix in (".html", ".md")
    ]


def keeps_journals(store: Store) -> None:
    assert store.journals() == ()
    first, second = plan_id(made("2.0")), plan_id(made("3.0"))
    for at, name, cell in ((1, first, None), (2, second, "north"), (3, second, "south"), (4, first, "north")):
        journal = store.journal(name, lambda at=at: f"2026-11-22T10:00:0{at}Z", cell=cell)  # type: ignore[misc]
        assert journal.events == ()
        journal.write("opened", f"run-{at}", plan=name)
    assert store.journals() == (second, first)
    assert store.cells(first) == (None, "north")
    assert store.cells(second) == ("north", "south")
    assert [event.run for event in store.journal(second, cell="south").events] == ["run-3"]


def chains_what_two_write(store: Store) -> None:
    """Each reads what the other wrote before it adds anything: nothing is ever written over."""
    name = plan_id(made())
    one, two = store.journal(name), store.journal(name)
    one.write("opened", "run-1", plan=name)
    two.append(*[Event("host_intended", "2026-11-22T10:00:00Z", "run-1", host, 0) for host in ("a", "b")])
    one.write("interrupted", "run-1", reason="killed")
    two.write("host_staged", "run-1", "a", 0)
    kinds = ["opened", "host_intended", "host_intended", "interrupted", "host_staged"]
    assert [event.kind for event in two.events] == kinds
    assert store.journal(name).events == two.events
    one.append()
    assert store.journal(name).progress.stage("b") == "intended"


def notices_tampering(store: Store, change: Callable[[str, bytes | None], None]) -> None:
    """Segments that were changed, taken out or put in by somebody else. ``change`` writes or removes a document."""
    name = plan_id(made())
    for number, (host, do) in enumerate({"a": "changed", "b": "missing", "c": "torn"}.items()):
        journal = store.journal(name, cell=host)
        for kind in ("host_intended", "host_staged", "host_rebooting"):
            journal.write(kind, "run-1", host, number)
        place = f"journals/{name}.{host}/00000002.jsonl"
        whole = store.files.read(place)
        assert whole is not None
        line = json.loads(whole)
        assert (line["seq"], line["kind"]) == (2, "host_staged")
        change(place, {"changed": whole.replace(b"staged", b"failed"), "missing": None, "torn": whole[:-9]}[do])
        with pytest.raises(
            ParseError, match=rf"^{store.place}/journals/{name}\.{host}( line \d)?: .*(broken|missing|whole|JSON)"
        ):
            store.journal(name, cell=host)
