"""The roles in plays of one's own, on real hosts behind a real HAProxy: done, done already, taken back, lost."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.fleet_helper import BASE, NEWER, UNHEALTHY, Played, until
from tests.integration.own_fleet import own_fleet
from tests.integration.test_drains import DrainFleet
from tests.integration.test_extension import UNIT, layered, wish
from tests.integration.test_lab_balancer import Balancer

pytestmark = pytest.mark.lab
NAME = "roles"
ONE, TWO, THREE = (f"{NAME}-blue-{number}" for number in (1, 2, 3))
RECAP = re.compile(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.M)
WEB = {"http": {"url": "http://{{ ansible_host }}/", "contains": "Lab OS", "timeout": 5}}
GATES = ["deployment", "failed_units", "greenboot", WEB, {"traffic": {"timeout": 20}}]


class RolesFleet(DrainFleet):
    """Three hosts that serve, and plays that use a role on them."""

    def build(self) -> None:
        super().build()
        self.balancer = Balancer(self.lab)

    @property
    def drains(self) -> list[dict[str, Any]]:
        """The balancer, and a program that writes down when."""
        return [{"command": self.told("one")}, {"traffic": {"timeout": 12}}]

    def role(self, role: str, hosts: str, *words: str, play: dict[str, Any] | None = None, **given: Any) -> Played:
        """A role in a play of one's own; its variables without its name in front."""
        name, _dot, tasks = role.partition(".")
        called = {"name": f"atomic.fleet.{name}", **({"tasks_from": tasks} if tasks else {})}
        variables = {f"{name}_{key}": value for key, value in given.items()}
        one = {"hosts": hosts, "gather_facts": False, "vars": variables, **(play or {})}
        return self.written([{**one, "tasks": [{"ansible.builtin.include_role": called}]}], *words)

    def written(self, plays: Sequence[dict[str, Any]], *words: str) -> Played:
        self.store.mkdir(parents=True, exist_ok=True)
        path = self.store / "play.yml"
        path.write_text(yaml.safe_dump(list(plays), sort_keys=False))
        return self.play(str(path), *words)

    def serving(self) -> dict[str, str]:
        """Every host as HAProxy sees it."""
        return {name: row["status"] for name, row in self.balancer.servers().items()}


def recap(done: Played) -> dict[str, tuple[int, int, int]]:
    """Changed, unreachable and failed tasks of every host."""
    return {name: (int(one), int(two), int(three)) for name, one, two, three in RECAP.findall(done.text)}


@pytest.fixture(scope="module")
def roles_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RolesFleet]:
    with own_fleet(RolesFleet, NAME, tmp_path_factory.mktemp(NAME)) as fleet:
        fleet.build()
        fleet.lab.publish(NEWER)
        fleet.lab.publish(UNHEALTHY)
        yield fleet


@pytest.fixture
def fleet(roles_lab: RolesFleet, tmp_path: Path) -> RolesFleet:
    roles_lab.store = tmp_path / "store"
    roles_lab.forget()
    until("all to serve", lambda: set(roles_lab.serving().values()) == {"UP"})
    return roles_lab


def test_hosts_come_to_their_target_batch_by_batch_and_stay_there(fleet: RolesFleet) -> None:
    given = {"version": NEWER, "gates": GATES, "drains": fleet.drains}
    play = {"serial": [1, 2], "max_fail_percentage": 0}
    boots = fleet.boots()
    foretold = fleet.role("host", "all", "--check", "--diff", **given)
    assert foretold.rc == 0, foretold.text
    assert {changed for changed, _lost, _failed in recap(foretold).values()} == {2}, foretold.text
    assert all(words in foretold.text for words in ("-traffic: undrained", "+traffic: drained", f"+booted: {NEWER}"))
    assert (fleet.boots(), fleet.calls(ONE)) == (boots, [])
    done = fleet.role("host", "all", play=play, **given)
    assert done.rc == 0, done.text
    assert fleet.versions() == dict.fromkeys(fleet.hosts, NEWER)
    assert {name: fleet.calls(name) for name in fleet.hosts} == dict.fromkeys(fleet.hosts, ["drain one", "undrain one"])
    assert set(fleet.serving().values()) == {"UP"}
    again = fleet.role("host", "all", play=play, **given)
    assert recap(again) == dict.fromkeys(fleet.hosts, (0, 0, 0)), again.text
    assert fleet.boots() == {name: count + 1 for name, count in boots.items()}


def test_host_that_was_left_out_of_service_serves_again(fleet: RolesFleet) -> None:
    fleet.balancer.run(f"set server web/{ONE} state maint")
    done = fleet.role("host", ONE, version=fleet.versions()[ONE], gates=GATES, drains=fleet.drains)
    assert recap(done) == {ONE: (1, 0, 0)}, done.text
    assert (fleet.serving()[ONE], fleet.calls(ONE)) == ("UP", [])
