"""The whole life of a fleet whose hosts are driven by rpm-ostree and by bootc (their double), on real reboots."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import yaml

from tests.integration import double
from tests.integration.fleet_helper import BASE, NEWER, NEWEST, UNHEALTHY, Fleet
from tests.integration.own_fleet import own_fleet
from tests.registry import Registry
from tests.registry import lacking as lacking_registry

pytestmark = pytest.mark.lab
NAME = "mixed"
RPM, DRIVEN, BOOTC = f"{NAME}-blue-1", f"{NAME}-blue-2", f"{NAME}-green-1"
IMAGE = "lab/os"


class Mixed(Fleet):
    """Two hosts of rpm-ostree, one of them updated by Zincati, and one of bootc; a registry in their network."""

    registry: Registry

    def build(self) -> None:
        self.lab.up({"blue": {"size": 2}, "green": {"size": 1}}, variant="python")
        self.lab.publish(NEWEST)
        self.inventory.mkdir()
        source = {"plugin": "atomic.fleet.terraform", "state": str(self.lab.state)}
        (self.inventory / "lab.fleet.yml").write_text(yaml.safe_dump(source))
        key = {"ansible_ssh_private_key_file": str(self.lab.directory / "id_ed25519")}
        (self.inventory / "group_vars").mkdir()
        (self.inventory / "group_vars" / "all.yml").write_text(yaml.safe_dump(key))
        for host in (RPM, DRIVEN):
            double.install(self.lab, host, ("rpm-ostree",))
        double.install(self.lab, BOOTC, ("bootc",))
        double.drive(self.lab, DRIVEN)

    def image(self, tag: str) -> str:
        return f"{self.registry.name}/{IMAGE}:{tag}"

    def tag(self, tag: str, version: str) -> str:
        return double.publish_image(self.registry, self.lab, tag, version, IMAGE)

    def hold(self, host: str) -> str:
        return self.lab.ssh(host, "cat /var/lib/atomic-fleet/hold 2>/dev/null || true")

    def zincati(self) -> str:
        return self.lab.ssh(DRIVEN, "systemctl is-active zincati.service || true").strip()


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mixed]:
    with own_fleet(Mixed, NAME, tmp_path_factory.mktemp(NAME), lacking_registry()) as fleet:
        fleet.build()
        gateway = fleet.lab.fleet["hosts"][0]["address"].rsplit(".", 1)[0] + ".1"
        folder = fleet.home / "registry"
        with Registry(folder, address=gateway, namespace=NAME) as registry:
            fleet.registry = registry
            yield fleet


def test_commits_for_rpm_ostree_a_held_driver_and_what_bootc_does_not_know(mixed: Mixed) -> None:
    """bootc booted nothing yet: its host is one of plain ostree."""
    plan = mixed.store / "plan.json"
    done = mixed.play("plan", version=NEWER, plan=str(plan), policy=mixed.policy())
    assert done.rc == 0, done.text
    assert "Plan: 3 to update, 0 to skip, 0 unchanged." in done.text
    assert f"held until the rollout is through: {DRIVEN}" in done.text
    done = mixed.play("apply", plan=str(plan))
    assert done.rc == 0, done.text
    assert mixed.versions() == dict.fromkeys(mixed.hosts, NEWER)
    assert mixed.hold(DRIVEN) == ""
    assert mixed.zincati() == "active"
    again = mixed.play("plan", version=NEWER)
    assert "Plan: 0 to update, 0 to skip, 3 unchanged." in again.text, again.text


def test_a_stream_leads_over_its_barrier_and_skips_who_is_nowhere_in_it(mixed: Mixed) -> None:
    """All run 2.0: the newest is 5.0, and 4.0 has to be booted before it."""
    commits = mixed.lab.versions()
    names = [NEWER, "4.0-dead", NEWEST]
    releases = [
        {"version": name, "commits": [{"architecture": "x86_64", "checksum": commits[name]}], "metadata": "x"}
        for name in names
    ]
    updates = [
        {"version": "4.0-dead", "metadata": {"barrier": {"reason": "https://example.org/barrier"}}},
        {"version": NEWEST, "metadata": {"rollout": {"start_percentage": 1.0}}},
    ]
    folder = mixed.home / "stream"
    folder.mkdir()
    index = {"releases": releases, "metadata": {}, "stream": "lab", "note": ""}
    (folder / "releases.json").write_text(json.dumps(index))
    (folder / "updates.json").write_text(json.dumps({"stream": "lab", "metadata": {}, "releases": updates}))
    source = {"releases": str(folder / "releases.json"), "updates": str(folder / "updates.json")}
    plan = mixed.store / "stream.json"
    done = mixed.play("plan", stream="lab", stream_source=source, plan=str(plan))
    assert done.rc == 0, done.text
    assert {one["checksum"] for one in json.loads(plan.read_text())["targets"]} == {commits["4.0-dead"]}
    (folder / "releases.json").write_text(json.dumps({**index, "releases": releases[1:]}))
    done = mixed.play("plan", stream="lab", stream_source=source)
    assert "0 to update, 3 to skip" in done.text
    assert f"{NEWER} is no release of lab for this architecture" in done.text


def test_a_fleet_goes_back_and_stays_held(mixed: Mixed) -> None:
    done = mixed.play("rollback", policy=mixed.policy())
    assert done.rc == 0, done.text
    assert mixed.versions() == dict.fromkeys(mixed.hosts, BASE)
    assert f"owner=fleet {NAME}" in mixed.hold(DRIVEN)
    assert mixed.zincati() == "inactive"


def test_images_by_the_digest_that_their_tag_had_when_it_was_planned(mixed: Mixed) -> None:
    mixed.lab.ssh(BOOTC, f"bootc switch --quiet {mixed.image('stable')} 2>&1 || true")
    first = mixed.tag("stable", NEWER)
    mixed.lab.ssh(BOOTC, f"bootc switch --quiet {mixed.image('stable')}")
    boot = mixed.lab.boot_id(BOOTC)
    mixed.lab.ssh(BOOTC, "systemctl start ostree-finalize-staged.service; systemd-run --on-active=1 systemctl reboot")
    mixed.lab.wait(BOOTC, other_than=boot)

    second = mixed.tag("stable", NEWEST)
    plan = mixed.store / "images.json"
    words = {"image": mixed.image("stable"), "registry": {"insecure": [mixed.registry.name]}}
    done = mixed.play("plan", plan=str(plan), policy=mixed.policy(), **words)
    assert done.rc == 0, done.text
    targets = json.loads(plan.read_text())["targets"]
    assert {one["checksum"] for one in targets} == {second}
    assert {one["backend"] for one in targets} == {"bootc", "rpm-ostree"}
    # the tag moves on, the plan does not
    mixed.tag("stable", UNHEALTHY)
    mixed.registry.stop()
    try:
        check = mixed.play("apply", "--check", plan=str(plan))
        assert check.rc == 0, check.text
    finally:
        mixed.registry.start()
    done = mixed.play("apply", plan=str(plan))
    assert done.rc == 0, done.text
    assert mixed.versions() == dict.fromkeys(mixed.hosts, NEWEST)
    assert mixed.zincati() == "active"
    status = json.loads(mixed.lab.ssh(BOOTC, "bootc status --json --format-version=1"))["status"]
    assert status["booted"]["image"]["imageDigest"] == second
    assert status["rollback"]["image"]["imageDigest"] == first


def test_a_bad_image_stops_at_the_canary_and_is_undone(mixed: Mixed) -> None:
    plan = mixed.store / "bad.json"
    words = {"image": mixed.image("stable"), "registry": {"insecure": [mixed.registry.name]}}
    policy = mixed.policy(canary={"hosts": [BOOTC]})
    done = mixed.play("plan", plan=str(plan), policy=policy, **words)
    assert done.rc == 0, done.text
    boots = mixed.boots()
    done = mixed.play("apply", plan=str(plan))
    assert done.rc == 2, done.text
    assert mixed.outcome == "rolled_back"
    assert mixed.versions() == dict.fromkeys(mixed.hosts, NEWEST)
    now = mixed.boots()
    assert {name: now[name] - count for name, count in boots.items()} == {RPM: 0, DRIVEN: 0, BOOTC: 2}


def test_a_fleet_of_images_goes_back_to_what_it_ran_images_and_commits(mixed: Mixed) -> None:
    done = mixed.play("rollback", fleet_undo=json.loads((mixed.store / "images.json").read_text())["id"])
    assert done.rc == 0, done.text
    assert mixed.versions() == {RPM: BASE, DRIVEN: BASE, BOOTC: NEWER}
    assert f"owner=fleet {NAME}" in mixed.hold(DRIVEN)


@pytest.mark.parametrize(
    "words, sentence",
    [
        ({}, "say image, with a tag"),
        ({"image": "{registry}/lab/no:1"}, "there is no lab/no:1"),
        ({"image": "{registry}/lab/os:stable", "registry": {}}, "{registry}"),
        ({"image": "aci://coreos.com/etcd"}, "died with rkt in 2020"),
        ({"image": "{registry}/lab/os:stable", "version": NEWER}, "only one can say what is wanted"),
    ],
)
def test_what_cannot_be_planned_is_one_sentence(mixed: Mixed, words: dict[str, object], sentence: str) -> None:
    name = mixed.registry.name
    given = json.loads(json.dumps(words).replace("{registry}", name))
    given.setdefault("registry", {"insecure": [name]})
    assert mixed.play("plan", **given).refused(sentence.replace("{registry}", name))
