"""What Ansible's own ways of choosing hosts (--limit, batches, inventories) do to a rollout, and may not do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.fleet_helper import BASE, NEWER, Fleet
from tests.integration.lab import REPOSITORY

pytestmark = pytest.mark.lab
BLANK = "web 1; touch /tmp/pwned"
HOSTILE = "web;touch$IFS/tmp/pwned;$(touch$IFS/tmp/pwned)`touch$IFS/tmp/pwned`'x'\"y\"<evil>&"


@pytest.fixture(autouse=True)
def base(fleet: Fleet) -> None:
    fleet.at_base()


def inventory(fleet: Fleet, path: Path, hosts: dict[str, dict[str, Any]]) -> list[str]:
    """Another inventory, in words for a command."""
    path.write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
    return ["-i", str(path)]


def test_limited_runs_keep_the_waves_and_a_full_one_does_the_rest(fleet: Fleet) -> None:
    plan = fleet.planned(waves=[2, 2])
    (canary,), second, third = fleet.waves(plan)
    boots = fleet.boots()
    first = fleet.play("apply", "--limit", f"{canary},{third[0]}", plan=str(plan))
    assert first.rc == 0, first.text
    assert "Done: 2 of 2 hosts run the target. 3 more of the plan were left out by --limit." in first.text
    wanted = {name: NEWER if name in (canary, third[0]) else BASE for name in fleet.hosts}
    assert fleet.versions() == wanted
    assert [event["wave"] for event in fleet.events("wave_begun")] == [0, 2]
    refused = fleet.play("apply", "--limit", second[0], plan=str(plan))
    assert refused.refused(f"--limit cuts off the canary {canary}", "allow_limited_canary=true"), refused.text
    allowed = fleet.play("apply", "--limit", second[0], plan=str(plan), allow_limited_canary=True)
    assert allowed.rc == 0, allowed.text
    assert fleet.versions() == {**wanted, second[0]: NEWER}
    done = fleet.play("apply", plan=str(plan))
    assert done.rc == 0, done.text
    assert fleet.versions() == dict.fromkeys(fleet.hosts, NEWER)
    assert fleet.boots() == {name: count + 1 for name, count in boots.items()}


def test_limit_that_matches_nothing_of_the_plan(fleet: Fleet, tmp_path: Path) -> None:
    plan = fleet.planned()
    boots = fleet.boots()
    other = inventory(fleet, tmp_path / "other.yml", {"stranger": {"ansible_host": "10.88.0.250"}})
    done = fleet.play("apply", *other, "--limit", "stranger", plan=str(plan), fleet=fleet.lab.name)
    assert done.rc == 0
    assert "Nothing to do: no host of this run is to be changed." in done.text
    assert fleet.boots() == boots


@pytest.mark.parametrize("serial", [[1], [1, 2], [5]])
def test_batch_that_is_no_wave_touches_nothing(fleet: Fleet, serial: list[int]) -> None:
    plan = fleet.planned()
    boots = fleet.boots()
    playbook = fleet.store / "changed.yml"
    plays = yaml.safe_load((REPOSITORY / "playbooks" / "apply.yml").read_text())
    plays[1]["serial"] = serial
    playbook.write_text(yaml.safe_dump(plays))
    done = fleet.play(str(playbook), plan=str(plan))
    assert done.refused("Ansible's batch (", "is not a wave of the plan", "nothing was touched"), done.text
    touched = {event["host"] for event in fleet.events("host_intended")}
    assert touched <= {fleet.waves(plan)[0][0]}
    assert {name for name in fleet.hosts if fleet.boots()[name] != boots[name]} == touched
    assert len(touched) == (serial != [5])


def test_other_hosts_of_the_inventory_are_told_and_left(fleet: Fleet, tmp_path: Path) -> None:
    more = inventory(
        fleet,
        tmp_path / "more.yml",
        {
            "localhost": {"ansible_connection": "local"},
            "printer": {"ansible_connection": "local"},
            "nowhere": {"ansible_host": "10.88.0.250"},
        },
    )
    name = fleet.lab.name
    status = fleet.play("status", *more, fleet=name)
    assert status.rc == 0, status.text
    path = fleet.store / "plan.json"
    # only the one that does not answer is away, not those that are none of ours
    policy = fleet.policy(canary=0, max_unavailable=6)
    planned = fleet.play("plan", *more, version=NEWER, plan=str(path), fleet=name, policy=policy)
    assert planned.rc == 0, planned.text
    assert "\nPlan: 5 to update, 3 to skip, 0 unchanged.\n" in planned.text
    assert "  - localhost, printer: is no ostree host\n" in planned.text
    assert "  - nowhere: unreachable: no host key is known for 10.88.0.250 in " in planned.text
    done = fleet.play("apply", *more, plan=str(path), fleet=name)
    assert done.rc == 0, done.text
    assert fleet.versions() == dict.fromkeys(fleet.hosts, NEWER)


def test_host_whose_name_would_do_harm_in_a_shell(fleet: Fleet, tmp_path: Path) -> None:
    host = fleet.lab.host(fleet.hosts[0])
    known = fleet.lab.directory / "known_hosts"
    settings = {
        "ansible_host": host["address"],
        "ansible_user": "root",
        "ansible_ssh_private_key_file": str(fleet.lab.directory / "id_ed25519"),
        "ansible_ssh_common_args": f"-o UserKnownHostsFile={known} -o StrictHostKeyChecking=yes",
    }
    path = tmp_path / "hostile.yml"
    command = fleet.command("upgrade", version=NEWER, policy=fleet.policy())
    command[command.index(str(fleet.inventory))] = str(path)
    boots = fleet.boots()
    inventory(fleet, path, {BLANK: settings})
    blank = fleet.run_command(command)
    assert blank.refused(f"The name of the host {BLANK!r} means something else to Ansible"), blank.text
    assert fleet.boots() == boots
    inventory(fleet, path, {HOSTILE: settings})
    done = fleet.run_command(command)
    assert done.rc == 0, done.text
    assert fleet.versions()[fleet.hosts[0]] == NEWER
    assert not Path("/tmp/pwned").exists()
    assert fleet.lab.ssh(fleet.hosts[0], "ls /tmp/pwned", check=False) == ""
    (html,) = fleet.store.rglob("*.html")
    assert "<evil>" not in html.read_text()
    assert "web;touch$IFS" in html.read_text()
