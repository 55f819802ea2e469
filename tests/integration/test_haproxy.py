"""HAProxy itself, on loopback: who is sent requests while its hosts go and come back."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.plugin_utils._http import Clock, HttpError
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.haproxy import Server
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.haproxy_runtime import Runtime
from tests.traffic.web_app import App, free_ports, until

pytestmark = pytest.mark.skipif(shutil.which("haproxy") is None, reason="HAProxy is not installed")
WHO = "HAProxy"
CONFIG = """
global
  stats socket {home}/admin.sock level admin
  stats socket ipv4@127.0.0.1:{tcp} level operator
defaults
  mode http
  timeout connect 1s
  timeout client 30s
  timeout server 30s
frontend web
  bind 127.0.0.1:{front}
  default_backend app
backend app
  option httpchk GET /health
  option redispatch
  cookie SERVER insert
  default-server check inter 50ms fall 2 rise 2
  server a 127.0.0.1:{a} cookie a
  server b 127.0.0.1:{b} cookie b
  server unchecked 127.0.0.1:{b} no-check disabled
"""


@dataclass
class Site:
    home: Path
    front: int
    tcp: int
    apps: dict[str, App]
    clock: Clock

    def server(self, name: str, place: str | None = None) -> Server:
        return Server(Runtime(WHO, place or f"{self.home}/admin.sock", self.clock), "app", name)

    def get(self, path: str = "/", cookie: str = "") -> str:
        request = urllib.request.Request(f"http://127.0.0.1:{self.front}{path}", headers={"Cookie": cookie})
        with urllib.request.urlopen(request, timeout=20) as response:
            return str(response.read().decode())

    def answers(self, cookie: str = "") -> set[str]:
        return {self.get(cookie=cookie) for _number in range(6)}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    front, tcp, a, b = free_ports(4)
    apps = {"a": App("a", a), "b": App("b", b)}
    config = tmp_path / "haproxy.cfg"
    config.write_text(CONFIG.format(home=tmp_path, front=front, tcp=tcp, a=a, b=b))
    # the client waits in steps of a second, made for checks every few seconds; here all goes faster
    clock = Clock(time.monotonic, lambda seconds: time.sleep(seconds / 20))
    for app in apps.values():
        app.start()
    haproxy = subprocess.Popen(
        ["haproxy", "-db", "-f", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        made = Site(tmp_path, front, tcp, apps, clock)
        until((tmp_path / "admin.sock").exists)
        until(lambda: made.server("a").look().status == "UP" and made.server("b").look().status == "UP")
        yield made
    finally:
        haproxy.terminate()
        haproxy.wait(20)
        for app in apps.values():
            app.end()


def test_a_host_goes_and_comes_back(site: Site) -> None:
    a = site.server("a")
    assert site.answers() == {"a", "b"}
    assert (a.state().maintained, a.state().drained) == (False, False)
    assert a.drain(10) == 0
    assert a.drain(10) == 0
    assert a.look().status == "MAINT"
    assert a.state().maintained
    # also those that stick to it, and while it is away, go to the other
    assert site.answers("SERVER=a") == {"b"}
    site.apps["a"].end()
    assert site.answers("SERVER=a") == {"b"}
    site.apps["a"].start()
    a.undrain(10)
    assert a.look().status == "UP"
    a.undrain(10)
    assert site.answers() == {"a", "b"}


def test_requests_that_are_under_way_are_waited_for(site: Site) -> None:
    got: list[str] = []
    asking = threading.Thread(target=lambda: got.append(site.get("/slow", "SERVER=a")))
    asking.start()
    a = site.server("a")
    until(lambda: a.look().sessions == 1)
    left: list[int] = []
    draining = threading.Thread(target=lambda: left.append(a.drain(60)))
    draining.start()
    until(lambda: a.look().status == "DRAIN")
    assert site.answers() == {"b"}
    site.apps["a"].slow.set()
    for thread in (asking, draining):
        thread.join(20)
    assert (got, left, a.look().status) == (["a"], [0], "MAINT")


def test_what_does_not_end_is_counted_and_left(site: Site) -> None:
    asking = threading.Thread(target=lambda: site.get("/slow", "SERVER=a"))
    asking.start()
    a = site.server("a")
    until(lambda: a.look().sessions == 1)
    assert a.drain(0.1) == 1
    assert a.look().status == "MAINT"
    site.apps["a"].slow.set()
    asking.join(20)


def test_nobody_is_sent_to_a_host_that_is_not_well(site: Site) -> None:
    a = site.server("a")
    a.drain(10)
    site.apps["a"].end()
    with pytest.raises(HttpError) as caught:
        a.undrain(1)
    assert caught.value.message == (
        f"{WHO}: app/a is in use again, and its check did not pass for 1 s (DOWN, Layer4 connection problem): "
        "see to what runs there."
    )
    assert site.answers() == {"b"}
    site.apps["a"].start()
    until(lambda: a.look().status == "UP")
    assert site.answers() == {"a", "b"}


def test_a_server_without_checks_comes_back_at_once(site: Site) -> None:
    unchecked = site.server("unchecked")
    assert unchecked.look().status == "MAINT"
    unchecked.undrain(5)
    assert unchecked.look().status == "no check"


@pytest.mark.parametrize(
    "backend,server,place,said",
    [
        ("app", "c", None, "app/c cannot be looked at (No such server.)"),
        ("shop", "a", None, "shop/a cannot be looked at (No such proxy.)"),
        ("app", "a", "tcp", "app/a cannot be set to drain (Permission denied)"),
        (
            "app",
            "a",
            "/nowhere/admin.sock",
            "its socket /nowhere/admin.sock cannot be used (No such file",
        ),
        ("app", "a", "127.0.0.1:1", "it refuses connections"),
    ],
)
def test_what_cannot_be_is_told(site: Site, backend: str, server: str, place: str | None, said: str) -> None:
    there = f"127.0.0.1:{site.tcp}" if place == "tcp" else place or f"{site.home}/admin.sock"
    with pytest.raises(HttpError) as caught:
        Server(Runtime(WHO, there, site.clock), backend, server).drain(5)
    assert caught.value.message.startswith(f"{WHO}: {said}")


@pytest.mark.parametrize(
    "backend,server,place",
    [("app", "a;set server app/b state maint", "/x"), ("a b", "a", "/x"), ("app", "a\nb", "/x"), ("app", "a", "admin")],
)
def test_names_are_names(backend: str, server: str, place: str) -> None:
    with pytest.raises(ArgumentError, match=r"^HAProxy: (backend|server|socket) is "):
        Server(Runtime(WHO, place), backend, server).look()


def test_an_http_error_is_no_surprise(site: Site) -> None:
    """With both away HAProxy itself answers, which is what a rollout without limits would make of it."""
    for name in ("a", "b"):
        site.server(name).drain(5)
    with pytest.raises(urllib.error.HTTPError, match="503"):
        site.get()
