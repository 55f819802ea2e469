"""What proves that no request is lost, against a real HAProxy on loopback: it sees a good swap, and every bad one."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.integration.fleet_helper import until
from tests.integration.load_helper import Capacity, Load
from tests.network import free_port
from tests.raw_server import RawServer, Talk

pytestmark = pytest.mark.skipif(shutil.which("haproxy") is None, reason="HAProxy is not installed")
SERVERS = ("demo-blue-1", "demo-blue-2", "demo-green-1", "demo-green-2")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CONFIG = """
global
  stats socket {home}/sock level admin
defaults
  mode http
  timeout connect 1s
  timeout client 30s
  timeout server 30s
frontend web
  bind 127.0.0.1:{front}
  http-response set-header X-Served-By %s
  default_backend app
backend app
  default-server check inter 50ms fall 1 rise 1
{servers}
"""


@dataclass
class Site:
    home: Path
    front: int
    served: Counter[str] = field(default_factory=Counter)
    dying: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.front}/"

    def talk(self, name: str, one: Talk) -> None:
        """A host's web service; a dying one takes a request and drops it."""
        while one.hear():
            if name in self.dying:
                return
            with self.lock:
                self.served[name] += 1
            one.say(OK)

    def command(self, line: str) -> str:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(f"{self.home}/sock")
            connection.sendall(f"{line}\n".encode("ascii"))
            said = b""
            while part := connection.recv(65536):
                said += part
        return said.decode().strip()

    def shift(self, green: int) -> None:
        """As many percent to green, which gets them before blue is left with less."""
        for name in reversed(SERVERS):
            weight = green if "green" in name else 100 - green
            assert self.command(f"set server app/{name} weight {weight}") == ""

    def served_by(self, pool: str) -> int:
        return sum(count for name, count in self.served.items() if pool in name)

    def more(self, pool: str, count: int) -> None:
        """Waits until the pool has served so many more."""
        before = self.served_by(pool)
        until(f"{count} requests at {pool}", lambda: self.served_by(pool) >= before + count)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path, free_port("127.0.0.1"))
    with ExitStack() as stack:
        lines = []
        for name in SERVERS:
            server = stack.enter_context(RawServer(lambda one, name=name: made.talk(name, one)))  # type: ignore[misc]
            lines.append(f"  server {name} 127.0.0.1:{server.port} weight {100 if 'blue' in name else 0}")
        config = tmp_path / "haproxy.cfg"
        config.write_text(CONFIG.format(home=tmp_path, front=made.front, servers="\n".join(lines)))
        haproxy = subprocess.Popen(
            ["haproxy", "-db", "-f", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            until("HAProxy", (tmp_path / "sock").exists)
            until("servers", lambda: made.command("show stat app 4 -1").count(",UP,") == len(SERVERS))
            yield made
        finally:
            haproxy.terminate()
            haproxy.wait(20)


def test_a_swap_that_loses_nothing(site: Site) -> None:
    with Capacity(None, f"{site.home}/sock", "app") as capacity, Load(None, site.url, 200) as load:
        site.more("blue", 20)
        for green in (5, 25, 100):
            site.shift(green)
            site.more("green", 5)
        site.more("green", 50)
    assert load.failed == {}
    assert load.summary["ok"].keys() == {"blue", "green"}
    assert sum(load.summary["ok"].values()) == load.summary["sent"] == sum(line["sent"] for line in load.samples)
    assert load.summary["ok"]["green"] == site.served_by("green")
    assert capacity.least == 2
    assert capacity.summary["most"] == 4
    assert capacity.samples[0]["shares"] == {"blue": 100.0, "green": 0.0}
    assert capacity.samples[-1]["shares"] == {"blue": 0.0, "green": 100.0}
    assert capacity.summary["least_of_pools"] == {"blue": 2, "green": 2}


def test_a_host_that_drops_requests_is_seen(site: Site) -> None:
    """HAProxy says 502 on a connection's first request; on a later one it closes, for a browser to send it again."""
    with Load(None, site.url, 200) as load:
        site.more("blue", 20)
        site.dying.add("demo-blue-1")
        site.more("blue", 20)
    assert load.failed
    assert load.failed.keys() <= {"status 502", "raced"}
    assert sum(load.summary["ok"].values()) + sum(load.failed.values()) == load.summary["sent"]


def test_a_pool_emptied_before_the_other_has_a_share_is_seen(site: Site) -> None:
    with Capacity(None, f"{site.home}/sock", "app") as capacity, Load(None, site.url, 200) as load:
        site.more("blue", 20)
        for name in SERVERS[:2]:
            site.command(f"set server app/{name} state maint")
        answered = site.command("show stat app 4 -1").count(",MAINT,")
        until("HAProxy's own answers", lambda: _errors(site) >= 5)
        until("a look at that", lambda: any(line["capacity"] == 0 for line in capacity.so_far()))
        site.shift(100)
        site.more("green", 20)
    assert answered == 2
    assert load.failed.keys() == {"status 503"}
    assert load.failed["status 503"] >= 5
    assert (capacity.least, capacity.summary["least"]["capacity"]) == (0, 0)


def test_a_watcher_that_cannot_begin_says_why(site: Site) -> None:
    with pytest.raises(AssertionError, match=r"does not begin: capacity: HAProxy at /nowhere: no such file"):
        Capacity(None, "/nowhere").__enter__()


def _errors(site: Site) -> int:
    """How many requests HAProxy answered itself with a 5xx."""
    head, row = site.command("show stat web 1 -1").splitlines()[:2]
    return int(dict(zip(head.split(","), row.split(","), strict=True))["hrsp_5xx"])
