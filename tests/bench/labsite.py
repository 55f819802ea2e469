"""The lab that is measured on, and how each side reaches it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import yaml

from tests.bench.measure import BenchError, Cost, cost
from tests.integration.lab import REPOSITORY, Lab, terraform_binary

NAME = "bench"
PLAYS = Path(__file__).resolve().parent / "plays"
PLAYBOOK = str(Path(sys.executable).parent / "ansible-playbook")
# OpenSSH's first choice costs it five times the CPU, and asyncssh has it only with liboqs: both sides get this one
KEX = "curve25519-sha256"
T = TypeVar("T")


@dataclass
class Site:
    """One lab, an inventory for each side, and a store for our documents."""

    lab: Lab
    home: Path
    kex: str = KEX
    patience: float = 0

    @property
    def hosts(self) -> list[str]:
        return self.lab.names()

    @property
    def store(self) -> Path:
        return self.home / "store"

    def grow(self, size: int) -> None:
        """The lab with that many hosts, and inventories of them. Hosts carry Python, for the peer."""
        self.lab.up({"blue": {"size": size}}, variant="python", release="1.0", published="2.0")
        key = {"ansible_ssh_private_key_file": str(self.lab.directory / "id_ed25519")}
        kex = f"-o KexAlgorithms={self.kex}" if self.kex else ""
        ours = self.home / "ours"
        (ours / "group_vars").mkdir(parents=True, exist_ok=True)
        # not a group's variable: the inventory's own for every host would hide it
        source = {"plugin": "atomic.fleet.terraform", "state": str(self.lab.state), "ssh_common_args": kex}
        (ours / "lab.fleet.yml").write_text(yaml.safe_dump(source))
        (ours / "group_vars" / "all.yml").write_text(yaml.safe_dump(key))
        known = f"-o UserKnownHostsFile={self.lab.directory / 'known_hosts'}"
        hosts = {
            host["name"]: {"ansible_host": host["address"], "ansible_user": host["user"]}
            for host in self.lab.fleet["hosts"]
        }
        own = {**key, "ansible_ssh_common_args": f"{known} {kex}", "ansible_python_interpreter": "/usr/bin/python3"}
        (self.home / "peer.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": own}}))

    # -- playbooks

    def ours(self, playbook: str, forks: int, **variables: object) -> Cost:
        return self._play(self.home / "ours", playbook, forks, {"fleet_store": str(self.store), **variables})

    def peers(self, playbook: str, forks: int, collections: Path | None = None, **variables: object) -> Cost:
        """A playbook of the peer's; ``collections`` is where its collections are."""
        return self._play(self.home / "peer.yml", playbook, forks, variables, collections)

    def _play(
        self, inventory: Path, playbook: str, forks: int, variables: dict[str, object], collections: Path | None = None
    ) -> Cost:
        name = str(PLAYS / playbook) if playbook.endswith(".yml") else f"atomic.fleet.{playbook}"
        argv = [PLAYBOOK, "-i", str(inventory), "-f", str(forks), name, "-e", json.dumps(variables)]
        return self.measured(argv, collections)

    def measured(self, argv: Sequence[str], collections: Path | None = None) -> Cost:
        """What a command costs that runs on the controller's side of the lab's network."""
        environment = {
            "ANSIBLE_CONFIG": str(REPOSITORY / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(collections or REPOSITORY),
            "ANSIBLE_HOME": str(self.home / "ansible"),
            "ANSIBLE_NOCOLOR": "true",
        }
        return cost(["ip", "netns", "exec", self.lab.name, *argv], environment, REPOSITORY)

    # -- by hand

    def everywhere(self, ask: Callable[[str], T], at_once: int = 64) -> dict[str, T]:
        with ThreadPoolExecutor(at_once) as pool:
            return dict(zip(self.hosts, pool.map(ask, self.hosts), strict=True))

    def shell(self, command: str, at_once: int = 8) -> dict[str, str]:
        """A shell command on every host by plain ssh."""
        return self.everywhere(lambda name: self.lab.ssh(name, command, timeout=300), at_once)


@contextlib.contextmanager
def site(home: Path, keep: bool, kex: str, patience: float) -> Iterator[Site]:
    """A site whose lab is taken away at the end. Without ``kex`` each side takes its own first choice.

    ``patience`` is how many seconds a run waits for the machine to be quiet.
    """
    lacking = [what for what in ("systemd-nspawn", "ostree", "ip", "ssh") if shutil.which(what) is None]
    if os.geteuid() != 0:
        raise BenchError("The lab needs root: sudo make bench, or choose only: plan.")
    if lacking or terraform_binary() is None:
        raise BenchError(f"The lab needs {', '.join([*lacking, 'Terraform or OpenTofu'])}: make setup says more.")
    found = Site(Lab(NAME, home / "lab"), home, kex, patience)
    if not keep:
        found.lab.down()
    try:
        yield found
    finally:
        if not keep:
            found.lab.down()
            shutil.rmtree(home, ignore_errors=True)
