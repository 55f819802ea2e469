"""The roles in plays of one's own, on real hosts behind a real HAProxy: done, done already, taken back, lost."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.fleet_helper import NEWER, NEWEST, UNHEALTHY, Played, until
from tests.integration.own_fleet import own_fleet
from tests.integration.test_drains import DrainFleet
from tests.integration.test_extension import UNIT, layered, wish
from tests.integration.test_lab_balancer import Balancer

pytestmark = pytest.mark.lab
NAME = "roles"
ONE, TWO, THREE = (f"{NAME}-{host}" for host in ("blue-1", "blue-2", "green-1"))
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
        variables = {f"{role.partition('.')[0]}_{key}": value for key, value in given.items()}
        return self.play(str(self.playbook(role, hosts, variables, play)), *words)

    def playbook(self, role: str, hosts: str, variables: dict[str, Any], play: dict[str, Any] | None = None) -> Path:
        name, _dot, tasks = role.partition(".")
        called = {"name": f"atomic.fleet.{name}", **({"tasks_from": tasks} if tasks else {})}
        one = {"hosts": hosts, "gather_facts": False, "vars": variables, **(play or {})}
        return self.written([{**one, "tasks": [{"ansible.builtin.include_role": called}]}])

    def written(self, plays: Sequence[dict[str, Any]]) -> Path:
        self.store.mkdir(parents=True, exist_ok=True)
        path = self.store / "play.yml"
        path.write_text(yaml.safe_dump(list(plays), sort_keys=False))
        return path

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
        fleet.lab.publish(NEWEST)
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
    assert [fleet.calls(name) for name in fleet.hosts] == [["drain one", "undrain one"]] * 3
    assert set(fleet.serving().values()) == {"UP"}
    again = fleet.role("host", "all", play=play, **given)
    assert recap(again) == dict.fromkeys(fleet.hosts, (0, 0, 0)), again.text
    assert fleet.boots() == {name: count + 1 for name, count in boots.items()}


def test_host_that_was_left_out_of_service_serves_again(fleet: RolesFleet) -> None:
    fleet.balancer.run(f"set server web/{ONE} state maint")
    done = fleet.role("host", ONE, version=fleet.versions()[ONE], gates=GATES, drains=fleet.drains)
    assert recap(done) == {ONE: (1, 0, 0)}, done.text
    assert (fleet.serving()[ONE], fleet.calls(ONE)) == ("UP", [])
    # ill where nothing was done: nothing is taken back, and no other batch begins
    wrong = {"http": {**WEB["http"], "contains": "Lab OS 9.9", "timeout": 1}}
    play = {"serial": 1, "max_fail_percentage": 0}
    ill = fleet.role("host", "all", play=play, version=fleet.versions()[ONE], gates=[wrong], drains=fleet.drains)
    assert (ill.rc, recap(ill), fleet.calls(ONE)) == (2, {ONE: (0, 0, 1)}, []), ill.text


def test_who_fails_is_back_in_service_and_runs_what_ran_before(fleet: RolesFleet) -> None:
    """At once: one that does not pass a gate, one that comes up ill, and one that is lost while it is drained."""
    wrong = {"http": {**WEB["http"], "contains": "Lab OS 9.9", "timeout": 1}}
    cases = {
        ONE: {"version": NEWEST, "gates": ["deployment", wrong]},
        TWO: {"version": UNHEALTHY, "gates": GATES},
        THREE: {"version": NEWEST, "gates": GATES},
    }
    variables = {f"host_{key}": f"{{{{ cases[inventory_hostname].{key} }}}}" for key in ("version", "gates")}
    variables.update(cases=cases, host_drains=fleet.drains)
    was, boots, held = fleet.versions(), fleet.boots(), fleet.hold("drain", "one", THREE)
    running = fleet.start(str(fleet.playbook("host", "all", variables, {"any_errors_fatal": True})))
    until("its drain", lambda: fleet.calls(THREE) or None)
    fleet.lab.cut(THREE)
    held.unlink()
    done = running.end()
    fleet.lab.restore(THREE)
    assert done.rc == 2, done.text
    assert recap(done).keys() == set(fleet.hosts)
    said = " ".join(done.text.split())
    assert f"{ONE} does not pass its gates (http: http://{fleet.lab.host(ONE)['address']}/ answers without" in said
    assert f"; it runs {was[ONE]} again, which does not pass them either (http: " in said
    assert f"{TWO}: {UNHEALTHY} came up unhealthy (" in said
    assert f"; it runs {was[TWO]} again, and boots it next." in said
    assert f"{THREE}: cannot be reached" in said
    assert "check did not pass for" in said
    assert [fleet.calls(name) for name in fleet.hosts] == [["drain one", "undrain one"]] * 3
    until("all to serve", lambda: set(fleet.serving().values()) == {"UP"})
    assert fleet.versions() == was
    assert fleet.boots() == {ONE: boots[ONE] + 2, TWO: boots[TWO] + 2, THREE: boots[THREE]}


def test_extensions_are_layered_out_of_service_and_a_broken_one_is_taken_back(fleet: RolesFleet) -> None:
    given = {"gates": ["failed_units", WEB, {"traffic": {"timeout": 20}}], "drains": fleet.drains}
    good = {**given, "extensions": [wish(fleet.lab, "1.0")]}
    foretold = fleet.role("layer", ONE, "--check", **good)
    assert (foretold.rc, layered(fleet.lab, ONE), fleet.calls(ONE)) == (0, foretold_nothing(fleet), []), foretold.text
    done = fleet.role("layer", ONE, **good)
    assert done.rc == 0, done.text
    assert layered(fleet.lab, ONE).split() == ["lab-tools", "1.0", "active"]
    assert fleet.calls(ONE) == ["drain one", "undrain one"]
    assert recap(fleet.role("layer", ONE, **good)) == {ONE: (0, 0, 0)}
    wrong = {"http": {**WEB["http"], "contains": "Lab OS 9.9", "timeout": 1}}
    bad = fleet.role("layer", ONE, **{**given, "gates": [wrong], "extensions": [wish(fleet.lab, "1.1")]})
    assert bad.rc == 2, bad.text
    assert "what was layered before is there again." in " ".join(bad.text.split())
    assert layered(fleet.lab, ONE).split() == ["lab-tools", "1.0", "active"]
    assert fleet.calls(ONE) == ["drain one", "undrain one"] * 2
    gone = {"name": "lab-tools", "state": "absent", "units": [UNIT]}
    assert fleet.role("layer", ONE, **{**given, "extensions": [gone]}).rc == 0
    assert set(fleet.serving().values()) == {"UP"}


def foretold_nothing(fleet: RolesFleet) -> str:
    """What a host says that has no extension."""
    return layered(fleet.lab, TWO)


def test_drain_and_gate_alone_and_in_tasks_files_of_a_policy(fleet: RolesFleet) -> None:
    def role(name: str, tasks: str, **given: Any) -> dict[str, Any]:
        called = {"name": f"atomic.fleet.{name}", "tasks_from": tasks}
        return {"ansible.builtin.include_role": called, "vars": {f"{name}_{key}": one for key, one in given.items()}}

    out, into = role("drain", "drain", kinds=fleet.drains), role("drain", "undrain", kinds=fleet.drains)
    passes = role("gate", "main", checks=["greenboot", {"traffic": {"timeout": 2}}])
    play = {"hosts": ONE, "gather_facts": False}
    # out of service, the balancer does not find it well
    done = fleet.play(str(fleet.written([{**play, "tasks": [out, passes]}])))
    assert done.refused(f"{ONE} does not pass its gates (traffic: web says: MAINT"), done.text
    assert fleet.serving()[ONE].startswith("MAINT")
    (web,) = fleet.lab.fleet["traffic"]
    known = [*fleet.drains[1:], {"haproxy": {"socket": web["settings"]["socket"], "backend": "web"}}]
    again = fleet.play(str(fleet.written([{**play, "tasks": [role("drain", "main", kinds=known)]}])))
    assert recap(again) == {ONE: (0, 0, 0)}, again.text
    done = fleet.play(str(fleet.written([{**play, "tasks": [into, passes]}])))
    assert done.rc == 0, done.text
    assert fleet.calls(ONE) == ["drain one", "undrain one"]
    # one that cannot be drained is brought back from what it was taken out of before
    stubborn = {"command": {**fleet.told("two"), "drain": ["false"]}}
    done = fleet.play(str(fleet.written([{**play, "tasks": [role("drain", "main", kinds=[*fleet.drains, stubborn])]}])))
    assert done.rc == 2, done.text
    assert f"{ONE}: not drained (drain command: the command false ended with 1" in " ".join(done.text.split())
    assert fleet.calls(ONE)[2:] == ["drain one", "undrain two", "undrain one"]
    assert fleet.serving()[ONE] == "UP"
    # the roles are what tasks files of a policy are made of
    (fleet.store / "my").mkdir(parents=True)
    for word, tasks in {"drain": [out], "undrain": [into], "gate": [passes]}.items():
        (fleet.store / "my" / f"{word}.yml").write_text(yaml.safe_dump(tasks))
    before = fleet.versions()
    mine = {"tasks": {"drain": "my/drain.yml", "undrain": "my/undrain.yml", "timeout": 60}}
    gate = role("gate", "main", checks=["greenboot", WEB])
    (fleet.store / "my" / "gate.yml").write_text(yaml.safe_dump([gate]))
    limit = ("--limit", ONE)
    version = NEWEST if before[ONE] != NEWEST else NEWER
    plan = fleet.planned(version, *limit, drains=[mine], gates=["deployment", {"tasks": {"file": "my/gate.yml"}}])
    done = fleet.play("apply", *limit, plan=str(plan))
    assert done.rc == 0, done.text
    assert fleet.versions() == {**before, ONE: version}
    assert fleet.calls(ONE)[5:] == ["drain one", "undrain one"]
    assert fleet.serving()[ONE] == "UP"
