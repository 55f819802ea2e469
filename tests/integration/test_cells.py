"""A fleet in three cells, each with a controller that shares nothing with the others but a store on S3 and a lock on
etcd: one max_unavailable and one failure budget for all, seen by a poller that looks from outside.

Too long for the suite: `CELLS_HOSTS=24 pytest tests/integration/test_cells.py` on a machine that does nothing else.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, ClassVar

import boto3
import pytest
import yaml

from tests.integration.fleet_helper import NEWER, NEWEST, Fleet, Running, until
from tests.integration.own_fleet import own_fleet
from tests.network import within
from tests.servers import S3_ENVIRONMENT, Server, etcd, s3
from tests.servers import lacking as lacking_server

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif("CELLS_HOSTS" not in os.environ, reason="CELLS_HOSTS says of how many hosts the lab is to be"),
]

NAME = "cell"
CELLS = ("a", "b", "c")
HOSTS = int(os.environ.get("CELLS_HOSTS", "9"))
AWAY = 4 if HOSTS >= 24 else 2
POLLER = """
import json, select, socket, sys, time
hosts = json.loads(sys.argv[1])
while True:
    began, asked, up = time.monotonic(), {}, set()
    for name, address in hosts.items():
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex((address, 22))
        asked[one] = name
    while asked and time.monotonic() < began + 1.5:
        for one in select.select([], list(asked), [], max(0.0, began + 1.5 - time.monotonic()))[1]:
            if one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                up.add(asked[one])
            del asked[one]
            one.close()
    for one in asked:
        one.close()
    print(json.dumps([time.time(), sorted(set(hosts) - up)]), flush=True)
    time.sleep(max(0.0, began + 0.2 - time.monotonic()))
"""


class Cells(Fleet):
    """Every controller has a home of its own."""

    controller = "nobody"
    servers: ClassVar[dict[str, Server]] = {}

    def environment(self) -> dict[str, str]:
        home = self.home / self.controller
        shared = {**S3_ENVIRONMENT, "AWS_ENDPOINT_URL": self.servers["s3"].url}
        return {**super().environment(), **shared, "XDG_STATE_HOME": str(home), "ANSIBLE_TIMEOUT": "30"}

    def build(self) -> None:
        self.lab.up({cell: {"size": HOSTS // len(CELLS)} for cell in CELLS})
        (self.inventory / "group_vars").mkdir(parents=True, exist_ok=True)
        source = {"plugin": "atomic.fleet.terraform", "state": str(self.lab.state)}
        (self.inventory / "lab.fleet.yml").write_text(yaml.safe_dump(source))
        key = {"ansible_ssh_private_key_file": str(self.lab.directory / "id_ed25519")}
        (self.inventory / "group_vars" / "all.yml").write_text(yaml.safe_dump(key))

    def shared(self, **more: Any) -> dict[str, Any]:
        return {"fleet_store": "s3://fleets/test", "fleet_lock": self.servers["etcd"].url, **more}

    def begin(self, cell: str, **more: Any) -> Running:
        self.controller = cell
        return self.start("apply", "--limit", ",".join(self.lab.names(cell)), **self.shared(cell=cell, **more))


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cells]:
    home = tmp_path_factory.mktemp(NAME)
    with own_fleet(Cells, NAME, home, lacking_server("etcd")) as fleet:
        fleet.build()
        with s3(home / "s3", namespace=NAME) as store, etcd(home / "etcd", 15, namespace=NAME) as lock:
            fleet.servers = {"s3": store, "etcd": lock}
            options = {"endpoint_url": store.url, "aws_access_key_id": "x", "aws_secret_access_key": "x"}
            within(NAME, lambda: boto3.client("s3", region_name="us-east-1", **options).create_bucket(Bucket="fleets"))
            yield fleet


def test_three_controllers_at_once(cells: Cells) -> None:
    policy = cells.policy(max_unavailable=AWAY, waves=["100%"])
    planned = cells.play("plan", version=NEWER, policy=policy, **cells.shared())
    assert planned.rc == 0, planned.text
    cells.lab.boot_delay(3)
    addresses = {host["name"]: host["address"] for host in cells.lab.fleet["hosts"]}
    boots = cells.boots()
    seen = cells.home / "seen.jsonl"
    with seen.open("wb") as log:
        poller = subprocess.Popen(
            ["ip", "netns", "exec", NAME, sys.executable, "-c", POLLER, json.dumps(addresses)], stdout=log
        )
        try:
            running = {cell: cells.begin(cell) for cell in CELLS}
            # the second of a cell is refused with the name of the first, who is on another machine as far as it knows
            until("the lock of a", lambda: "to update" in running["a"].text, 240)
            cells.controller = "another"
            again = cells.play("apply", "--limit", ",".join(cells.lab.names("a")), **cells.shared(cell="a"))
            ended = {cell: one.end(900) for cell, one in running.items()}
        finally:
            poller.terminate()
            poller.wait()
    assert {cell: one.rc for cell, one in ended.items()} == dict.fromkeys(CELLS, 0), [
        one.text for one in ended.values()
    ]
    assert again.refused("The cell a of", "is being changed by", "since"), again.text
    assert cells.versions() == dict.fromkeys(cells.hosts, NEWER)
    assert cells.boots() == {name: count + 1 for name, count in boots.items()}
    looks = [json.loads(line) for line in seen.read_text().splitlines()]
    down = [set(names) for _at, names in looks]
    print(f"{len(looks)} looks in {looks[-1][0] - looks[0][0]:.0f} s, at most {max(map(len, down))} of {HOSTS} down")
    assert set().union(*down) == set(cells.hosts)
    assert max(map(len, down)) <= AWAY
    # and they were at it at the same time
    assert any(len({name.split("-")[1] for name in names}) > 1 for names in down)
    assert any("waiting until" in one.text for one in ended.values())


def test_lock_server_is_killed(cells: Cells) -> None:
    cells.lab.publish(NEWEST)
    planned = cells.play("plan", version=NEWEST, policy=cells.policy(), **cells.shared())
    assert planned.rc == 0, planned.text
    cells.lab.remote("slow", 60_000)
    boots = cells.boots()
    cells.controller = "whole"
    running = cells.start("apply", **cells.shared())
    until("the canary's turn", lambda: " to update, " in running.text, 240)
    cells.servers["etcd"].kill()
    ended = running.end(240)
    assert ended.rc != 0
    # while a step is at it, or between two
    assert "the lock of the fleet was lost" in ended.text or "lock of the fleet cell is no longer held" in ended.text
    assert cells.boots() == boots
    cells.lab.remote("up")
