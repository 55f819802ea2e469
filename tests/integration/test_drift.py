"""What Terraform would make of hosts, against what they run: status before and after an upgrade, on real hosts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.integration.fleet_helper import BASE, NEWER, Fleet, Played
from tests.integration.own_fleet import own_fleet

pytestmark = pytest.mark.lab
NAME = "drift"
ONE, TWO, GREEN = f"{NAME}-blue-1", f"{NAME}-blue-2", f"{NAME}-green-1"
AMI = "ami-0123456789abcdef0"
# an inventory whose image is an id, as a cloud's is
BY_ID = {
    "atomic_fleet_image": AMI,
    "atomic_fleet_pool_images": {"blue": AMI, "green": AMI},
}
SEEN = """
- name: What the fleet runs
  hosts: all
  gather_facts: false
  tasks:
    - name: Observe every host
      atomic.fleet.fleet_snapshot:
        store: "{{ fleet_store }}"
        image_releases: "{{ image_releases | default(omit) }}"
      register: seen
      run_once: true
      delegate_to: localhost
    - name: Say it
      ansible.builtin.debug:
        msg: "DRIFT {{ seen.drift | to_json }} TFIRD"
      run_once: true
"""


class Drifting(Fleet):
    def build(self) -> None:
        self.lab.up({"blue": {"size": 2}, "green": {"size": 1}})
        (self.inventory / "group_vars").mkdir(parents=True)
        source = {"plugin": "atomic.fleet.terraform", "state": str(self.lab.state)}
        (self.inventory / "lab.fleet.yml").write_text(yaml.safe_dump(source))
        key = {"ansible_ssh_private_key_file": str(self.lab.directory / "id_ed25519")}
        (self.inventory / "group_vars" / "all.yml").write_text(yaml.safe_dump(key))

    def drift(self, **variables: Any) -> dict[str, Any]:
        """What fleet_snapshot returns of it."""
        path = self.home / "seen.yml"
        path.write_text(SEEN)
        done = self.play(str(path), **variables)
        found = re.search(r"DRIFT (\{.*\}) TFIRD", done.text)
        assert found, done.text
        said: dict[str, Any] = json.loads(json.loads(f'"{found.group(1)}"'))
        return said

    def pool(self, name: str, **variables: Any) -> dict[str, Any]:
        return next(pool for pool in self.drift(**variables)["pools"] if pool["pool"] == name)


@pytest.fixture(scope="module")
def drifting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drifting]:
    with own_fleet(Drifting, NAME, tmp_path_factory.mktemp(NAME)) as fleet:
        fleet.build()
        yield fleet


def column(done: Played, host: str, title: str) -> str:
    """A cell of the table of hosts."""
    lines = done.text.splitlines()
    head = next(line for line in lines if line.startswith("HOST "))
    row = next(line for line in lines if line.startswith(f"{host} "))
    start = head.index(title)
    behind = re.match(rf"{title} *", head[start:])
    assert behind is not None
    end = start + behind.end() if start + behind.end() < len(head) else None
    return row[start:end].strip()


def test_new_hosts_are_what_their_image_holds(drifting: Drifting) -> None:
    done = drifting.play("status", newest=True)
    assert done.rc == 0, done.text
    for host in (ONE, TWO, GREEN):
        assert column(done, host, "IMAGE") == BASE
        assert column(done, host, "DRIFT") == "matches"
        assert column(done, host, "NEWEST") == NEWER
    assert "Pool " not in done.text


def test_nobody_is_asked_what_is_newest_without_being_told_to(drifting: Drifting) -> None:
    assert "NEWEST" not in drifting.play("status").text


def test_a_remote_that_is_down_costs_the_column_alone(drifting: Drifting) -> None:
    drifting.lab.remote("down")
    done = drifting.play("status", newest=True)
    drifting.lab.remote("up")
    assert done.rc == 0, done.text
    assert "What is newest is not known: " in done.text
    assert column(done, ONE, "DRIFT") == "matches"


def test_after_an_upgrade_the_pools_image_is_older_than_what_it_runs(drifting: Drifting) -> None:
    policy = drifting.policy(canary=0)
    done = drifting.play("upgrade", policy=policy, fleet_hosts="pool_blue")
    assert done.rc == 0, done.text
    done = drifting.play("status")
    image = f"lab:lab/x86_64/stable@{BASE}"
    assert (
        f"Pool blue: its image {image} holds {BASE}, and 2 of 2 hosts run {NEWER}: "
        f"a repaired or added host would begin with {BASE}."
    ) in done.text
    assert "Pool green" not in done.text
    assert column(done, ONE, "DRIFT") == "ahead of image"
    assert column(done, GREEN, "DRIFT") == "matches"


def test_a_repaired_host_does_begin_with_it(drifting: Drifting) -> None:
    lab = drifting.lab
    lab.call([*lab.arguments("apply"), f'-replace=module.lab.terraform_data.host["{TWO}"]'])
    lab.fleet = lab.outputs()["fleet"]
    done = drifting.play("status")
    assert f"holds {BASE}, and 1 of 2 hosts runs {NEWER}: " in done.text
    assert column(done, TWO, "RUNS") == BASE
    assert column(done, TWO, "DRIFT") == "matches"


def test_an_id_tells_nothing_until_somebody_says_what_is_in_it(drifting: Drifting) -> None:
    done = drifting.play("status", **BY_ID)
    assert f"Pool blue: which release its image {AMI} holds is not known " in done.text
    assert column(done, ONE, "DRIFT") == "unknown"
    pool = drifting.pool("blue", **BY_ID, image_releases={AMI: BASE})
    assert (pool["release"], pool["release_source"]) == (BASE, "stated")
    assert pool["regresses"] is True
    assert pool["hosts"] == {"ahead of image": [ONE], "matches": [TWO]}


def test_what_the_image_left_on_the_disk_of_any_host_tells_for_all(drifting: Drifting) -> None:
    disk = drifting.lab.directory / "hosts" / GREEN / "sysroot"
    (disk / ".aleph.json").write_text(json.dumps({"osbuild-version": "119", "version": BASE}, indent=2))
    pool = drifting.pool("blue", **BY_ID)
    assert (pool["release"], pool["release_source"]) == (BASE, "hosts")
    hosts = drifting.drift(**BY_ID)["hosts"]
    assert {name: one["verdict"] for name, one in hosts.items()} == {
        ONE: "ahead of image",
        TWO: "matches",
        GREEN: "matches",
    }
