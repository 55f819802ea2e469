"""The host verbs on real ostree hosts without Python, through ansible-playbook: what they do, and what they refuse."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.lab import Lab, lacking
from tests.integration.verbs_helper import Task, Verbs, until

pytestmark = pytest.mark.lab
REFSPEC = "lab:lab/x86_64/stable"
NAME = "verbs"


@pytest.fixture(scope="module")
def verbs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Verbs]:
    why = lacking()
    if why:
        pytest.skip(why)
    lab = Lab(NAME, Path("/var/tmp/atomic-fleet-tests") / NAME)
    lab.down()
    made = Verbs(lab, tmp_path_factory.mktemp("verbs"))
    try:
        lab.up({"blue": {"size": 3}})
        lab.publish("5.0")
        made.prepare()
        yield made
    finally:
        made.end()
        lab.down()


ONE, TWO, THREE = (f"{NAME}-blue-{number}" for number in (1, 2, 3))


def test_one_look_tells_all(verbs: Verbs) -> None:
    look = {"atomic.fleet.deployment_info": {}}
    python = {"ansible.builtin.raw": "command -v python3 python", "ignore_errors": True}
    seen = verbs.play("all", [look, python])
    for result in seen[:3]:
        host = result["host"]
        assert host["booted"]["version"] == host["next_boot"]["version"] == "1.0"
        assert host["booted"]["refspec"] == REFSPEC
        assert host["backend"] == "ostree"
        assert host["tool_version"] == "2022.7"
        assert host["health"] == {"system": "running", "failed_units": [], "greenboot": "green"}
        assert (result["changed"], result["reboot_required"]) == (False, False)
    assert [result["rc"] for result in seen[3:]] == [1, 1, 1]
    assert len({result["host"]["boot_id"] for result in seen[:3]}) == 3


def test_a_terminal_in_between_does_no_harm(verbs: Verbs) -> None:
    """With become Ansible asks for a terminal, which turns line ends and mixes errors into the output."""
    task = {"atomic.fleet.deployment_info": {}, "become": True, "become_method": "ansible.builtin.su"}
    (result,) = verbs.many(ONE, task)
    assert result["kind"] == "ok", result["msg"]
    assert "root" in result["host"]["capabilities"]


def test_check_run_again_boot_again(verbs: Verbs) -> None:
    verbs.settle(ONE, "1.0")
    # a host's first look keeps what its ostree can do
    verbs.one(ONE, "deployment_info")
    before = verbs.all_of(ONE)
    wish = {"version": "2.0"}
    foretold = verbs.one(ONE, "deployment", wish, "--check", "--diff")
    assert verbs.all_of(ONE) == before
    assert foretold["changed"]
    assert [step["verb"] for step in foretold["steps"]] == ["pull", "keep_origin", "stage", "arm"]
    done = verbs.one(ONE, "deployment", wish, "--diff")
    assert done["changed"]
    # which packages it brings is known only when it is there
    assert {**done["diff"], "prepared": ""} == {**foretold["diff"], "prepared": ""}
    assert done["steps"] == foretold["steps"]
    assert done["before"]["next_boot"]["version"] == "1.0"
    assert done["after"]["staged"]["checksum"] == done["target"]["checksum"] == verbs.lab.versions()["2.0"]
    assert done["reboot_required"]
    assert verbs.status(ONE) == ["staged 2.0", "* 1.0"]

    again = verbs.one(ONE, "deployment", wish, "--diff")
    assert (again["changed"], again["steps"], again["reboot_required"]) == (False, [], True)
    assert again["diff"]["before"] == again["diff"]["after"]

    boot_id = verbs.lab.boot_id(ONE)
    foretold = verbs.one(ONE, "boot", {}, "--check", "--diff")
    assert verbs.lab.boot_id(ONE) == boot_id
    verbs.lab.ssh(ONE, "echo kept > /etc/kept")
    booted = verbs.one(ONE, "boot", {}, "--diff")
    assert booted["verdict"] == {"kind": "well", "reason": "2.0 came up"}
    assert booted["changed"]
    assert booted["diff"] == foretold["diff"]
    assert (booted["rolled_back"], booted["reboot_required"]) == (False, False)
    assert booted["before"]["boot_id"] == boot_id != verbs.lab.boot_id(ONE)
    assert verbs.status(ONE) == ["* 2.0", "1.0"]
    assert verbs.lab.ssh(ONE, "cat /etc/kept") == "kept\n"
    again = verbs.one(ONE, "boot")
    assert (again["changed"], again["steps"]) == (False, [])

    back = verbs.one(ONE, "deployment", {"target": "previous", "state": "booted"})
    assert back["kind"] == "ok"
    assert back["after"]["booted"]["version"] == "1.0"
    assert back["after"]["booted"]["refspec"] == REFSPEC
    # 2022.7 cannot set its default: the way back is staged anew, with the /etc of what ran
    assert verbs.lab.ssh(ONE, "cat /etc/kept") == "kept\n"
    assert verbs.lab.ssh(ONE, "ls /run/atomic-fleet/units 2>/dev/null || true") == ""


def test_what_is_staged_can_be_taken_back(verbs: Verbs) -> None:
    verbs.settle(ONE, "1.0")
    held = verbs.one(ONE, "deployment", {"target": "latest", "lock": True})
    assert (held["after"]["staged"]["version"], held["after"]["staged"]["locked"]) == ("5.0", True)
    assert not held["reboot_required"]
    undone = verbs.one(ONE, "deployment", {"version": "1.0"})
    # the lock of this ostree outlives what it held, and would hold back whatever is staged next
    assert [step["verb"] for step in undone["steps"]] == ["undeploy", "unlock"]
    assert verbs.status(ONE) == ["* 1.0"]


def test_what_is_locked_is_booted_by_the_verb_alone(verbs: Verbs) -> None:
    verbs.settle(TWO, "1.0")
    assert verbs.one(TWO, "deployment", {"version": "2.0", "lock": True})["changed"]
    assert not verbs.one(TWO, "deployment", {"version": "2.0", "lock": True})["changed"]
    booted = verbs.one(TWO, "boot")
    assert [step["verb"] for step in booted["steps"]] == ["unlock", "arm", "reboot"]
    assert verbs.status(TWO) == ["* 2.0", "1.0"]


REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    ({"version": "9.9"}, ["has no version '9.9'", "5.0", "4.0-dead", "3.0-unhealthy", "2.0", "1.0"]),
    ({"version": 'x\'; $(touch /tmp/owned) "`touch /tmp/owned`"'}, ["has no version"]),
    ({"checksum": "a" * 64}, ["cannot get commit aaaaaaaaaaaa", "404", "5.0"]),
    ({"target": "latest", "ref": "lab/x86_64/unsigned"}, ["no signatures found"]),
    ({"target": "latest", "ref": "lab/x86_64/foreign"}, ["public key not found"]),
    ({"target": "latest", "ref": "no/such"}, ["no/such"]),
    ({"target": "latest", "remote": "nowhere"}, ["nowhere"]),
    ({"target": "previous"}, ["no deployment to go back to"]),
    ({"target": "latest", "ref": "a; $(touch /tmp/owned) '\""}, ["a ref is parts of letters"]),
    ({"target": "latest", "remote": "x\ny"}, ["a remote's name is"]),
    ({"version": "1\n2"}, ["one line"]),
    ({"version": "2.0", "target": "latest"}, ["mutually exclusive"]),
    ({"version": "2.0", "lock": True, "state": "booted"}, ["lock"]),
]


def test_what_cannot_be_is_refused_before_anything_is_done(verbs: Verbs) -> None:
    verbs.settle(THREE, "1.0")
    before = verbs.all_of(THREE)
    results = verbs.many(THREE, *({"atomic.fleet.deployment": wish} for wish, _words in REFUSED))
    assert len(results) == len(REFUSED)
    for result, (wish, words) in zip(results, REFUSED, strict=True):
        assert (result["kind"], result["changed"]) == ("failed", False), wish
        assert all(word in result["msg"] for word in words), result["msg"]
        assert "\n" not in result["msg"]
    assert verbs.all_of(THREE) == before
    assert verbs.lab.ssh(THREE, "ls -d /tmp/owned || true") == ""


def test_a_remote_that_goes_down_half_way(verbs: Verbs) -> None:
    verbs.settle(THREE, "1.0")
    verbs.lab.remote("cut", 500_000)
    try:
        result = verbs.one(THREE, "deployment", {"version": "2.0"})
    finally:
        verbs.lab.remote("up")
    assert result["kind"] == "failed"
    assert result["msg"].startswith(f"{THREE}: stage failed: error: ")
    assert verbs.status(THREE) == ["* 1.0"]
    assert "\n" not in result["msg"]
    again = verbs.one(THREE, "deployment", {"version": "2.0"})
    assert (again["kind"], verbs.status(THREE)) == ("ok", ["staged 2.0", "* 1.0"])


def test_a_remote_that_is_down(verbs: Verbs) -> None:
    verbs.settle(THREE, "1.0")
    verbs.lab.remote("down")
    try:
        assert verbs.one(THREE, "deployment", {"target": "latest"})["kind"] == "failed"
        # what is on disk needs no remote
        assert not verbs.one(THREE, "deployment", {"version": "1.0"})["changed"]
    finally:
        verbs.lab.remote("up")


def test_a_disk_that_is_full(verbs: Verbs) -> None:
    verbs.settle(THREE, "1.0")
    verbs.lab.disk(THREE, "full")
    try:
        result = verbs.one(THREE, "deployment", {"version": "5.0"})
    finally:
        verbs.lab.disk(THREE, "free")
    assert result["kind"] == "failed"
    assert re.search(r"would be exceeded|[Nn]o space left", result["msg"])
    assert verbs.status(THREE) == ["* 1.0"]
    after = verbs.one(THREE, "deployment", {"version": "5.0"})
    assert after["kind"] == "ok", after


def test_a_host_that_is_gone_before_anything_is_done(verbs: Verbs) -> None:
    verbs.settle(THREE, "1.0")
    verbs.lab.cut(THREE)
    try:
        result = verbs.one(THREE, "boot")
    finally:
        verbs.lab.restore(THREE)
    assert result["kind"] == "unreachable"
    assert f"{THREE}: cannot be reached" in result["msg"]


def test_a_host_that_does_not_come_back_and_then_does(verbs: Verbs) -> None:
    verbs.settle(TWO, "1.0")
    boot_id = verbs.lab.boot_id(TWO)
    verbs.lab.boot_delay(12, TWO)
    try:
        wish = {"version": "2.0", "state": "booted", "boot_timeout": 5}
        result = verbs.one(TWO, "deployment", wish)
    finally:
        verbs.lab.boot_delay(0, TWO)
    assert (result["kind"], result["changed"]) == ("failed", True)
    assert f"{TWO}: did not come back within 5 s" in result["msg"]
    new = verbs.lab.wait(TWO, other_than=boot_id)
    again = verbs.one(TWO, "deployment", wish)
    assert (again["kind"], again["changed"], verbs.lab.boot_id(TWO)) == ("ok", False, new)


def test_an_unhealthy_release_is_undone(verbs: Verbs) -> None:
    verbs.settle(ONE, "1.0")
    result = verbs.one(ONE, "deployment", {"version": "3.0-unhealthy", "state": "booted"})
    assert (result["kind"], result["rolled_back"]) == ("failed", True)
    assert result["verdict"]["kind"] == "unhealthy"
    assert f"{ONE}: 3.0-unhealthy came up unhealthy (failed units: " in result["msg"]
    assert result["msg"].endswith("it runs 1.0 again, and boots it next")
    assert result["after"]["booted"]["version"] == result["after"]["next_boot"]["version"] == "1.0"
    assert result["after"]["booted"]["refspec"] == REFSPEC
    assert verbs.status(ONE)[0] == "* 1.0"


def test_an_unhealthy_release_can_be_left_to_be_looked_into(verbs: Verbs) -> None:
    verbs.settle(ONE, "1.0")
    result = verbs.one(ONE, "deployment", {"version": "3.0-unhealthy", "state": "booted", "rollback": False})
    assert (result["kind"], result["rolled_back"]) == ("failed", False)
    assert verbs.status(ONE)[0] == "* 3.0-unhealthy"
    told = verbs.one(ONE, "boot")
    assert (told["kind"], told["changed"], told["verdict"]["kind"]) == ("ok", False, "unhealthy")
    assert "is unhealthy" in told["warnings"][0]


def test_a_dead_release_fell_back(verbs: Verbs) -> None:
    verbs.settle(TWO, "1.0")
    result = verbs.one(TWO, "deployment", {"version": "4.0-dead", "state": "booted"})
    assert (result["kind"], result["rolled_back"]) == ("failed", True)
    assert result["verdict"] == {"kind": "fell_back", "reason": "4.0-dead did not come up: the host fell back to 1.0"}
    assert result["msg"].endswith("it runs 1.0 again, and boots it next")
    assert verbs.status(TWO) == ["* 1.0"]
    assert not verbs.one(TWO, "boot")["changed"]


def slow_stage(verbs: Verbs, host: str) -> tuple[subprocess.Popen[bytes], Path, str]:
    """Begins a staging that takes its time; returns when it works, with the invocation's id."""
    process, results = verbs.start(host, [{"atomic.fleet.deployment": {"version": "2.0"}}])
    show = 'for d in /run/atomic-fleet/units/*/; do systemctl show -P InvocationID "$(basename "$d")"; done'
    invocation = until(
        "the unit",
        lambda: verbs.lab.ssh(host, f"[ ! -e /run/atomic-fleet/units ] || {{ {show}; }}", check=False).strip(),
    )
    return process, results, invocation


def test_a_killed_controller_is_no_end_of_the_work(verbs: Verbs) -> None:
    verbs.settle(TWO, "1.0")
    verbs.lab.remote("slow", 400_000)
    try:
        process, results, invocation = slow_stage(verbs, TWO)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert results.read_text() == ""
        assert verbs.status(TWO) == ["* 1.0"]
        again, found, same = slow_stage(verbs, TWO)
        assert same == invocation
        verbs.lab.remote("up")
        again.wait(120)
    finally:
        verbs.lab.remote("up")
    (result,) = [json.loads(line) for line in found.read_text().splitlines()]
    assert result["kind"] == "ok", result["msg"]
    assert verbs.status(TWO) == ["staged 2.0", "* 1.0"]


def test_a_lost_connection_is_no_end_of_the_work(verbs: Verbs) -> None:
    verbs.settle(TWO, "1.0")
    verbs.lab.remote("slow", 400_000)
    try:
        process, results, invocation = slow_stage(verbs, TWO)
        for socket in (verbs.home / "cp").glob("*"):
            subprocess.run(["ssh", "-o", f"ControlPath={socket}", "-O", "exit", "x"], capture_output=True, check=True)
        verbs.lab.remote("up")
        process.wait(120)
    finally:
        verbs.lab.remote("up")
    (result,) = [json.loads(line) for line in results.read_text().splitlines()]
    assert result["kind"] == "ok", result["msg"]
    assert invocation
    assert verbs.status(TWO) == ["staged 2.0", "* 1.0"]


def test_a_worker_that_lost_its_controller_stops(verbs: Verbs) -> None:
    """Ansible leaves workers running when it is killed alone: ours does nothing more on the host."""
    verbs.settle(TWO, "1.0")
    boot_id = verbs.lab.boot_id(TWO)
    verbs.lab.remote("slow", 400_000)
    try:
        process, _results = verbs.start(TWO, [{"atomic.fleet.deployment": {"version": "2.0", "state": "booted"}}])
        until("the unit", lambda: verbs.lab.ssh(TWO, "ls /run/atomic-fleet/units 2>/dev/null", check=False).strip())
        members = session(process.pid)
        process.kill()
        process.wait()
        verbs.lab.remote("up")
        until("staging", lambda: verbs.status(TWO) == ["staged 2.0", "* 1.0"])
        until("the end of the workers", lambda: not any(Path(f"/proc/{pid}").exists() for pid in members), timeout=40)
    finally:
        verbs.lab.remote("up")
    assert verbs.lab.boot_id(TWO) == boot_id


def session(leader: int) -> list[int]:
    """The Python processes of a session: ansible-playbook and its workers."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(stat[3]) == leader and b"ansible-playbook" in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def test_pins(verbs: Verbs) -> None:
    verbs.settle(ONE, "1.0")
    pin = {"atomic.fleet.deployment_pin": {"target": "booted"}}
    status = {"ansible.builtin.raw": "ostree admin status"}
    free = {"atomic.fleet.deployment_pin": {"version": "1.0", "state": "unpinned"}}
    none = {"atomic.fleet.deployment_pin": {"version": "7.0"}}
    foretold, one, done, two, again, freed, three, refused = verbs.many(
        ONE, {**pin, "check_mode": True}, status, pin, status, pin, free, status, none
    )
    assert ["Pinned: yes" in seen["stdout"] for seen in (one, two, three)] == [False, True, False]
    assert [result["changed"] for result in (foretold, done, again, freed)] == [True, True, False, True]
    assert done["diff"] == foretold["diff"]
    assert done["diff"]["before"] != done["diff"]["after"]
    assert "has no deployment '7.0'; there are 1.0" in refused["msg"]


def test_remotes(verbs: Verbs) -> None:
    key, bad = verbs.home / "key.gpg", verbs.home / "bad.gpg"
    key.write_bytes((verbs.lab.directory / f"hosts/{ONE}/sysroot/ostree/repo/lab.trustedkeys.gpg").read_bytes())
    bad.write_text("no key")

    def remote(**arguments: Any) -> Task:
        return {"atomic.fleet.ostree_remote": {"name": "other", **arguments}}

    def latest(ref: str) -> Task:
        wish = {"target": "latest", "remote": "other", "ref": ref}
        return {"atomic.fleet.deployment": wish, "check_mode": True}

    url = "http://10.88.0.1:8080/"
    wanted = remote(url=url, gpg_key=str(key), options={"branches": "a/b"})
    before = verbs.all_of(ONE)
    (foretold,) = verbs.many(ONE, {**wanted, "check_mode": True})
    assert verbs.all_of(ONE) == before
    done, again, trusted, foreign, moved = verbs.many(
        ONE, wanted, wanted, latest("lab/x86_64/stable"), latest("lab/x86_64/foreign"), remote(url=f"{url}x")
    )
    assert (done["changed"], again["changed"]) == (True, False)
    assert (done["diff"], done["after"]) == (foretold["diff"], foretold["after"])
    assert "trusts one more key" in done["diff"]["after"]
    # signatures are judged by that key: the same repository, under another name
    assert trusted["target"]["version"] == "5.0"
    assert "public key not found" in foreign["msg"]
    assert moved["after"]["options"] == {"branches": "a/b"}
    gone = remote(state="absent")
    first, second, hostile, keyless = verbs.many(
        ONE, gone, gone, remote(name="x; $(id)", url=url), remote(url=url, gpg_key=str(bad))
    )
    assert (first["changed"], second["changed"]) == (True, False)
    assert "a remote's name is" in hostile["msg"]
    assert "the key file of remote other cannot be used" in keyless["msg"]
    assert "other" not in verbs.lab.ssh(ONE, "ostree remote list")
