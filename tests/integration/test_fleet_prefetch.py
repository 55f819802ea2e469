"""What is done before the first wave and after the last: prefetch, the way back of everything, rollbacks of a fleet.

One lab; the tests follow each other. Three hosts of ostree, one of rpm-ostree that Zincati updates, one of bootc
(doubles of these tools)."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.integration import double
from tests.integration.fleet_helper import BASE, NEWER, NEWEST, Fleet, sequence, until
from tests.integration.own_fleet import own_fleet
from tests.registry import Registry
from tests.registry import lacking as lacking_registry

pytestmark = pytest.mark.lab
NAME = "pre"
ONE, TWO, THREE = (f"{NAME}-blue-{number}" for number in (1, 2, 3))
DRIVEN, BOOTC = f"{NAME}-green-1", f"{NAME}-green-2"


class Prefetched(Fleet):
    registry: Registry
    idle: set[int]

    def build(self) -> None:
        self.lab.up({"blue": {"size": 3}, "green": {"size": 2}}, variant="python")
        self.lab.publish(NEWER)
        (self.inventory / "group_vars").mkdir(parents=True)
        source = {"plugin": "atomic.fleet.terraform", "state": str(self.lab.state)}
        (self.inventory / "lab.fleet.yml").write_text(yaml.safe_dump(source))
        key = {"ansible_ssh_private_key_file": str(self.lab.directory / "id_ed25519")}
        (self.inventory / "group_vars" / "all.yml").write_text(yaml.safe_dump(key))
        double.install(self.lab, DRIVEN, ("rpm-ostree",))
        double.install(self.lab, BOOTC, ("bootc",))
        double.drive(self.lab, DRIVEN)

    @property
    def is_held(self) -> bool:
        held = self.lab.ssh(DRIVEN, "cat /var/lib/atomic-fleet/hold 2>/dev/null || true")
        return f"owner=fleet {NAME}" in held

    def reboot(self, host: str) -> None:
        """As somebody does who knows nothing of any rollout."""
        before = self.lab.boot_id(host)
        self.lab.ssh(host, "systemctl reboot", check=False)
        self.lab.wait(host, other_than=before)

    def is_over(self) -> None:
        """Nothing of a run that was killed is left, its lock included."""
        until("the end of all processes", lambda: not self.ours() - self.idle, 5)

    def went(self, boots: dict[str, int]) -> dict[str, int]:
        """How often each host was booted since, where it was."""
        return {name: count - boots[name] for name, count in self.boots().items() if count != boots[name]}


@pytest.fixture(scope="module")
def pre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prefetched]:
    with own_fleet(Prefetched, NAME, tmp_path_factory.mktemp(NAME), lacking_registry()) as fleet:
        fleet.build()
        gateway = fleet.lab.fleet["hosts"][0]["address"].rsplit(".", 1)[0] + ".1"
        with Registry(fleet.home / "registry", address=gateway, namespace=NAME) as registry:
            fleet.registry, fleet.idle = registry, fleet.ours()
            yield fleet


def at_most_away(events: list[dict[str, Any]]) -> int:
    """How many hosts were on their way back at the same time, at most."""
    going: set[str] = set()
    most = 0
    for event in events:
        if event["kind"] == "host_going_back":
            going.add(event["host"])
        elif event["kind"] in ("host_went_back", "host_failed"):
            going.discard(event["host"])
        most = max(most, len(going))
    return most


def test_staged_everywhere_and_held_back_until_its_wave(pre: Prefetched) -> None:
    path = pre.store / "plan.json"
    done = pre.play("plan", version=NEWER, plan=str(path), policy=pre.policy(prefetch="locked"))
    assert "\nBefore the first wave: 5 staged first, locked\n" in done.text, done.text
    boots = pre.boots()
    # killed in the middle, and one host without room
    pre.lab.disk(THREE, "full")
    pre.lab.remote("slow", 60_000)
    running = pre.start("apply", plan=str(path), stop_after="prefetch")
    pre.when("host_not_prefetched", THREE, timeout=120)
    running.kill()
    pre.lab.disk(THREE, "free")
    pre.lab.remote("up")
    assert pre.events("host_failed") == []
    # the next run goes on, and ends before the canary
    pre.is_over()
    done = pre.play("apply", plan=str(path), stop_after="prefetch")
    assert done.rc == 0, done.text
    assert pre.outcome == "waiting"
    assert {event["host"] for event in pre.events("host_prefetched")} == set(pre.hosts)
    assert pre.is_held
    assert pre.went(boots) == {}
    # a reboot of somebody else's goes on booting what runs, and loses the stage
    pre.reboot(TWO)
    assert pre.versions() == dict.fromkeys(pre.hosts, BASE)
    second = pre.events()[-1]["seq"]
    done = pre.play("apply", plan=str(path), stop_after="prefetch")
    assert done.rc == 0, done.text
    assert [event["host"] for event in pre.events("host_prefetched") if event["seq"] > second] == [TWO]
    # what is left is to unlock and reboot
    pre.lab.remote("down")
    done = pre.play("apply", plan=str(path))
    pre.lab.remote("up")
    assert done.rc == 0, done.text
    assert pre.outcome == "done"
    assert pre.versions() == dict.fromkeys(pre.hosts, NEWER)
    assert pre.went(boots) == {**dict.fromkeys(pre.hosts, 1), TWO: 2}
    assert not pre.is_held


def test_rollback_with_a_host_down_and_again_when_it_is_up(pre: Prefetched) -> None:
    boots = pre.boots()
    pre.lab.cut(THREE)
    done = pre.play("rollback", policy=pre.policy())
    pre.lab.restore(THREE)
    assert done.rc == 0, done.text
    assert f"  - {THREE}: unreachable" in done.text
    rest = [name for name in pre.hosts if name != THREE]
    # its network is back, and the first packets may still find nobody
    until(f"{THREE} to answer", lambda: pre.versions()[THREE] != "?")
    assert pre.versions() == {**dict.fromkeys(rest, BASE), THREE: NEWER}
    assert pre.is_held
    back = pre.journal_path
    assert back is not None
    again = pre.play("rollback")
    assert "\nPlan: 1 to update, 0 to skip, 4 unchanged.\n" in again.text, again.text
    assert again.rc == 0, again.text
    assert pre.versions() == dict.fromkeys(pre.hosts, BASE)
    assert pre.went(boots) == dict.fromkeys(pre.hosts, 1)
    third = pre.play("rollback")
    assert "\nPlan: 0 to update, 0 to skip, 5 unchanged.\n" in third.text, third.text
    # the rollback is rolled back: the newer release, and no longer held
    forward = pre.play("rollback", undo=back.stem, policy=pre.policy())
    assert forward.rc == 0, forward.text
    assert pre.versions() == {**dict.fromkeys(rest, NEWER), THREE: BASE}
    assert pre.went(boots) == {**dict.fromkeys(rest, 2), THREE: 1}
    assert not pre.is_held


def test_everything_goes_back_when_a_late_host_fails(pre: Prefetched) -> None:
    """Killed on the way, and without a host that is down meanwhile. What hosts ran before differs."""
    pre.lab.publish(NEWEST)
    before, boots = pre.versions(), pre.boots()
    policy = {"on_failure": "rollback_all", "prefetch": "pull", "waves": [2], "max_unavailable": 2}
    path = pre.store / "all.json"
    done = pre.play("plan", version=NEWEST, plan=str(path), policy=pre.policy(**policy))
    assert "\nBefore the first wave: 5 fetched first\n" in done.text, done.text
    waves = pre.waves(path)
    (first,), last = waves[0], waves[-1][-1]
    breaks = "[Service]\nType=oneshot\nExecStart=/bin/grep -qv ^5 /usr/share/lab/version\n"
    install = f"{breaks}[Install]\nWantedBy=multi-user.target\n"
    place = "/etc/systemd/system/breaks.service"
    pre.lab.ssh(last, f"printf %s {shlex.quote(install)} >{place} && systemctl enable -q breaks.service")
    running = pre.start("apply", plan=str(path))
    end = len(waves) - 1
    until("the last wave", lambda: any(one["wave"] == end for one in pre.events("wave_begun")), 200)
    pre.lab.cut(first)
    pre.when("host_went_back", timeout=200)
    running.kill()
    pre.is_over()
    done = pre.play("apply", plan=str(path))
    pre.lab.restore(first)
    left = f"1 still to go back ({first}: unreachable"
    assert done.refused("The failure budget is spent", "went back", left), done.text
    assert pre.outcome == "rolled_back"
    assert at_most_away(pre.events()) == 1
    assert pre.versions() == {**before, first: NEWEST}
    assert pre.went(boots) == {**dict.fromkeys(pre.hosts, 2), first: 1}
    assert sequence(pre.kinds(), "rollback_begun", "halted", "opened", "host_went_back", "closed")
    assert "Stopped and undone" in pre.report()
    rest = pre.play("rollback")
    assert rest.rc == 0, rest.text
    assert pre.versions() == before
    assert pre.went(boots) == dict.fromkeys(pre.hosts, 2)
    pre.lab.ssh(last, "systemctl disable -q breaks.service")


def test_images_are_held_back_by_rpm_ostree_and_bootc(pre: Prefetched) -> None:
    name = f"{pre.registry.name}/lab/os:stable"
    double.publish_image(pre.registry, pre.lab, "stable", NEWER)
    pre.lab.ssh(BOOTC, f"bootc switch --quiet {name} && systemctl start ostree-finalize-staged.service")
    pre.reboot(BOOTC)
    double.publish_image(pre.registry, pre.lab, "stable", NEWEST)
    path = pre.store / "images.json"
    words = {"image": name, "registry": {"insecure": [pre.registry.name]}}
    done = pre.play("plan", plan=str(path), policy=pre.policy(prefetch="locked"), **words)
    assert "\nBefore the first wave: 2 staged first, locked\n" in done.text, done.text
    before = pre.versions()
    done = pre.play("apply", plan=str(path), stop_after="prefetch")
    assert done.rc == 0, done.text
    assert {event["data"]["how"] for event in pre.events("host_prefetched")} == {"locked"}
    status = json.loads(pre.lab.ssh(BOOTC, "bootc status --json --format-version=1"))["status"]
    assert status["staged"]["downloadOnly"] is True
    pre.registry.stop()
    try:
        pre.reboot(BOOTC)
        assert pre.versions() == before
    finally:
        pre.registry.start()
    assert pre.play("apply", plan=str(path), stop_after="prefetch").rc == 0
    pre.registry.stop()
    done = pre.play("apply", plan=str(path))
    assert done.rc == 0, done.text
    assert pre.versions() == {**before, DRIVEN: NEWEST, BOOTC: NEWEST}
