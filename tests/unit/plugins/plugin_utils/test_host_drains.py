"""The drains of one host without a journal, with services in memory: what is asked and said, and what is left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager

from ansible_collections.atomic.fleet.plugins.module_utils._errors import FleetError
from ansible_collections.atomic.fleet.plugins.module_utils._model.gate import Gate
from ansible_collections.atomic.fleet.plugins.plugin_utils import _drains, _host_drains
from ansible_collections.atomic.fleet.plugins.plugin_utils._calls import Calls
from ansible_collections.atomic.fleet.plugins.plugin_utils._host_drains import Drained, HostDrains
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.model import HOST, Patience, Served
from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.watch import Watch

SAID: list[str] = []
OUT: set[str] = set()
REFUSED: set[str] = set()


class Service:
    """It knows who is out of it."""

    scope: ClassVar[str] = HOST

    def drain(self, host: Served, _patience: Patience) -> None:
        self._say("drain", host)
        OUT.add(str(host.words["app"]))

    def undrain(self, host: Served, _patience: Patience) -> None:
        self._say("undrain", host)
        OUT.discard(str(host.words["app"]))

    def needs(self, do: str, host: Served, _patience: Patience) -> bool | None:
        if f"look {host.words['app']}" in REFUSED:
            raise FleetError("it is not there.")
        return (host.words["app"] in OUT) == (do == "undrain")

    def _say(self, what: str, host: Served) -> None:
        said = f"{what} {host.words['app']}"
        SAID.append(said)
        if said in REFUSED:
            raise FleetError("it will not.")


class Blind(Service):
    """It does not know."""

    def needs(self, do: str, host: Served, patience: Patience) -> bool | None:
        return None


class Action:
    def __init__(self, templar: Templar) -> None:
        self._templar = templar

    def say(self, _text: str) -> None:
        """Lines are for people."""


Make = Callable[..., HostDrains]
A, B, X = (Gate(kind, {"app": app}) for kind, app in (("service", "a"), ("service", "b"), ("blind", "x")))


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    for known in (SAID, OUT, REFUSED):
        known.clear()
    kinds = {"service": Service, "blind": Blind}
    monkeypatch.setattr(_drains, "DRAINS", kinds)
    monkeypatch.setattr(_host_drains, "DRAINS", kinds)
    loader = DataLoader()
    inventory = InventoryManager(loader, sources=["h1,"])
    variables = {"hostvars": HostVars(inventory, VariableManager(loader, inventory), loader)}
    action: Any = Action(Templar(loader, variables={}))
    with Watch() as watch:
        calls = Calls(action, {"at_once": 1, "fan_out": "never"}, variables, watch)
        yield lambda **more: HostDrains(calls, "h1", lambda: None, **more)


def test_there_and_back_and_nothing_twice(make: Make) -> None:
    there = make()
    assert there.drain([A, B]) == [Drained("service", True, True)] * 2
    assert there.drain([A, B]) == [Drained("service", False, False)] * 2
    assert there.undrain([A, B]) == [Drained("service", True, True)] * 2
    assert there.undrain([A, B]) == [Drained("service", False, False)] * 2
    assert SAID == ["drain a", "drain b", "undrain b", "undrain a"]


def test_what_nobody_can_tell_is_said_each_time_or_left_alone(make: Make) -> None:
    assert make().drain([X, A]) == [Drained("blind", None, True), Drained("service", True, True)]
    found = make(only_known=True).undrain([X, A])
    assert found == [Drained("service", True, True), Drained("blind", None, False)]
    assert make().undrain([X, A])[1] == Drained("blind", None, True)
    assert SAID == ["drain x", "drain a", "undrain a", "undrain x"]


def test_check_mode_asks_and_says_nothing(make: Make) -> None:
    OUT.add("b")
    found = make(check=True).drain([A, B, X])
    assert found == [Drained("service", True, True), Drained("service", False, False), Drained("blind", None, True)]
    assert SAID == []


def test_draining_ends_at_the_first_that_fails_and_undraining_does_not(make: Make) -> None:
    REFUSED.update({"drain a", "undrain b"})
    assert make().drain([A, B]) == [Drained("service", True, True, "it will not")]
    OUT.update("ab")
    assert make().undrain([A, B]) == [Drained("service", True, True, "it will not"), Drained("service", True, True)]
    assert SAID == ["drain a", "undrain b", "undrain a"]


def test_a_service_that_cannot_be_asked(make: Make) -> None:
    """Nobody is drained then; but bringing back is tried, unless it is only a look for what was left."""
    REFUSED.add("look a")
    assert make().drain([A]) == [Drained("service", None, False, "it is not there")]
    assert make(only_known=True).undrain([A]) == [Drained("service", None, False, "it is not there")]
    assert SAID == []
    assert make().undrain([A]) == [Drained("service", None, True)]


def test_arguments_are_rendered_already_and_are_no_templates(make: Make) -> None:
    make().drain([Gate("service", {"app": "{{ lookup('pipe', 'id') }}"})])
    assert SAID == ["drain {{ lookup('pipe', 'id') }}"]
