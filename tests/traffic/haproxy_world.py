"""A real HAProxy on loopback as master and worker, six web services behind it, and a front before its runtime API."""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.shares import percent
from ansible_collections.atomic.fleet.plugins.module_utils._model.contract import Balancer, Share
from ansible_collections.atomic.fleet.plugins.module_utils._model.traffic import WEIGHTS, PoolHost
from tests.traffic.haproxy_front import Front, Interruption
from tests.traffic.web_app import App, free_ports, until
from tests.traffic.world import BLUE, GREEN, World

HEAD = """
global
  stats socket {home}/admin.sock level admin expose-fd listeners
  stats socket ipv4@127.0.0.1:{admin} level admin
  stats socket ipv4@127.0.0.1:{operator} level operator
{kept}
defaults
  mode http
  timeout connect 1s
  timeout client 30s
  timeout server 30s
  timeout check 10s
{loaded}
frontend web
  bind 127.0.0.1:{web}
  default_backend app
backend app
  balance {balance}
  option httpchk GET /health
  default-server check inter 50ms fall 2 rise 2
"""
KEPT = ("  server-state-file {home}/state", "  load-server-state-from-file global")


class HAProxy:
    """``settings`` are lines for the section global and for defaults."""

    def __init__(self, home: Path, settings: tuple[str, str] = ("", ""), balance: str = "roundrobin") -> None:
        self.home = home
        self.web, self.admin, self.operator, *ports = free_ports(9)
        self.apps = {name: App(name, port) for name, port in zip((*BLUE, *GREEN), ports, strict=True)}
        kept, loaded = (text.format(home=home) for text in settings)
        self._head = HEAD.format(
            home=home, admin=self.admin, operator=self.operator, web=self.web, kept=kept, loaded=loaded, balance=balance
        )
        self.configure()
        self._process: subprocess.Popen[bytes] | None = None

    def configure(self, *more: str, without: str | None = None) -> None:
        """``more`` are further lines of the backend."""
        self.well = set(self.apps) - {without}
        servers = [
            f"  server {app.name} 127.0.0.1:{app.port} weight {100 if app.name in BLUE else 0}"
            for app in self.apps.values()
            if app.name != without
        ]
        (self.home / "haproxy.cfg").write_text(self._head + "\n".join([*servers, *(f"  {line}" for line in more), ""]))

    def start(self) -> None:
        for app in self.apps.values():
            app.start()
        self._begin()
        until(lambda: all(self.servers()[name]["srv_check_result"] == "3" for name in self.well))

    def _begin(self) -> None:
        self._process = subprocess.Popen(
            ["haproxy", "-Ws", "-S", f"{self.home}/master.sock", "-f", f"{self.home}/haproxy.cfg"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(lambda: bool(self._pid()))

    def _stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(20)

    def restart(self) -> None:
        self._stop()
        self._begin()

    def end(self) -> None:
        self._stop()
        for app in self.apps.values():
            app.end()

    def say(self, command: str, to: str = "admin.sock") -> str:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(20)
            connection.connect(str(self.home / to))
            connection.sendall(f"{command}\n".encode())
            if to == "master.sock":  # it waits for more
                connection.shutdown(socket.SHUT_WR)
            data = b""
            while part := connection.recv(65536):
                data += part
        return data.decode()

    def servers(self) -> dict[str, dict[str, str]]:
        lines = self.say("show servers state app").splitlines()
        names = lines[1].removeprefix("# ").split()
        rows = [dict(zip(names, line.split(), strict=True)) for line in lines[2:] if line]
        return {row["srv_name"]: row for row in rows}

    def weights(self) -> dict[str, int]:
        return {name: int(row["srv_uweight"]) for name, row in self.servers().items()}

    def shares(self) -> dict[str, int]:
        weights = self.weights()
        return percent({"blue": sum(weights[name] for name in BLUE if name in weights),
                        "green": sum(weights[name] for name in GREEN if name in weights)})  # fmt: skip

    def reload(self) -> None:
        """As `systemctl reload` does it; over when only the new process answers."""
        assert self._process
        old = self._pid()
        # a master that starts itself anew, as it does after each reload, is deaf to signals until it answers
        until(lambda: "worker" in self._asked("show proc", "master.sock"))
        self._process.send_signal(signal.SIGUSR2)
        until(lambda: all(self._pid() not in (old, "") for _number in range(20)))

    def _pid(self) -> str:
        said = self._asked("show info", "admin.sock")
        return next((line for line in said.splitlines() if line.startswith("Pid:")), "")

    def _asked(self, command: str, to: str) -> str:
        """Nothing where nobody listens at that moment."""
        try:
            return self.say(command, to)
        except OSError:
            return ""

    def get(self, path: str = "/") -> str:
        return next(iter(self.answers(1, path)))

    def answers(self, count: int, path: str = "/") -> Counter[str]:
        """Who answers, by name, over one connection that stays."""
        client = http.client.HTTPConnection("127.0.0.1", self.web, timeout=30)
        found: Counter[str] = Counter()
        try:
            for _number in range(count):
                client.request("GET", path)
                response = client.getresponse()
                said = response.read().decode()
                found[said if response.status == 200 else str(response.status)] += 1
        finally:
            client.close()
        return found

    def crowd(self, count: int, clients: int = 4) -> Counter[str]:
        """The same, by several clients at once."""
        found: list[Counter[str]] = []
        threads = [
            threading.Thread(target=lambda: found.append(self.answers(count // clients))) for _one in range(clients)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        return sum(found, Counter())


def balancer(settings: Mapping[str, str]) -> Balancer:
    return Balancer("web", "haproxy", None, 80, (Share("blue", None), Share("green", None)), settings)


@contextmanager
def running(haproxy: HAProxy, **settings: str) -> Iterator[HAProxyWorld]:
    """``settings`` are the balancer's, beside those that it needs."""
    try:
        haproxy.start()
        world = HAProxyWorld(haproxy, settings)
        yield world
        world.close()
    finally:
        haproxy.end()


class HAProxyWorld(World):
    grain: ClassVar[str] = WEIGHTS
    cannot: ClassVar[Mapping[str, str]] = {"throttle": "HAProxy's runtime API has no answer for too many requests"}

    def __init__(self, haproxy: HAProxy, settings: Mapping[str, str]) -> None:
        self.haproxy = haproxy
        self.settings = settings
        self.front = Front(haproxy.admin)

    def close(self) -> None:
        self.front.close()

    def balancer(self, **settings: str) -> Balancer:
        return balancer({"socket": f"127.0.0.1:{self.front.port}", "backend": "app", **self.settings, **settings})

    def hosts(self) -> tuple[PoolHost, ...]:
        return tuple(
            PoolHost(name, "blue" if name in BLUE else "green", "127.0.0.1", f"edge/web/{name}")
            for name in (*BLUE, *GREEN)
        )

    def wrong(self) -> Balancer:
        return self.balancer(backend="nowhere")

    def shares(self) -> dict[str, int]:
        return self.haproxy.shares()

    def meddle(self, shares: Mapping[str, int]) -> None:
        for names, pool in ((BLUE, "blue"), (GREEN, "green")):
            for name in names:
                said = self.haproxy.say(f"set server app/{name} weight {shares[pool]}").strip()
                assert not said, said

    def serves(self, host: str) -> bool:
        row = self.haproxy.servers()[host]
        # 4 is left of a server that its configuration once began in maintenance
        return not int(row["srv_admin_state"]) & ~4 and int(row["srv_uweight"]) > 0

    def sicken(self, host: str) -> None:
        self.haproxy.apps[host].sick = True
        until(lambda: self.haproxy.servers()[host]["srv_op_state"] == "0")

    def heal(self, host: str) -> None:
        self.haproxy.apps[host].sick = False
        until(lambda: self.haproxy.servers()[host]["srv_op_state"] == "2")

    def writes(self) -> int:
        return self.front.writes

    def throttle(self, times: int) -> None:
        raise NotImplementedError

    def hang(self) -> None:
        self.front.hang()

    def down(self) -> None:
        self.front.refuse()

    def forbid(self) -> None:
        self.front.upstream = self.haproxy.operator

    def break_half_way(self) -> None:
        self.front.interruption = Interruption(2)

    def mend(self) -> None:
        self.front.upstream = self.haproxy.admin
        self.front.mend()

    def lasting_words(self) -> Mapping[str, str]:
        return {"forbidden": "level admin", "wrong": "nowhere"}
