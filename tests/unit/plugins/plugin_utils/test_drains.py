"""Drains with a journal on disk and a service in memory: what is said to it, and what is written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager

from ansible_collections.atomic.fleet.plugins.module_utils._errors import FleetError
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import FleetPlan, PlannedHost, Target, Wave
from ansible_collections.atomic.fleet.plugins.module_utils._model.gate import Gate
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Policy
from ansible_collections.atomic.fleet.plugins.plugin_utils import _drains
from ansible_collections.atomic.fleet.plugins.plugin_utils._calls import Calls
from ansible_collections.atomic.fleet.plugins.plugin_utils._drains import Drains, undrain_earlier
from ansible_collections.atomic.fleet.plugins.plugin_utils._run import Run, RunName
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.model import HOST, SHARED, Patience, Served
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.registry import DRAINS
from ansible_collections.atomic.fleet.plugins.plugin_utils._store import open_store
from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.watch import Watch

SAID: list[str] = []
REFUSED: set[str] = set()


class Single:
    scope: ClassVar[str] = HOST
    name: ClassVar[str] = "single"

    def drain(self, host: Served, _patience: Patience) -> None:
        self._say("drain", host)

    def undrain(self, host: Served, _patience: Patience) -> None:
        self._say("undrain", host)

    def _say(self, what: str, host: Served) -> None:
        said = f"{what} {self.name} {host.words.get('cluster', host.name)}"
        SAID.append(said)
        if said in REFUSED:
            raise FleetError("it will not.")


class Flag(Single):
    """One flag for all hosts of a cluster."""

    scope: ClassVar[str] = SHARED
    name: ClassVar[str] = "flag"


class Action:
    """As much of an action as is needed to say and warn."""

    def __init__(self, templar: Templar) -> None:
        self._templar = templar
        self.warnings: list[str] = []
        self.display = self

    def say(self, _text: str) -> None:
        """Lines are for people."""

    def warning(self, text: str) -> None:
        self.warnings.append(text)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    SAID.clear()
    REFUSED.clear()
    monkeypatch.setattr(_drains, "DRAINS", {"flag": Flag, "single": Single})
    loader = DataLoader()
    inventory = InventoryManager(loader, sources=["a,b,c,"])
    manager = VariableManager(loader, inventory)
    for host in "abc":
        inventory.get_host(host).set_variable("cluster", "east" if host != "c" else "west")
    action: Any = Action(Templar(loader, variables={}))
    drains = (Gate("flag", {"cluster": "{{ cluster }}"}), Gate("single"))
    hosts = tuple([PlannedHost(name, "update", "", wave=0) for name in "abc"])
    plan = FleetPlan("demo", (), Policy(drains=drains), hosts, (Wave("wave 1", ("a", "b", "c")),))
    store = open_store("demo", str(tmp_path))
    run = Run(RunName("demo", str(tmp_path), "plan-0", "run-1"), store, plan, store.journal("plan-0"), ())
    variables: Mapping[str, Any] = {"hostvars": HostVars(inventory, manager, loader)}
    with Watch() as watch:
        calls = Calls(action, {"at_once": 1, "fan_out": "never"}, variables, watch)
        yield action, run, Drains(action, calls, run, watch)


def test_a_flag_of_many_hosts_is_set_once_and_taken_away_with_the_last_of_them(world: Any) -> None:
    _action, run, drains = world
    assert drains.drain(0, ["a", "b", "c"]) == {}
    assert SAID == ["drain flag east", "drain flag west", "drain single a", "drain single b", "drain single c"]
    SAID.clear()
    drains.undrain(["a", "c"])
    assert SAID == ["undrain single a", "undrain single c", "undrain flag west"]
    assert set(drains.drained) == {"b"}
    SAID.clear()
    drains.undrain()
    assert SAID == ["undrain single b", "undrain flag east"]
    assert run.journal.progress.drained == {}


def test_who_failed_in_one_drain_is_spared_the_next_and_all_that_began_is_undone(world: Any) -> None:
    action, run, drains = world
    REFUSED.update({"drain flag west", "undrain single b"})
    assert drains.drain(0, ["a", "b", "c"]) == {"c": "drain flag: it will not"}
    assert "drain single c" not in SAID
    SAID.clear()
    drains.undrain()
    assert SAID == ["undrain single a", "undrain single b", "undrain flag east", "undrain flag west"]
    stuck = "b: still drained (undrain single: it will not); the next apply tries again, or undo it by hand."
    assert action.warnings == [stuck]
    assert [one.what for one in run.journal.progress.drained["b"]] == ["single"]
    REFUSED.clear()
    drains.undrain()
    assert run.journal.progress.drained == {}


def test_what_a_run_of_another_plan_left_is_undone(world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    action, run, drains = world
    monkeypatch.setattr(_drains, "DRAINS", DRAINS)
    to, told = Target("b" * 64, "2.0"), ("sh", "-c", 'echo "$1" >>"$0"', str(tmp_path / "told"))
    entry = Gate("command", {"drain": (*told, "drain"), "undrain": (*told, "undrain {{ cluster }}")})
    host = PlannedHost("a", "update", "", to, wave=0)
    plan = FleetPlan("demo", (to,), Policy(drains=(entry,)), (host,), (Wave("wave 1", ("a",)),))
    name = run.store.save_plan(plan).stem
    earlier = Run(replace(run.name, plan=name), run.store, plan, run.store.journal(name), ())
    assert Drains(action, drains._calls, earlier, drains._watch).drain(0, ["a"]) == {}
    undrain_earlier(action, drains._calls, run.store, run.name, drains._watch)
    assert (tmp_path / "told").read_text() == "drain\nundrain east\n"
    assert run.store.journal(name).progress.drained == {}
