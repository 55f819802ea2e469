"""A rollout behind a real HAProxy, whose hosts take turns with a Zincati host at a FleetLock server."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest
import yaml
from ansible_collections.atomic.fleet.tests.unit.plugins.fleet_lock_server import FleetLockRules
from ansible_collections.atomic.fleet.tests.unit.plugins.loopback import Loopback

from ansible_collections.atomic.fleet.plugins.plugin_utils._services.haproxy import Server
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.haproxy_runtime import Runtime
from tests.integration.fleet_helper import BASE, NEWER, Fleet, until
from tests.integration.own_fleet import own_fleet

pytestmark = pytest.mark.lab
NAME = "svc"
APP_ID = "de35106b6ec24688b63afddaa156679b"
CONFIG = """
global
  stats socket {home}/admin.sock level admin
defaults
  mode http
  timeout connect 1s
  timeout client 10s
  timeout server 10s
  retries 0
frontend web
  bind 127.0.0.1:8000
  default_backend app
backend app
  option httpchk GET /
  default-server check inter 200ms fall 2 rise 2
{servers}
"""
_NEWNET = 0x40000000
T = TypeVar("T")


def inside(network: str, make: Callable[[], T]) -> T:
    """Do it in a thread that is in that network; sockets made there stay there."""
    made: list[T] = []

    def run() -> None:
        with open(f"/run/netns/{network}", "rb") as entry:
            if ctypes.CDLL(None, use_errno=True).setns(entry.fileno(), _NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
        made.append(make())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert made, f"it could not be done inside {network}"
    return made[0]


@dataclass
class Visitor:
    """Asks for the page through HAProxy, again and again, and keeps what came."""

    network: str
    pages: list[str] = field(default_factory=list)
    enough: threading.Event = field(default_factory=threading.Event)

    def visit(self) -> None:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        while not self.enough.is_set():
            try:
                with opener.open("http://127.0.0.1:8000/", timeout=10) as answer:
                    self.pages.append(answer.read().decode())
            except OSError as error:
                self.pages.append(f"failed: {error}")
            time.sleep(0.05)

    @contextlib.contextmanager
    def visiting(self) -> Iterator[None]:
        thread = threading.Thread(target=lambda: inside(self.network, self.visit))
        thread.start()
        try:
            yield
        finally:
            self.enough.set()
            thread.join()


class ServedFleet(Fleet):
    """A fleet of three behind one HAProxy."""

    def build(self) -> None:
        self.lab.up({"blue": {"size": 3}})
        (self.inventory / "group_vars").mkdir(parents=True, exist_ok=True)
        source = {"plugin": "atomic.fleet.terraform", "state": str(self.lab.state)}
        (self.inventory / "lab.fleet.yml").write_text(yaml.safe_dump(source))
        key = {"ansible_ssh_private_key_file": str(self.lab.directory / "id_ed25519")}
        (self.inventory / "group_vars" / "all.yml").write_text(yaml.safe_dump(key))

    @property
    def socket(self) -> str:
        return f"{self.home}/admin.sock"

    def standing(self) -> dict[str, str]:
        runtime = Runtime("HAProxy", self.socket)
        return {name: Server(runtime, "app", name).look().status for name in self.hosts}

    @contextlib.contextmanager
    def balanced(self) -> Iterator[None]:
        lines = [f"  server {name} {self.lab.host(name)['address']}:80" for name in self.hosts]
        config = self.home / "haproxy.cfg"
        config.write_text(CONFIG.format(home=self.home, servers="\n".join(lines)))
        Path(self.socket).unlink(missing_ok=True)
        argv = ["ip", "netns", "exec", NAME, "haproxy", "-db", "-f", str(config)]
        haproxy = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            until("HAProxy", lambda: os.path.exists(self.socket))
            until("hosts that are well", lambda: set(self.standing().values()) == {"UP"})
            yield
        finally:
            haproxy.terminate()
            haproxy.wait(20)


@pytest.fixture(scope="module")
def served_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedFleet]:
    lacks = None if shutil.which("haproxy") else "HAProxy is not installed"
    with own_fleet(ServedFleet, NAME, tmp_path_factory.mktemp(NAME), lacks) as fleet:
        yield fleet


@pytest.fixture
def fleet(served_lab: ServedFleet, tmp_path: Path) -> Iterator[ServedFleet]:
    served_lab.store = tmp_path / "store"
    served_lab.at_base()
    with served_lab.balanced():
        yield served_lab


def test_nobody_waits_and_hosts_take_turns_with_zincati(fleet: ServedFleet) -> None:
    rules = FleetLockRules({"workers": 1})
    with inside(NAME, lambda: Loopback(rules)) as locks:
        drains = [
            {"fleet_lock": {"url": f"{locks.url}/base", "group": "workers", "timeout": "2m"}},
            {"haproxy": {"socket": fleet.socket, "backend": "app", "timeout": "1m"}},
        ]
        gates = ["deployment", {"haproxy": {"socket": fleet.socket, "backend": "app"}}]
        plan = fleet.planned(drains=drains, gates=gates, waves=[1], max_unavailable=1)
        boots = fleet.boots()
        rules.take("workers", "a-zincati-host")
        visitor = Visitor(NAME)
        with visitor.visiting():
            running = fleet.start("apply", plan=str(plan))
            until("a host that asks for a slot", lambda: len(locks.heard) > 1)
            assert (fleet.boots(), set(fleet.standing().values())) == (boots, {"UP"})
            rules.give_back("workers", "a-zincati-host")
            done = running.end()
    assert done.rc == 0, done.text
    assert fleet.versions() == dict.fromkeys(fleet.hosts, NEWER)
    assert [page for page in visitor.pages if page.startswith("failed")] == []
    assert {page.split()[-1] for page in visitor.pages} == {BASE, NEWER}
    assert (rules.most, rules.holders) == ({"workers": 1}, {"workers": []})
    said = {name: fleet.lab.ssh(name, f"systemd-id128 machine-id --app-specific={APP_ID}") for name in fleet.hosts}
    asked = {question.json()["client_params"]["id"] for question in locks.heard}
    assert asked == {word.strip() for word in said.values()}
    assert set(fleet.standing().values()) == {"UP"}
    assert fleet.boots() == {name: count + 1 for name, count in boots.items()}


def test_without_a_slot_nothing_is_rebooted_and_all_serve(fleet: ServedFleet) -> None:
    rules = FleetLockRules({"default": 1}, full=(423, "locked"))
    rules.take("default", "a-zincati-host")
    with inside(NAME, lambda: Loopback(rules)) as locks:
        drains = [
            {"haproxy": {"socket": fleet.socket, "backend": "app"}},
            {"fleet_lock": {"url": locks.url, "timeout": 8}},
        ]
        plan = fleet.planned(drains=drains, waves=[1], max_unavailable=1)
        boots = fleet.boots()
        done = fleet.play("apply", plan=str(plan))
    canary = fleet.waves(plan)[0][0]
    assert done.refused(
        f"{canary} failed (drain fleet_lock: FleetLock at {locks.name}: no slot of group default was free for 6 s",
        "423, locked: semaphore currently full",
    ), done.text
    assert (fleet.boots(), fleet.versions()) == (boots, dict.fromkeys(fleet.hosts, BASE))
    assert set(fleet.standing().values()) == {"UP"}
    assert rules.holders == {"default": ["a-zincati-host"]}
    undone = [event["data"]["what"] for event in fleet.events("host_undrained", canary)]
    assert undone == ["fleet_lock", "haproxy"]
