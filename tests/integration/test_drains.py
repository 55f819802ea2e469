"""Drains around a host's turn and gates that ask services, on real hosts: in order, and undone whatever happens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.fleet_helper import BASE, NEWER, Fleet, Running, until
from tests.integration.own_fleet import own_fleet

pytestmark = pytest.mark.lab
NAME = "drain"
SECRET = "seldom-said-aloud"
WEB = {"http": {"url": "http://{{ ansible_host }}/", "contains": "Lab OS", "timeout": 5}}
RECORDER = """#!/bin/sh
# tell VERB WHAT HOST: writes it down, and waits while there is a file named hold-VERB-WHAT-HOST
echo "$1 $2 $3" >>"{folder}/calls"
while [ -e "{folder}/hold-$1-$2-$3" ]; do sleep 0.1; done
[ ! -e "{folder}/refuse-$1-$2-$3" ]
"""


@dataclass
class DrainFleet(Fleet):
    """A fleet of three, and a program that writes down what it was told."""

    @property
    def teller(self) -> Path:
        return self.home / "teller"

    def build(self) -> None:
        self.lab.up({"blue": {"size": 2}, "green": {"size": 1}})
        (self.inventory / "group_vars").mkdir(parents=True, exist_ok=True)
        source = {"plugin": "atomic.fleet.terraform", "state": str(self.lab.state)}
        (self.inventory / "lab.fleet.yml").write_text(yaml.safe_dump(source))
        known = {"ansible_ssh_private_key_file": str(self.lab.directory / "id_ed25519"), "web_token": SECRET}
        (self.inventory / "group_vars" / "all.yml").write_text(yaml.safe_dump(known))

    def forget(self) -> None:
        self.teller.mkdir(exist_ok=True)
        for path in self.teller.iterdir():
            path.unlink()
        program = self.teller / "tell"
        program.write_text(RECORDER.format(folder=self.teller))
        program.chmod(0o755)

    def told(self, what: str) -> dict[str, Any]:
        """A drain that has the program write down what is done to which host."""
        words = [str(self.teller / "tell")]
        host = "{{ inventory_hostname }}"
        return {"drain": [*words, "drain", what, host], "undrain": [*words, "undrain", what, host]}

    def tasks(self) -> dict[str, Any]:
        """A drain made of tasks files beside the policy."""
        (self.store / "my").mkdir(parents=True)
        for word in ("drain", "undrain"):
            command = f"{self.teller / 'tell'} {word} mine {{{{ inventory_hostname }}}}"
            one = {"ansible.builtin.command": command, "delegate_to": "localhost", "changed_when": True}
            (self.store / "my" / f"{word}.yml").write_text(yaml.safe_dump([one]))
        return {"tasks": {"drain": "my/drain.yml", "undrain": "my/undrain.yml"}}

    def calls(self, host: str) -> list[str]:
        path = self.teller / "calls"
        lines = path.read_text().splitlines() if path.exists() else []
        return [line.rpartition(" ")[0] for line in lines if line.endswith(f" {host}")]

    def hold(self, *words: str) -> Path:
        path = self.teller / "-".join(("hold", *words))
        path.touch()
        return path

    def left_drained(self, host: str) -> list[str]:
        """By the files of the drain that runs on the hosts."""
        return self.lab.ssh(host, "ls /var/lib | grep ^out-of-service || true").split()


ON_HOST = {
    "on": "host",
    "drain": ["touch", "/var/lib/out-of-service-{{ inventory_hostname }}"],
    "undrain": ["rm", "-f", "/var/lib/out-of-service-{{ inventory_hostname }}"],
}
AROUND = ["drain one", "drain two", "undrain two", "undrain one"]


@pytest.fixture(scope="module")
def drain_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DrainFleet]:
    with own_fleet(DrainFleet, NAME, tmp_path_factory.mktemp(NAME)) as fleet:
        yield fleet


@pytest.fixture
def fleet(drain_lab: DrainFleet, tmp_path: Path) -> DrainFleet:
    drain_lab.store = tmp_path / "store"
    drain_lab.forget()
    drain_lab.at_base()
    return drain_lab


def policy(fleet: DrainFleet, *more: dict[str, Any], **keys: Any) -> dict[str, Any]:
    return {"drains": [{"command": fleet.told("one")}, {"command": fleet.told("two")}, *more], **keys}


def test_drained_in_order_and_back_in_reverse_when_services_answer(fleet: DrainFleet) -> None:
    web = {"http": {**WEB["http"], "contains": f"Lab OS {NEWER}", "headers": {"Authorization": "{{ web_token }}"}}}
    tcp = {"tcp": {"port": 80}}
    mine = {"tasks": {"file": "my/gate.yml"}}
    more = (fleet.tasks(), {"command": ON_HOST})
    looks = [{"ansible.builtin.raw": f"grep -qx {NEWER} /usr/share/lab/version", "changed_when": False}]
    (fleet.store / "my" / "gate.yml").write_text(yaml.safe_dump(looks))
    plan = fleet.planned(**policy(fleet, *more, gates=["deployment", web, tcp, mine], bake_time=1))
    boots = fleet.boots()
    done = fleet.play("apply", plan=str(plan))
    assert done.rc == 0, done.text
    assert fleet.versions() == dict.fromkeys(fleet.hosts, NEWER)
    around = [*AROUND[:2], "drain mine", "undrain mine", *AROUND[2:]]
    assert {name: fleet.calls(name) for name in fleet.hosts} == dict.fromkeys(fleet.hosts, around)
    assert [fleet.left_drained(name) for name in fleet.hosts] == [[], [], []]
    for name in fleet.hosts:
        drained = ["host_draining", "host_drained"] * 4
        assert fleet.kinds(name) == [
            *("host_intended", "host_staged", *drained, "host_rebooting", "host_verified"),
            *["host_undrained"] * 4,
        ]
    assert all(SECRET.encode() not in content for content in fleet.files().values())
    assert SECRET not in done.text
    # nothing is drained where nothing is done
    assert fleet.play("apply", plan=str(plan)).rc == 0
    assert fleet.boots() == {name: count + 1 for name, count in boots.items()}
    assert fleet.calls(fleet.hosts[0]) == around


def test_canary_whose_service_does_not_answer_goes_back_and_serves_again(fleet: DrainFleet) -> None:
    wrong = {"http": {**WEB["http"], "contains": "Lab OS 9.9", "timeout": 1}}
    plan = fleet.planned(**policy(fleet, {"command": ON_HOST}, gates=["deployment", wrong]))
    canary = fleet.waves(plan)[0][0]
    address = fleet.lab.host(canary)["address"]
    done = fleet.play("apply", plan=str(plan))
    why = f"{canary} failed (http: http://{address}/ answers without the text that it is to contain)"
    assert done.refused("The canary did not come out well", why, f"{canary} went back"), done.text
    assert fleet.versions() == dict.fromkeys(fleet.hosts, BASE)
    assert fleet.calls(canary) == AROUND
    assert fleet.left_drained(canary) == []
    # it served nobody until it was what it had been
    assert fleet.kinds(canary)[-4:] == ["host_went_back", *["host_undrained"] * 3]


def test_killed_while_a_host_is_drained(fleet: DrainFleet) -> None:
    plan = fleet.planned(**policy(fleet, gates=["deployment", WEB]))
    canary, boots = fleet.waves(plan)[0][0], fleet.boots()
    held = fleet.hold("drain", "two", canary)
    running = fleet.start("apply", plan=str(plan))
    until("the second drain", lambda: fleet.calls(canary)[1:] or None)
    running.kill()
    until("the end of all processes", lambda: not fleet.ours(), 20)
    held.unlink()
    assert fleet.boots() == boots
    done = fleet.play("apply", plan=str(plan))
    assert done.rc == 0, done.text
    assert fleet.versions() == dict.fromkeys(fleet.hosts, NEWER)
    assert fleet.calls(canary) == ["drain one", "drain two", "undrain two", "undrain one", *AROUND]
    assert [fleet.calls(name) for name in fleet.hosts if name != canary] == [AROUND, AROUND]


def test_drain_that_hangs_and_one_that_refuses_fail_the_host_without_a_reboot(fleet: DrainFleet) -> None:
    one, two = {"command": {**fleet.told("one"), "timeout": 1}}, {"command": fleet.told("two")}
    missing = {"command": {**fleet.told("{{ rack }}"), "drain": ["true"]}}
    plan = fleet.planned(canary=0, failure_budget="100%", on_failure="halt", drains=[one, two, missing])
    hangs, refuses, lacks = fleet.waves(plan)[0]
    fleet.hold("drain", "one", hangs)
    (fleet.teller / f"refuse-drain-two-{refuses}").touch()
    boots = fleet.boots()
    done = fleet.play("apply", plan=str(plan))
    assert done.rc == 2, done.text
    assert fleet.boots() == boots
    reasons = {event["host"]: event["data"]["reason"] for event in fleet.events("host_failed")}
    assert reasons == {
        hangs: "drain command: the command tell was not done within 1 s",
        refuses: "drain command: the command tell ended with 1; run it by hand to see what it says",
        lacks: "drains[2].command.undrain[2] of the policy needs what the host lacks ('rack' is undefined)",
    }
    assert fleet.calls(hangs) == ["drain one", "undrain one"]
    assert [fleet.calls(name) for name in (refuses, lacks)] == [AROUND, AROUND]


def unreachable(fleet: DrainFleet, host: str, running: Running) -> None:
    fleet.when("host_rebooting", host)
    fleet.lab.cut(host)
    assert running.end().rc == 2, running.text


def test_host_that_is_lost_while_drained_is_undrained_as_soon_as_can_be(fleet: DrainFleet) -> None:
    keys = {"gates": ["deployment", WEB], "on_failure": "halt", "boot_timeout": 10}
    plan = fleet.planned(**policy(fleet, {"command": ON_HOST}, **keys))
    canary = fleet.waves(plan)[0][0]
    running = fleet.start("apply", plan=str(plan))
    unreachable(fleet, canary, running)
    # services are told at once, the host itself when it is there again
    assert fleet.calls(canary) == AROUND
    assert f"{canary}: still drained (undrain command: " in " ".join(running.text.split())
    fleet.lab.restore(canary)
    until("the host", lambda: fleet.versions()[canary] != "?")
    assert fleet.left_drained(canary) == [f"out-of-service-{canary}"]
    # whatever plan comes next: what is left of an earlier one is undone first
    undrained = fleet.journal_path
    assert undrained is not None
    assert fleet.play("apply", plan=str(fleet.planned(gates=["deployment"]))).rc == 0
    assert fleet.left_drained(canary) == []
    places = [
        json.loads(line)["data"]["drain"] for line in undrained.read_text().splitlines() if '"host_undrained"' in line
    ]
    assert places == [1, 0, 2]
