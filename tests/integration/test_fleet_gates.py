"""Gates on real hosts: a service that takes its time is waited for, a host that fails is stopped and undone, and a gate
that was failing before costs its room."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._command.gates import gate_sections
from ansible_collections.atomic.fleet.plugins.module_utils._model.gate import Gate
from ansible_collections.atomic.fleet.plugins.module_utils._parse.gates import key_of, parse_gates
from ansible_collections.atomic.fleet.plugins.module_utils._parse.sections import Section
from tests.integration.fleet_helper import BASE, NEWER, Fleet, sequence
from tests.integration.lab import lacking

pytestmark = pytest.mark.lab
# it comes up by itself a while after the boot is over, as a service does that waits for something
WEB = """
set -e
cd /etc/systemd/system
printf '[Service]\\nExecStart=/bin/sleep infinity\\n' >web.service
printf '[Timer]\\nOnActiveSec=6\\nAccuracySec=100ms\\n[Install]\\nWantedBy=timers.target\\n' >web.timer
systemctl daemon-reload
systemctl -q enable web.timer
systemctl start web.timer web.service
"""
NO_WEB = """
systemctl -q disable --now web.timer; systemctl stop web.service
rm -f /etc/systemd/system/web.timer /etc/systemd/system/web.service; systemctl daemon-reload
"""
UNITS: dict[str, Any] = {"units": {"names": ["web.service"], "timeout": "2m"}}
# `$HOME` and all the rest of it is an argument, not a word of a shell
NASTY = "a'b; $(touch /run/pwned) \"`$HOME"
MORE = [
    "deployment",
    "failed_units",
    "greenboot",
    {"mounts": {"paths": ["/", "/proc"]}},
    {"mounts": {"paths": ["/proc"], "fstype": "proc"}},
    {"command": {"argv": ["sh", "-c", 'test "$1" = "$(cat /var/lib/word)" && cat', "sh", NASTY]}},
]


@pytest.fixture
def web(fleet: Fleet) -> Iterator[Fleet]:
    fleet.at_base()
    fleet.everywhere(lambda name: fleet.lab.ssh(name, WEB))
    word = NASTY.replace("'", "'\\''")
    fleet.everywhere(lambda name: fleet.lab.ssh(name, f"printf %s '{word}' >/var/lib/word"))
    yield fleet
    fleet.everywhere(lambda name: fleet.lab.ssh(name, NO_WEB, check=False))


def test_host_that_fails_a_gate_uses_up_room_and_a_gate_that_hangs_is_no_lost_host(web: Fleet) -> None:
    hang = {"command": {"argv": ["sh", "-c", "test ! -e /run/hang || exec sleep 600"], "timeout": 1}}
    before = web.planned(gates=[*MORE, UNITS, hang], max_unavailable=2)
    before = before.rename(before.with_name("before.json"))
    (canary,), (ill, hanging, *_others) = web.waves(before)[:2]
    assert len([name for wave in web.waves(before) for name in wave]) == len(web.hosts)
    web.lab.ssh(ill, "systemctl stop web.timer web.service")
    web.lab.ssh(hanging, "touch /run/hang")
    plan = web.planned(gates=[*MORE, UNITS, hang], max_unavailable=2)
    hosts = {host["name"]: host for host in json.loads(plan.read_text())["hosts"]}
    assert {name: host.get("unavailable") for name, host in hosts.items() if "unavailable" in host} == {
        ill: "units: web.service is inactive (dead)",
        hanging: "command: no answer within 1 s",
    }
    # they may be changed themselves, and there is no room for any other
    assert {name for name, host in hosts.items() if host["action"] == "update"} == {ill, hanging}
    table = web.play("status", policy=web.policy(gates=[UNITS]))
    assert table.rc == 0, table.text
    assert [line.split()[0] for line in table.text.splitlines() if "units: web.service" in line] == [ill]
    # by the plan that was made when all was well nobody is touched now
    boots = web.boots()
    done = web.play("apply", plan=str(before))
    assert done.refused(f"canary may not begin: {canary} has no room to be taken away"), done.text
    assert web.boots() == boots


def test_service_that_takes_its_time_is_waited_for_and_one_that_fails_is_undone(web: Fleet) -> None:
    plan = web.planned(gates=[*MORE, UNITS])
    done = web.play("apply", plan=str(plan))
    assert done.rc == 0, done.text
    assert web.versions() == dict.fromkeys(web.hosts, NEWER)
    assert web.everywhere(lambda name: web.lab.ssh(name, "ls /run/pwned", check=False)) == dict.fromkeys(web.hosts, "")
    # back again by a policy whose gate the old release cannot pass
    grep = {"command": {"argv": ["grep", "-x", NEWER, "/usr/share/lab/version"], "timeout": 1}}
    plan, boots = web.planned(BASE, gates=[*MORE, UNITS, grep]), web.boots()
    canary = web.waves(plan)[0][0]
    done = web.play("apply", plan=str(plan))
    why = "command: grep ended with status 1: it said nothing"
    assert done.refused("Stopped: The canary did not come out well", why, f"{canary} went back"), done.text
    assert web.versions() == dict.fromkeys(web.hosts, NEWER)
    assert web.boots() == {name: count + 2 * (name == canary) for name, count in boots.items()}
    assert sequence(web.kinds(canary), "host_rebooting", "host_failed", "host_going_back", "host_went_back")
    assert [event["data"]["reason"] for event in web.events("host_failed")] == [why]
    assert why in web.report()


@pytest.fixture
def network(tmp_path: Path) -> Iterator[str]:
    """A network of its own, with a firewall of its own."""
    why = lacking()
    if why:
        pytest.skip(why)
    for program in ("nft", "iptables-save"):
        assert shutil.which(program), f"{program} is missing: run `make setup`"
    name = f"gates-{tmp_path.name[-20:]}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    yield name
    subprocess.run(["ip", "netns", "del", name], check=True)


def test_firewalls_that_are_real(network: str) -> None:
    inside = ["ip", "netns", "exec", network]

    def why(**words: str) -> str:
        gate = Gate("firewall", words)
        ((_name, argv),) = gate_sections([gate])
        done = subprocess.run([*inside, *argv], capture_output=True, text=True, check=False)
        return parse_gates("here", {"gate-0": Section(done.stdout, done.returncode)}, [gate])[key_of(gate)]

    def run(rule: str) -> None:
        subprocess.run([*inside, *rule.split()], check=True)

    assert why(tool="nftables") == "nftables has no rule"
    assert why(tool="iptables") == "iptables has no rule"
    for rule in (
        "nft add table inet filter",
        "nft add chain inet filter input { type filter hook input priority 0 ; policy accept ; comment x ; }",
        "nft add chain inet filter empty",
        "nft add set inet filter clients { type ipv4_addr ; }",
    ):
        run(rule)
    assert why(tool="nftables") == "nftables has no rule"
    run("nft add rule inet filter input ct state established,related accept")
    assert why(tool="nftables") == ""
    assert why(tool="nftables", table="inet filter") == ""
    assert why(tool="nftables", table="inet filter", chain="input") == ""
    assert why(tool="nftables", table="inet filter", chain="empty").endswith("rule in table inet filter, chain empty")
    assert why(tool="nftables", table="inet none") == "nftables says: Error: No such file or directory"
    run("iptables -A INPUT -p tcp --dport 22 -j ACCEPT")
    assert why(tool="iptables") == why(tool="iptables", table="filter", chain="INPUT") == ""
    assert why(tool="iptables", chain="OUTPUT") == "iptables has no rule in chain OUTPUT"
    assert why(tool="iptables", table="nat") == "iptables has no rule in table nat"
