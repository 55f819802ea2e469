"""The lab's own promises: it comes up, stays, comes back, falls back, scales, and leaves nothing."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.lab import Lab, lacking

pytestmark = pytest.mark.lab
REASON = lacking()
UNCHANGED = "No changes."
STAGE = "ostree admin upgrade --stage && systemctl start ostree-finalize-staged.service"


def new_lab() -> Lab:
    """A lab of a name that no other has."""
    name = f"t{uuid.uuid4().hex[:6]}"
    return Lab(name, Path("/var/tmp/atomic-fleet-tests") / name)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    if REASON:
        pytest.skip(REASON)
    lab = new_lab()
    try:
        lab.up({"blue": {"size": 2}, "green": {"size": 1}}, jump_hosts=[f"{lab.name}-green-1"])
        yield lab
    finally:
        lab.down()


@pytest.fixture
def spare() -> Iterator[Lab]:
    if REASON:
        pytest.skip(REASON)
    lab = new_lab()
    try:
        yield lab
    finally:
        lab.down()


def version(lab: Lab, name: str) -> str:
    return lab.ssh(name, ". /usr/lib/os-release; echo $VERSION_ID").strip()


def status(lab: Lab, name: str) -> str:
    return lab.ssh(name, "cat /run/motd.d/boot-status").strip()


def reboot(lab: Lab, name: str, before: str = "true") -> str:
    """Run a command on a host and reboot it; its new boot id."""
    last = lab.boot_id(name)
    lab.ssh(name, f"{before} && (sleep 0.2; systemctl reboot) >/dev/null 2>&1 &")
    return lab.wait(name, other_than=last)


def test_hosts_answer_as_themselves(lab: Lab) -> None:
    seen = {
        name: lab.ssh(name, "hostname; cat /etc/machine-id /proc/sys/kernel/random/boot_id") for name in lab.names()
    }
    assert [text.split()[0] for text in seen.values()] == lab.names()
    assert len({word for text in seen.values() for word in text.split()}) == 9
    for name in lab.names():
        assert version(lab, name) == "1.0"
        assert status(lab, name) == "Boot Status is GREEN - Health Check SUCCESS"
        assert lab.ssh(name, "systemctl --failed --quiet; command -v python3 || echo no Python") == "no Python\n"


def test_the_contract_names_the_keys_and_the_way(lab: Lab) -> None:
    for host in lab.fleet["hosts"]:
        (key,) = host["host_keys"]
        for name in (host["name"], host["address"]):
            find = ["ssh-keygen", "-F", name, "-f", str(lab.directory / "known_hosts")]
            assert subprocess.run(find, capture_output=True, text=True, check=True).stdout.endswith(f" {key}\n")
        assert lab.ssh(host["name"], "cat /etc/ssh/ssh_host_ed25519_key.pub").split()[:2] == key.split()
    behind = lab.host(f"{lab.name}-green-1")
    assert behind["address"].startswith("10.88.1.")
    assert [hop["user"] for hop in behind["jump"]] == ["jump"]


def test_a_host_behind_the_bastion_is_reached_no_other_way(lab: Lab) -> None:
    behind = lab.host(f"{lab.name}-green-1")
    straight = lab.run([*lab.ssh_arguments(f"{lab.name}-blue-1")[:-1], f"root@{behind['address']}", "true"])
    assert straight.returncode == 255
    assert "Network is unreachable" in straight.stderr


def test_nothing_leads_out_of_the_lab(lab: Lab) -> None:
    routes = lab.run(["ip", "route", "show", "default"]).stdout + lab.ssh(f"{lab.name}-blue-1", "ip route show default")
    assert routes == ""
    links = lab.run(["ip", "-o", "link"]).stdout
    outside = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout
    assert "jump" in links
    assert lab.name not in outside


def test_a_second_apply_changes_nothing(lab: Lab) -> None:
    before = {name: lab.boot_id(name) for name in lab.names()}
    assert UNCHANGED in lab.up()
    assert {name: lab.boot_id(name) for name in lab.names()} == before


def test_what_was_killed_comes_back_with_its_disk(lab: Lab) -> None:
    name = f"{lab.name}-blue-1"
    others = {other: lab.boot_id(other) for other in lab.names() if other != name}
    last = lab.boot_id(name)
    lab.ssh(name, "echo kept > /var/marker")
    os.kill(lab.pid(name), signal.SIGKILL)
    os.kill(lab.pid("remote"), signal.SIGKILL)
    assert "2 to add, 0 to change, 2 to destroy" in lab.up()
    assert lab.ssh(name, "cat /var/marker") == "kept\n"
    assert lab.boot_id(name) != last
    assert {other: lab.boot_id(other) for other in others} == others
    assert lab.ssh(name, "ostree remote refs lab") != ""
    assert UNCHANGED in lab.up()


def test_a_host_switched_off_comes_back(lab: Lab) -> None:
    name = f"{lab.name}-green-1"
    pid = lab.pid(name)
    handle = os.pidfd_open(pid)
    lab.ssh(name, "systemctl poweroff", check=False)
    signal_wait(handle)
    assert "1 to add, 0 to change, 1 to destroy" in lab.up()
    assert version(lab, name) == "1.0"


def signal_wait(handle: int) -> None:
    """Until a process has ended."""
    assert select.select([handle], [], [], 30)[0], "the process still runs"
    os.close(handle)


def test_an_upgrade_and_a_fallback(lab: Lab) -> None:
    name = f"{lab.name}-blue-1"
    lab.publish("2.0")
    lab.ssh(name, "echo kept > /var/upgraded; echo edited > /etc/edited")
    reboot(lab, name, STAGE)
    assert version(lab, name) == "2.0"
    assert lab.ssh(name, "cat /var/upgraded /etc/edited") == "kept\nedited\n"
    assert status(lab, name).startswith("Boot Status is GREEN")

    lab.publish("4.0-dead")
    reboot(lab, name, STAGE)
    assert version(lab, name) == "2.0"
    assert "fallback boot" in status(lab, name)
    assert "4.0-dead" not in lab.ssh(name, "ostree admin status")
    boots = (lab.directory / "logs" / f"{name}.log").read_text().count("Lab OS 4.0-dead")
    assert boots == 3

    # the same again: a deployment that failed once is counted anew, and the host still comes back
    reboot(lab, name, STAGE)
    assert version(lab, name) == "2.0"
    reboot(lab, name)
    assert status(lab, name) == "Boot Status is GREEN - Health Check SUCCESS"


def test_an_unhealthy_release_is_seen_and_stays(lab: Lab) -> None:
    name = f"{lab.name}-blue-2"
    lab.publish("3.0-unhealthy")
    boot = reboot(lab, name, STAGE)
    assert version(lab, name) == "3.0-unhealthy"
    assert status(lab, name) == "Boot Status is RED - Health Check FAILURE!"
    assert "lab-web.service" in lab.ssh(name, "systemctl --failed --plain")
    assert lab.boot_id(name) == boot


def test_a_release_can_be_sick_only_under_traffic(lab: Lab) -> None:
    name = f"{lab.name}-blue-2"
    lab.publish("6.0-sick")
    reboot(lab, name, STAGE)
    assert version(lab, name) == "6.0-sick"
    assert status(lab, name) == "Boot Status is GREEN - Health Check SUCCESS"
    assert lab.ssh(name, "systemctl is-system-running") == "running\n"
    ask = "for n in 1 2 3 4 5 6; do curl -s -o /dev/null -w '%{http_code} ' http://127.0.0.1/PATH; done"
    assert set(lab.ssh(name, ask.replace("PATH", "version")).split()) == {"200"}
    assert sorted(lab.ssh(name, ask.replace("PATH", "")).split()) == ["200"] * 4 + ["500"] * 2


@pytest.mark.parametrize(
    "ref,sentence",
    [("unsigned", "no signatures found"), ("foreign", "public key not found")],
)
def test_a_commit_without_our_signature_is_refused(lab: Lab, ref: str, sentence: str) -> None:
    said = lab.ssh(f"{lab.name}-green-1", f"ostree pull lab lab/x86_64/{ref} 2>&1; echo $?", check=False)
    assert sentence in said
    assert said.endswith("\n1\n")


def test_faults(lab: Lab) -> None:
    name = f"{lab.name}-green-1"
    pull = "ostree pull lab lab/x86_64/stable 2>&1; echo $?"
    lab.publish("5.0")
    faults = (
        (("disk", name, "full"), ("disk", name, "free"), "min-free-space"),
        (("remote-fault", "cut", "500000"), ("remote-fault", "up"), "Transferred a partial file"),
        (("remote-fault", "down"), ("remote-fault", "up"), "Couldn't connect to server"),
    )
    for fault, undo, sentence in faults:
        lab.program(*fault)
        said = lab.ssh(name, pull, check=False)
        lab.program(*undo)
        assert sentence in said
        assert said.endswith("\n1\n")
    assert lab.ssh(name, pull).endswith("\n0\n")
    assert UNCHANGED in lab.up()


def test_a_cable_and_a_power_cut(lab: Lab) -> None:
    name = f"{lab.name}-blue-2"
    last = lab.boot_id(name)
    lab.cut(name)
    ssh, *rest = lab.ssh_arguments(name)
    assert lab.run([ssh, "-o", "ConnectTimeout=1", *rest, "true"]).returncode == 255
    lab.restore(name)
    assert lab.boot_id(name) == last
    lab.boot_delay(1.5, name)
    began = time.monotonic()
    lab.power_cycle(name)
    assert lab.wait(name, other_than=last) != last
    assert time.monotonic() - began >= 1.5


def test_scaling_touches_only_what_changes(lab: Lab) -> None:
    before = {name: lab.boot_id(name) for name in lab.names("blue")}
    addresses = {host["name"]: host["address"] for host in lab.fleet["hosts"]}
    amber = {"size": 1, "release": "5.0", "zones": ["z"]}
    lab.up({"amber": amber, "blue": {"size": 2}, "green": {"size": 0}}, jump_hosts=[])
    assert {name: lab.boot_id(name) for name in before} == before
    assert {host["name"]: host["address"] for host in lab.fleet["hosts"]}.items() >= {
        name: addresses[name] for name in before
    }.items()
    (new,) = lab.names("amber")
    assert version(lab, new) == "5.0"
    assert lab.host(new)["image"] == "lab:lab/x86_64/stable@5.0"
    assert not (lab.directory / "hosts" / f"{lab.name}-green-1").exists()


def test_after_the_machine_itself_went_down(lab: Lab) -> None:
    """Everything that a reboot of the machine takes away is taken away at once."""
    name = f"{lab.name}-blue-1"
    ran = version(lab, name)
    lab.ssh(name, "echo survived > /var/before")
    for path in sorted((lab.directory / "run").glob("*.json")):
        record = path.read_text()
        path.write_text(record.replace(boot_of(record), str(uuid.uuid4())))
    kill_everything(lab)
    lab.up()
    assert lab.ssh(name, "cat /var/before") == "survived\n"
    assert version(lab, name) == ran
    assert UNCHANGED in lab.up()


def boot_of(record: str) -> str:
    return str(json.loads(record)["boot"])


def kill_everything(lab: Lab) -> None:
    for line in (line for line in lab.leftovers() if line.startswith("process ")):
        try:
            os.kill(int(line.split()[1].rstrip(":")), signal.SIGKILL)
        except ProcessLookupError:
            continue
    for path in Path("/run/netns").glob(f"{lab.name}*"):
        subprocess.run(["ip", "netns", "del", path.name], check=True)


def test_destroy_leaves_nothing(lab: Lab) -> None:
    assert lab.leftovers() != []
    lab.call(lab.arguments("destroy"))
    assert lab.leftovers() == []
    assert not lab.directory.exists()


@pytest.mark.parametrize("verb", ["apply", "destroy"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_run_is_finished_by_the_next(spare: Lab, verb: str, number: signal.Signals) -> None:
    spare.init()
    if verb == "destroy":
        spare.up({"blue": {"size": 2}})
    interrupt(spare, verb, number, after="running" if verb == "destroy" else "host")
    if verb == "apply":
        spare.up({"blue": {"size": 2}})
        assert [version(spare, name) for name in spare.names()] == ["1.0", "1.0"]
        assert UNCHANGED in spare.up()
    spare.call(spare.arguments("destroy"))
    assert spare.leftovers() == []
    assert not spare.directory.exists()


def interrupt(lab: Lab, verb: str, number: signal.Signals, after: str) -> None:
    """Start Terraform and send it a signal as soon as it works on a resource of the given name."""
    argv = lab.arguments(verb, pools={"blue": {"size": 2}})
    with subprocess.Popen(
        argv, cwd=lab.example, env=lab.environment(), stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL
    ) as process:
        assert process.stdout
        for line in process.stdout:
            if f"terraform_data.{after}[" in line and "ing..." in line:
                process.send_signal(number)
                break
        process.stdout.read()
        assert process.wait() != 0


def test_two_labs_side_by_side(lab: Lab, spare: Lab) -> None:
    """The same addresses, another lab."""
    lab.up({"blue": {"size": 1}}, jump_hosts=[])
    spare.up({"blue": {"size": 1}})
    (one,), (other,) = lab.names(), spare.names()
    assert lab.host(one)["address"] == spare.host(other)["address"]
    assert lab.ssh(one, "hostname").strip() == one
    assert spare.ssh(other, "hostname").strip() == other


def test_a_directory_that_is_not_a_labs_is_left_alone(spare: Lab) -> None:
    spare.directory.mkdir(parents=True)
    precious = spare.directory / "precious"
    precious.write_text("mine\n")
    with pytest.raises(AssertionError, match="is not empty and not a lab's"):
        spare.up({"blue": {"size": 1}})
    spare.call(spare.arguments("destroy"))
    assert precious.read_text() == "mine\n"
