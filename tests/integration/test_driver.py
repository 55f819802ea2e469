"""Holding what updates a host by itself, across reboots into newer deployments and back into older; kernel arguments;
cleaning up: on a real host."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration import double
from tests.integration.lab import Lab, lacking
from tests.integration.verbs_helper import Verbs, until
from tests.registry import Registry
from tests.registry import lacking as lacking_registry

pytestmark = pytest.mark.lab
NAME = "drv"
HOST = f"{NAME}-blue-1"
DOUBLED = f"{NAME}2"
RPM, BOOTC = f"{DOUBLED}-blue-1", f"{DOUBLED}-blue-2"
ETCS = "/etc /ostree/deploy/lab/deploy/*.[0-9]/etc"
DROP_IN = "zincati.service.d/99-atomic-fleet-hold.conf"

# A driver that notes every boot in which it ran, a timer, and one that the user has masked.
FAKES = r"""
cd /etc/systemd/system
printf '[Service]\nExecStart=/bin/sh -c "cat /proc/sys/kernel/random/boot_id >>/var/ran; exec sleep infinity"\n[Install]\nWantedBy=multi-user.target\n' >zincati.service
printf '[Timer]\nOnBootSec=1h\n[Install]\nWantedBy=timers.target\n' >bootc-fetch-apply-updates.timer
printf '[Service]\nType=oneshot\nExecStart=/bin/true\n' >bootc-fetch-apply-updates.service
ln -s /dev/null rpm-ostreed-automatic.timer
systemctl daemon-reload
systemctl enable --now zincati.service bootc-fetch-apply-updates.timer
"""  # noqa: E501


@pytest.fixture(scope="module")
def verbs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Verbs]:
    yield from hosts(NAME, tmp_path_factory.mktemp(NAME), 1, "minimal")


@pytest.fixture(scope="module")
def doubled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Verbs]:
    for made in hosts(DOUBLED, tmp_path_factory.mktemp(DOUBLED), 2, "python"):
        double.install(made.lab, RPM, ("rpm-ostree",))
        double.install(made.lab, BOOTC, ("bootc",))
        yield made


@pytest.fixture(scope="module")
def registry(doubled: Verbs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    if why := lacking_registry():
        pytest.skip(why)
    address = doubled.lab.fleet["hosts"][0]["address"].rsplit(".", 1)[0] + ".1"
    with Registry(tmp_path_factory.mktemp("registry") / "registry", address=address, namespace=DOUBLED) as made:
        yield made


def hosts(name: str, home: Path, size: int, variant: str) -> Iterator[Verbs]:
    why = lacking()
    if why:
        pytest.skip(why)
    lab = Lab(name, Path("/var/tmp/atomic-fleet-tests") / name)
    lab.down()
    made = Verbs(lab, home)
    try:
        lab.up({"blue": {"size": size}}, variant=variant)
        lab.publish("5.0")
        made.prepare()
        yield made
    finally:
        made.end()
        lab.down()


def active(verbs: Verbs, host: str = HOST) -> str:
    return verbs.lab.ssh(
        host, "systemctl is-active zincati.service bootc-fetch-apply-updates.timer", check=False
    ).replace("\n", " ")


def ran(verbs: Verbs, host: str = HOST) -> bool:
    """Whether the driver has run in this boot."""
    return verbs.lab.boot_id(host) in verbs.lab.ssh(host, "cat /var/ran")


def heeding(verbs: Verbs) -> list[str]:
    """Every /etc on disk, with whether it heeds the hold."""
    look = f'for e in {ETCS}; do [ -e "$e/systemd/system/{DROP_IN}" ]; echo $?; done'
    return verbs.lab.ssh(HOST, look).split()


def boot_the_other(verbs: Verbs) -> None:
    """What set-default of newer ostree, `rpm-ostree rollback` and `bootc rollback` do: the boot entries change
    places, and the old deployment boots as it was left."""
    before = verbs.lab.boot_id(HOST)
    swap = "sed -i 's/^version 1$/version x/; s/^version 2$/version 1/; s/^version x$/version 2/'"
    verbs.lab.ssh(HOST, f"{swap} /boot/loader/entries/*.conf && sync && systemctl reboot", check=False)
    verbs.lab.wait(HOST, other_than=before)


def test_it_is_held_until_it_is_released_whatever_boots(verbs: Verbs) -> None:
    verbs.lab.ssh(HOST, FAKES)
    assert verbs.one(HOST, "deployment", {"version": "2.0", "state": "booted"})["kind"] == "ok"
    until("the driver", lambda: active(verbs) == "active active ")
    verbs.lab.ssh(HOST, "mount -o remount,bind,ro /sysroot")
    mine = {"owner": "night shift", "plan": "plan-1"}

    # checked, held, held already, and somebody else's
    before = verbs.all_of(HOST)
    foretold = verbs.one(HOST, "update_driver", mine, "--check", "--diff")
    assert (foretold["changed"], foretold["before"]["update_driver"]) == (True, "zincati.service")
    assert (verbs.all_of(HOST), active(verbs)) == (before, "active active ")
    held = verbs.one(HOST, "update_driver", mine, "--diff")
    assert (held["diff"], held["steps"]) == (foretold["diff"], foretold["steps"])
    assert (held["after"]["hold"]["plan"], held["after"]["hold"]["missing"]) == ("plan-1", [])
    assert (active(verbs), heeding(verbs)) == ("inactive inactive ", ["0", "0", "0"])
    again, theirs, info = verbs.many(
        HOST,
        {"atomic.fleet.update_driver": mine},
        {"atomic.fleet.update_driver": {"owner": "day shift"}},
        {"atomic.fleet.deployment_info": {}},
    )
    assert not again["changed"]
    assert theirs["kind"] == "failed"
    assert "held by night shift for plan-1" in theirs["msg"]
    assert info["host"]["hold"] == held["after"]["hold"]
    assert info["host"]["update_driver"] is None

    # back into the old deployment, with the /etc it was left with
    boot_the_other(verbs)
    assert verbs.status(HOST)[0] == "* 1.0"
    assert (active(verbs), ran(verbs)) == ("inactive inactive ", False)

    # forward into a new one, which is staged while it is held for another plan
    staged, same, newer = verbs.many(
        HOST,
        {"atomic.fleet.deployment": {"version": "5.0"}},
        {"atomic.fleet.update_driver": mine},
        {"atomic.fleet.update_driver": {**mine, "plan": "plan-2"}},
    )
    assert (staged["changed"], same["changed"]) == (True, False)
    assert newer["after"]["hold"]["plan"] == "plan-2"
    assert verbs.one(HOST, "boot")["kind"] == "ok"
    assert verbs.status(HOST)[0] == "* 5.0"
    assert (active(verbs), ran(verbs)) == ("inactive inactive ", False)
    assert set(heeding(verbs)) == {"0"}

    # released by its owner alone, for the plan it is held for
    old, done, idle = verbs.many(
        HOST,
        {"atomic.fleet.update_driver": {**mine, "state": "released"}},
        {"atomic.fleet.update_driver": {"owner": "night shift", "state": "released"}},
        {"atomic.fleet.update_driver": {"owner": "day shift", "state": "released"}},
    )
    assert "held by night shift for plan-2" in old["msg"]
    assert (done["changed"], done["after"]["hold"], idle["changed"]) == (True, None, False)
    until("the driver", lambda: active(verbs) == "active active ")
    assert set(heeding(verbs)) == {"1"}
    left = verbs.lab.ssh(HOST, "ls -d /etc/systemd/system/*.d /var/lib/atomic-fleet 2>/dev/null; true")
    assert left == ""
    assert "masked" in verbs.lab.ssh(HOST, "systemctl is-enabled rpm-ostreed-automatic.timer", check=False)


def test_what_was_stopped_by_the_user_stays_so(verbs: Verbs) -> None:
    verbs.lab.ssh(HOST, "systemctl stop zincati.service")
    held, released = verbs.many(
        HOST,
        {"atomic.fleet.update_driver": {}},
        {"atomic.fleet.update_driver": {"owner": "somebody", "state": "released", "force": True}},
    )
    assert (held["changed"], released["changed"]) == (True, True)
    until("the timer", lambda: active(verbs) == "inactive active ")


def test_kernel_arguments_from_the_next_boot_on(verbs: Verbs) -> None:
    version = verbs.status(HOST)[0].split()[-1]
    wish = {"name": ["quiet", "lab.mode=b"], "replace": True}
    before = verbs.all_of(HOST)
    foretold = verbs.one(HOST, "kernel_argument", wish, "--check", "--diff")
    assert verbs.all_of(HOST) == before
    first, done, again, root = verbs.many(
        HOST,
        {"atomic.fleet.kernel_argument": {"name": ["lab.mode=a"]}},
        {"atomic.fleet.kernel_argument": wish},
        {"atomic.fleet.kernel_argument": wish},
        {"atomic.fleet.kernel_argument": {"name": ["root=/dev/null"]}},
    )
    assert first["after"]["arguments"] == [*first["before"]["arguments"], "lab.mode=a"]
    assert done["before"]["arguments"] == first["after"]["arguments"]
    assert done["after"]["arguments"] == foretold["after"]["arguments"] == [*first["before"]["arguments"], "lab.mode=b"]
    assert (again["changed"], again["reboot_required"]) == (False, True)
    assert "name: root cannot be changed" in root["msg"]
    assert verbs.status(HOST)[:2] == [f"staged {version}", f"* {version}"]

    assert verbs.one(HOST, "boot")["kind"] == "ok"
    words = verbs.lab.ssh(HOST, "cat /proc/cmdline").split()
    assert [word for word in words if word.startswith("lab.")] == ["lab.mode=b"]
    gone, info = verbs.many(
        HOST,
        {"atomic.fleet.kernel_argument": {"name": ["lab.mode"], "state": "absent"}},
        {"atomic.fleet.deployment_info": {}},
    )
    assert gone["after"]["arguments"] == first["before"]["arguments"]
    assert info["host"]["staged"]["refspec"] == "lab:lab/x86_64/stable"


def test_cleaning_up_leaves_what_runs_and_what_is_pinned(verbs: Verbs) -> None:
    """What was staged before is pending; a folder is left of a deployment that never was."""
    left = "/ostree/deploy/lab/deploy/" + "f" * 64 + ".0"
    verbs.lab.ssh(HOST, f"mkdir {left}; ostree admin pin 2")
    running, back = verbs.status(HOST)[1:]
    everything = {"name": ["pending", "rollback", "base", "repomd"]}
    foretold = verbs.one(HOST, "deployment_cleanup", everything, "--check", "--diff")
    done, again = verbs.many(
        HOST, {"atomic.fleet.deployment_cleanup": everything}, {"atomic.fleet.deployment_cleanup": everything}
    )
    assert [step["verb"] for step in done["steps"]] == ["undeploy", "cleanup"]
    assert (done["diff"], again["changed"], again["reboot_required"]) == (foretold["diff"], False, False)
    assert verbs.status(HOST) == [running, back]
    verbs.lab.ssh(HOST, f"[ ! -e {left} ] && ostree admin pin --unpin 1")
    (rollback,) = verbs.many(HOST, {"atomic.fleet.deployment_cleanup": {"name": ["rollback"]}})
    assert rollback["changed"]
    assert verbs.status(HOST) == [running]


def test_a_driver_that_rpm_ostree_knows_is_held_and_needs_no_bypass(doubled: Verbs) -> None:
    """On the double of rpm-ostree: its registered driver, its rollback, its kernel arguments and its cleanup."""
    host, lab = RPM, doubled.lab
    double.drive(lab, host)
    refused, held, staged, argument, same = doubled.many(
        host,
        {"atomic.fleet.deployment": {"version": "5.0"}},
        {"atomic.fleet.update_driver": {}},
        {"atomic.fleet.deployment": {"version": "5.0", "lock": True}},
        {"atomic.fleet.kernel_argument": {"name": ["lab.mode=b"]}},
        {"atomic.fleet.kernel_argument": {"name": ["lab.mode=b"]}},
    )
    assert "zincati.service" in refused["msg"]
    assert (held["before"]["update_driver"], held["after"]["update_driver"]) == ("zincati.service", None)
    assert staged["kind"] == "ok", staged["msg"]
    assert [step["command"][0] for step in argument["steps"]] == ["rpm-ostree", "systemctl"]
    assert argument["after"]["arguments"] == [*argument["before"]["arguments"], "lab.mode=b"]
    assert (same["changed"], same["reboot_required"]) == (False, False)
    assert doubled.status(host) == ["staged 5.0", "* 1.0"]

    assert doubled.one(host, "boot")["kind"] == "ok"
    assert "lab.mode=b" in lab.ssh(host, "cat /proc/cmdline").split()
    back = doubled.one(host, "deployment", {"target": "previous", "state": "booted"})
    assert back["kind"] == "ok", back["msg"]
    assert back["steps"][0]["command"] == ["rpm-ostree", "rollback"]
    assert "lab.mode=b" not in lab.ssh(host, "cat /proc/cmdline").split()
    assert lab.ssh(host, "systemctl is-active zincati.service", check=False) == "inactive\n"

    cleaned, again, released = doubled.many(
        host,
        {"atomic.fleet.deployment_cleanup": {"name": ["pending", "rollback"]}},
        {"atomic.fleet.deployment_cleanup": {"name": ["pending", "rollback"]}},
        {"atomic.fleet.update_driver": {"state": "released"}},
    )
    assert [step["command"] for step in cleaned["steps"]] == [["rpm-ostree", "cleanup", "--rollback"]]
    assert (again["changed"], released["changed"]) == (False, True)
    assert doubled.status(host) == ["* 1.0"]
    until("Zincati", lambda: lab.ssh(host, "systemctl is-active zincati.service", check=False) == "active\n")


def test_bootc_s_rollback_boots_an_etc_that_heeds_the_hold(doubled: Verbs, registry: Registry) -> None:
    first, second = (double.publish_image(registry, doubled.lab, version, version) for version in ("1.0", "2.0"))
    name = f"{registry.name}/lab/os"
    doubled.lab.ssh(BOOTC, FAKES)
    doubled.lab.ssh(BOOTC, f"bootc switch --quiet {name}@{first}")
    assert doubled.one(BOOTC, "boot")["verdict"]["kind"] == "well"
    (forward,) = doubled.many(BOOTC, {"atomic.fleet.deployment": {"image": f"{name}@{second}", "state": "booted"}})
    assert forward["kind"] == "ok", forward["msg"]
    until("the driver", lambda: active(doubled, BOOTC) == "active active ")
    held, argument = doubled.many(
        BOOTC, {"atomic.fleet.update_driver": {}}, {"atomic.fleet.kernel_argument": {"name": ["lab.mode=b"]}}
    )
    assert (held["changed"], held["after"]["hold"]["missing"]) == (True, [])
    assert "bootc has no command for kernel arguments" in argument["msg"]

    back = doubled.one(BOOTC, "deployment", {"target": "previous", "state": "booted"})
    assert back["steps"][0]["command"] == ["bootc", "rollback"]
    assert back["after"]["booted"]["digest"] == first
    assert (active(doubled, BOOTC), ran(doubled, BOOTC)) == ("inactive inactive ", False)
    cleaned, released = doubled.many(
        BOOTC,
        {"atomic.fleet.deployment_cleanup": {"name": ["pending", "rollback"]}},
        {"atomic.fleet.update_driver": {"state": "released"}},
    )
    assert [step["command"] for step in cleaned["steps"]] == [["ostree", "admin", "undeploy", "1"]]
    assert released["changed"]
    until("the driver", lambda: active(doubled, BOOTC) == "active active ")
