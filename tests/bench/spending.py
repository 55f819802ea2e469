"""A thousand simulated hosts: what the controller spends on each, and what a plain `serial` play does.

The hosts are one SSH server in a process of its own (simserver.py), so all CPU that is measured is the controller's.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.figures import Figure, goal
from tests.bench.labsite import KEX, PLAYBOOK, PLAYS
from tests.bench.measure import BenchError, Cost, cost, quiet
from tests.bench.simserver import NEW, OLD
from tests.integration.lab import REPOSITORY

SERVER = Path(__file__).resolve().with_name("simserver.py")
# as many hosts as fork well; the figure is for each host, so it is told for the same thousand
PEER_HOSTS = 200
WAVES = 10
FORKS = 20


@dataclass
class Simulated:
    """The server, and an inventory of its hosts."""

    home: Path
    hosts: int
    port: int

    @property
    def inventory(self) -> Path:
        return self.home / f"inventory-{self.hosts}.json"

    def write(self) -> None:
        key = " ".join((self.home / "host.pub").read_text().split()[:2])
        names = {f"sim{n:04}": f"127.1.{n // 250}.{n % 250 + 1}" for n in range(self.hosts)}
        known = self.home / f"known-{self.hosts}"
        known.write_text("".join(f"[{address}]:{self.port} {key}\n" for address in names.values()))
        variables = {
            "ansible_port": self.port,
            "ansible_user": "root",
            "ansible_ssh_private_key_file": str(self.home / "user"),
            "ansible_ssh_common_args": f"-F none -o UserKnownHostsFile={known} -o KexAlgorithms={KEX}",
        }
        listed = {name: {"ansible_host": address} for name, address in names.items()}
        self.inventory.write_text(json.dumps({"all": {"hosts": listed, "vars": variables}}))

    def play(self, playbook: str, forks: int, **variables: object) -> Cost:
        environment = {
            "ANSIBLE_CONFIG": str(REPOSITORY / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(REPOSITORY),
            "ANSIBLE_HOME": str(self.home / "ansible"),
            "ANSIBLE_NOCOLOR": "true",
        }
        given = {"fleet": "sim", "fleet_store": str(self.home / "store"), **variables}
        argv = [PLAYBOOK, "-i", str(self.inventory), "-f", str(forks), playbook, "-e", json.dumps(given)]
        return cost(argv, environment, REPOSITORY)

    def rollout(self, waves: int, wanted: str) -> Cost:
        """A plan of that many waves of equal size, applied; what applying it costs."""
        policy, plan = self.home / "policy.yml", self.home / "plan.json"
        size = -(-self.hosts // waves)
        policy.write_text(json.dumps({"canary": 0, "waves": [size], "max_unavailable": size}))
        self.play("atomic.fleet.plan", FORKS, checksum=wanted, policy=str(policy), plan=str(plan))
        made = [len(wave["hosts"]) for wave in json.loads(plan.read_text())["waves"]]
        if len(made) != waves or sum(made) != self.hosts:
            raise BenchError(f"The plan for {self.hosts} simulated hosts has waves of {made}.")
        return self.play("atomic.fleet.apply", FORKS, plan=str(plan))


@contextlib.contextmanager
def simulated(home: Path, hosts: int) -> Iterator[Simulated]:
    home.mkdir(parents=True, exist_ok=True)
    port = home / "port"
    port.unlink(missing_ok=True)
    with subprocess.Popen([sys.executable, str(SERVER), str(home)], stdin=subprocess.DEVNULL) as server:
        try:
            end = time.monotonic() + 30
            while not port.exists():
                if server.poll() is not None or time.monotonic() > end:
                    raise BenchError("The server of the simulated hosts did not start.")
                time.sleep(0.05)
            found = Simulated(home, hosts, int(port.read_text()))
            found.write()
            yield found
        finally:
            server.terminate()


def run(home: Path, hosts: int, patience: float, tell: Callable[[str], None]) -> list[Figure]:
    """One wave of all, ten waves of a tenth each, and the peer on a part of them. Once each: it is CPU that counts."""
    tell(f"{hosts} simulated hosts in one wave and in {WAVES}; the peer on {PEER_HOSTS}")
    quiet(patience)
    with simulated(home / "all", hosts) as all_of_them:
        one = all_of_them.rollout(1, NEW)
        tell(f"  one wave: {one.wall:.1f} s, {one.cpu:.1f} s of CPU")
        ten = all_of_them.rollout(WAVES, OLD)
        tell(f"  {WAVES} waves: {ten.wall:.1f} s, {ten.cpu:.1f} s of CPU")
    with simulated(home / "peer", PEER_HOSTS) as part:
        batch = PEER_HOSTS // WAVES
        peer = part.play(str(PLAYS / "peer_simulated.yml"), FORKS, batch=batch, wanted=NEW)
        tell(f"  the peer, {PEER_HOSTS} hosts in {WAVES} batches: {peer.wall:.1f} s, {peer.cpu:.1f} s of CPU")
    basis = {
        "hosts": hosts,
        "one wave: wall and cpu": [round(one.wall, 1), round(one.cpu, 1)],
        f"{WAVES} waves: wall and cpu": [round(ten.wall, 1), round(ten.cpu, 1)],
        f"peer, {PEER_HOSTS} hosts: wall and cpu": [round(peer.wall, 1), round(peer.cpu, 1)],
        "load": os.getloadavg()[0],
    }
    name = f"{hosts} simulated hosts"
    return [
        goal(
            f"{name}: ms of CPU a host and wave, {WAVES} waves", 1000 * ten.cpu / hosts / WAVES, at_most=30, basis=basis
        ),
        goal(f"{name}: ms of CPU a host, all in one wave", 1000 * one.cpu / hosts),
        goal(f"{name}: ms of CPU a host, {WAVES} waves", 1000 * ten.cpu / hosts),
        goal(f"{PEER_HOSTS} simulated hosts: ms of CPU a host, serial play", 1000 * peer.cpu / PEER_HOSTS),
        goal(f"{PEER_HOSTS} simulated hosts: seconds of a serial play a host", peer.wall / PEER_HOSTS),
        goal(f"{name}: seconds of ours a host, {WAVES} waves", ten.wall / hosts),
    ]
