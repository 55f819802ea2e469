"""The controller dies, or is told to stop, in the middle of a rollout; and two of them at once."""

from __future__ import annotations

import json
import os
import signal
import socket

import pytest

from tests.integration.fleet_helper import BASE, NEWER, Fleet, Running, sequence, until

pytestmark = pytest.mark.lab


@pytest.fixture(autouse=True)
def base(fleet: Fleet) -> None:
    fleet.at_base()


def keeper(fleet: Fleet) -> int | None:
    """The process that holds the fleet's lock."""
    path = fleet.documents / "lock" / "fleet.json"
    try:
        pid = int(json.loads(path.read_text())["pid"])
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    return pid


def all_is_over(fleet: Fleet) -> None:
    """Nothing of ours is left in the lab's network, no connection to any host is open, and the lock is free."""
    until("the end of all processes", lambda: not fleet.ours(), 3)
    established = fleet.lab.run(["ss", "-Htn", "state", "established", "dport", "=", ":22"])
    assert established.stdout.strip() == ""
    until("the end of the lock's keeper", lambda: keeper(fleet) is None, 3)


def finishes(fleet: Fleet, plan: str, boots: dict[str, int]) -> None:
    """The same plan goes on: every host runs the release after exactly one reboot."""
    done = fleet.play("apply", plan=plan)
    assert done.rc == 0, done.text
    assert fleet.versions() == dict.fromkeys(fleet.hosts, NEWER)
    assert fleet.boots() == {name: count + 1 for name, count in boots.items()}
    assert fleet.outcome == "done"


def slowed_down(fleet: Fleet) -> None:
    """A release takes long enough to be fetched that something can happen meanwhile."""
    fleet.lab.remote("slow", 60_000)


def test_killed_while_the_wave_stages(fleet: Fleet) -> None:
    plan = fleet.planned()
    boots = fleet.boots()
    slowed_down(fleet)
    running = fleet.start("apply", plan=str(plan))
    canary = fleet.when("host_intended")["host"]
    until("work on the host", lambda: "atomic" in fleet.lab.ssh(canary, "systemctl list-units --plain 'atomic*'"))
    running.kill()
    all_is_over(fleet)
    assert "host_staged" not in fleet.kinds()
    assert fleet.boots() == boots
    fleet.lab.remote("up")
    finishes(fleet, str(plan), boots)


def test_killed_while_the_wave_reboots(fleet: Fleet) -> None:
    plan = fleet.planned()
    canary, rest = fleet.waves(plan)[0][0], fleet.waves(plan)[1]
    boots = fleet.boots()
    running = fleet.start("apply", plan=str(plan))
    fleet.when("host_rebooting", rest[-1])
    until("a reboot", lambda: any(fleet.boots()[name] > boots[name] for name in rest))
    running.kill()
    all_is_over(fleet)
    assert fleet.outcome is None
    assert fleet.kinds(canary)[-1] == "host_verified"
    finishes(fleet, str(plan), boots)
    assert sequence(fleet.kinds(), "opened", "wave_finished", "opened", "wave_finished", "closed")
    # what was finished was not touched again
    second = max(event["seq"] for event in fleet.events("opened"))
    assert all(event["seq"] < second for event in fleet.events(host=canary))


def test_killed_while_the_wave_bakes(fleet: Fleet) -> None:
    plan = fleet.planned(bake_time=2)
    canary, boots = fleet.waves(plan)[0][0], fleet.boots()
    running = fleet.start("apply", plan=str(plan))
    fleet.when("host_verified", canary)
    until("baking", lambda: "baking for 2 s" in running.text)
    running.kill()
    all_is_over(fleet)
    finishes(fleet, str(plan), boots)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_told_to_stop_in_the_middle_of_a_wave(fleet: Fleet, number: signal.Signals) -> None:
    plan = fleet.planned()
    boots = fleet.boots()
    running = fleet.start("apply", plan=str(plan))
    fleet.when("host_rebooting")
    running.interrupt(number)
    assert running.end(10).rc != 0
    all_is_over(fleet)
    assert fleet.kinds()[-1] == "interrupted"
    finishes(fleet, str(plan), boots)


def test_killed_after_a_failure_still_owes_the_way_back(fleet: Fleet) -> None:
    fleet.lab.publish("3.0-unhealthy")
    plan = fleet.planned("3.0-unhealthy")
    canary, boots = fleet.waves(plan)[0][0], fleet.boots()
    running = fleet.start("apply", plan=str(plan))
    fleet.when("host_failed", canary)
    running.kill()
    all_is_over(fleet)
    done = fleet.play("apply", plan=str(plan))
    assert done.rc == 2
    assert f"{canary} went back" in done.sentence, done.text
    assert fleet.versions() == dict.fromkeys(fleet.hosts, BASE)
    assert fleet.boots() == {name: count + 2 * (name == canary) for name, count in boots.items()}


def test_second_apply_is_refused_and_the_first_undisturbed(fleet: Fleet) -> None:
    plan = fleet.planned()
    boots = fleet.boots()
    first = fleet.start("apply", plan=str(plan))
    fleet.when("host_intended")
    second = fleet.play("apply", plan=str(plan))
    holder = f"is being changed by root@{socket.gethostname()} (pid "
    assert second.refused(f"The fleet {fleet.lab.name} {holder}", "wait until that is done, or end it."), second.text
    assert fleet.play("apply", "--check", plan=str(plan)).rc == 0
    assert first.end().rc == 0
    assert fleet.versions() == dict.fromkeys(fleet.hosts, NEWER)
    assert fleet.boots() == {name: count + 1 for name, count in boots.items()}
    assert len(fleet.events("opened")) == 1


def test_lock_that_is_lost_stops_the_run(fleet: Fleet) -> None:
    plan = fleet.planned(bake_time=600)
    running = fleet.start("apply", plan=str(plan))
    fleet.when("host_verified")
    until("baking", lambda: "baking for" in running.text)
    pid = keeper(fleet)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    done = running.end(10)
    assert done.refused("the lock of the fleet was lost", "run apply again and it goes on."), done.text


def stopped_at_canary(fleet: Fleet) -> tuple[str, Running]:
    plan = fleet.planned(bake_time=1)
    running = fleet.start("apply", plan=str(plan))
    fleet.when("host_verified")
    running.kill()
    return str(plan), running


def test_journal_whose_last_line_was_torn(fleet: Fleet) -> None:
    boots = fleet.boots()
    plan = stopped_at_canary(fleet)[0]
    path = fleet.journal_path
    assert path is not None
    with path.open("ab") as journal:
        journal.write(b'{"seq": 99, "kind": "host_ver')
    finishes(fleet, plan, boots)
    assert path.read_bytes().endswith(b"}\n")
    assert b"host_ver\n" not in path.read_bytes()


def test_journal_that_was_changed(fleet: Fleet) -> None:
    plan = stopped_at_canary(fleet)[0]
    path = fleet.journal_path
    assert path is not None
    boots = fleet.boots()
    path.write_bytes(path.read_bytes().replace(b"host_verified", b"host_failed", 1))
    done = fleet.play("apply", plan=plan)
    assert done.refused(f"{path} line ", "the chain of the journal is broken here"), done.text
    assert fleet.boots() == boots
