"""How long from a shift to HAProxy's new weights: python -m tests.traffic.haproxy_speed [SERVERS…]. Never a test."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from ansible_collections.atomic.fleet.plugins.module_utils._model.traffic import PoolHost
from ansible_collections.atomic.fleet.plugins.module_utils._parse.haproxy import parse_state
from ansible_collections.atomic.fleet.plugins.plugin_utils._clouds.choose import open_adapter
from ansible_collections.atomic.fleet.plugins.plugin_utils._clouds.model import Limits
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.haproxy_runtime import Runtime
from tests.traffic.haproxy_world import balancer
from tests.traffic.web_app import free_ports, until

RUNS = 60
STEPS = tuple({"blue": 100 - green, "green": green} for green in (5, 25, 100, 0))
CONFIG = """
global
  stats socket {home}/admin.sock level admin
  stats socket ipv4@127.0.0.1:{port} level admin
defaults
  mode http
  timeout connect 1s
  timeout client 30s
  timeout server 30s
backend app
  balance roundrobin
{servers}
"""


class Watch(threading.Thread):
    """Looks all the time, and notes when weights were first seen to be other ones."""

    def __init__(self, runtime: Runtime) -> None:
        super().__init__(daemon=True)
        self.seen: list[tuple[float, tuple[int, ...]]] = []
        self.ended = False
        self._runtime = runtime

    def run(self) -> None:
        with self._runtime.talk() as talk:
            while not self.ended:
                said = talk.say(["show servers state app"])[0]
                at, weights = time.monotonic(), tuple(state.weight for state in parse_state(said))
                if not self.seen or self.seen[-1][1] != weights:
                    self.seen.append((at, weights))


def measure(servers: int) -> None:
    hosts = tuple(
        PoolHost(f"{pool}-{number}", pool, "127.0.0.1", "")
        for pool in ("blue", "green")
        for number in range(servers // 2)
    )
    lines = [f"  server {host.name} 127.0.0.1:1 weight {100 if host.pool == 'blue' else 0}" for host in hosts]
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory() as home:
        config = Path(home) / "haproxy.cfg"
        config.write_text(CONFIG.format(home=home, port=port, servers="\n".join(lines)))
        haproxy = subprocess.Popen(["haproxy", "-db", "-f", str(config)], stderr=subprocess.DEVNULL)
        try:
            until((Path(home) / "admin.sock").exists)
            adapter = open_adapter(balancer({"socket": f"127.0.0.1:{port}", "backend": "app"}), hosts, Limits())
            standing = adapter.observe()
            watch = Watch(Runtime("watch", f"{home}/admin.sock", timeout=600))
            watch.start()
            until(lambda: bool(watch.seen))
            there, back = [], []
            for run in range(RUNS):
                began = time.monotonic()
                standing = adapter.shift(STEPS[run % len(STEPS)], standing)
                back.append(time.monotonic() - began)
                wanted = dict(standing.weights)
                until(lambda wanted=wanted: _pools(watch.seen[-1][1]) == wanted)  # type: ignore[misc]
                there.append(watch.seen[-1][0] - began)
            watch.ended = True
            watch.join(20)
        finally:
            haproxy.terminate()
            haproxy.wait(20)
    for what, found in (("weights are there", there), ("shift() returns", back)):
        print(
            f"{servers} servers, {what}: median {statistics.median(found) * 1000:.1f} ms, "
            f"longest {max(found) * 1000:.1f} ms of {RUNS}"
        )


def _pools(weights: tuple[int, ...]) -> dict[str, int]:
    half = len(weights) // 2
    return {"blue": sum(weights[:half]), "green": sum(weights[half:])}


if __name__ == "__main__":
    for count in sys.argv[1:] or ("6", "200"):
        measure(int(count))
