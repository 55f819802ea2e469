"""Holding what updates a host by itself, across reboots into newer deployments and back into older; kernel arguments;
cleaning up: on a real host."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.conftest import lacking
from tests.integration.lab import Lab
from tests.integration.test_verbs import Verbs, until

pytestmark = pytest.mark.lab
NAME = "drv"
HOST = f"{NAME}-blue-1"
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
    why = lacking()
    if why:
        pytest.skip(why)
    lab = Lab(NAME, Path("/var/tmp/atomic-fleet-tests") / NAME)
    lab.down()
    made = Verbs(lab, tmp_path_factory.mktemp(NAME))
    try:
        lab.up({"blue": {"size": 1}})
        lab.publish("5.0")
        made.prepare()
        yield made
    finally:
        for socket in (made.home / "cp").glob("*"):
            subprocess.run(["ssh", "-o", f"ControlPath={socket}", "-O", "exit", "x"], capture_output=True, check=False)
        lab.down()


def active(verbs: Verbs) -> str:
    return verbs.lab.ssh(
        HOST, "systemctl is-active zincati.service bootc-fetch-apply-updates.timer", check=False
    ).replace("\n", " ")


def ran(verbs: Verbs) -> bool:
    """Whether the driver has run in this boot."""
    return verbs.lab.boot_id(HOST) in verbs.lab.ssh(HOST, "cat /var/ran")


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
