"""Where a lab keeps its things, and what they are called on the machine."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from .errors import LabError

NETWORK = "10.88.0"
PRIVATE_NETWORK = "10.88.1"
CONTROLLER_ADDRESS = f"{NETWORK}.1"
BASTION_ADDRESS = f"{NETWORK}.2"
BASTION_PRIVATE_ADDRESS = f"{PRIVATE_NETWORK}.1"
REMOTE_PORT = 8080
FIRST_OCTET = 11
LAST_OCTET = 254

OSNAME = "lab"
REMOTE_NAME = "lab"
STABLE_REF = "lab/x86_64/stable"


@dataclass(frozen=True)
class Lab:
    """One lab: its name (namespaces, units and cgroups carry it) and its directory."""

    name: str
    directory: Path

    @property
    def marker(self) -> Path:
        """The file that makes a directory a lab's, so that nothing else is ever erased."""
        return self.directory / "lab.json"

    @property
    def hosts(self) -> Path:
        return self.directory / "hosts"

    @property
    def run(self) -> Path:
        """Records of what is running; Terraform reads them to see what has to be started."""
        return self.directory / "run"

    @property
    def logs(self) -> Path:
        return self.directory / "logs"

    @property
    def repo(self) -> Path:
        return self.directory / "repo"

    @property
    def extensions(self) -> Path:
        """What the remote serves below /extensions/."""
        return self.directory / "extensions"

    @property
    def golden(self) -> Path:
        return self.directory / "golden"

    @property
    def bastion(self) -> Path:
        return self.directory / "bastion"

    @property
    def balancer(self) -> Path:
        return self.directory / "balancer"

    @property
    def balancer_state(self) -> Path:
        """The servers' weights and states, as HAProxy keeps them."""
        return self.balancer / "servers.state"

    @property
    def balancer_socket(self) -> Path:
        """HAProxy's runtime API. Not in the directory: HAProxy takes no path longer than 97 characters."""
        return Path(f"/run/atomic-fleet-{self.name}/balancer.sock")

    @property
    def settings(self) -> Path:
        return self.directory / "settings.json"

    @property
    def identity(self) -> Path:
        return self.directory / "id_ed25519"

    @property
    def known_hosts(self) -> Path:
        return self.directory / "known_hosts"

    @property
    def fault(self) -> Path:
        return self.directory / "remote.fault"

    @property
    def jump_namespace(self) -> str:
        return f"{self.name}-jump"

    def namespace(self, host: str | None = None) -> str:
        """The network namespace of a host, or the controller's side of the lab."""
        return self.name if host is None else host

    def host(self, name: str) -> HostPaths:
        return HostPaths(name=name, directory=self.hosts / name)

    def host_names(self) -> list[str]:
        """Hosts that are completely made, in order."""
        if not self.hosts.is_dir():
            return []
        return sorted(p.parent.name for p in self.hosts.glob("*/host.json") if not p.parent.name.startswith("."))


@dataclass(frozen=True)
class HostPaths:
    """The files of one host."""

    name: str
    directory: Path

    @property
    def record(self) -> Path:
        return self.directory / "host.json"

    @property
    def sysroot(self) -> Path:
        return self.directory / "sysroot"

    @property
    def boot(self) -> Path:
        return self.sysroot / "boot"

    @property
    def bootenv(self) -> Path:
        return self.boot / "bootenv"

    @property
    def octet(self) -> Path:
        """Last number of the host's address: given once, kept for the host's life."""
        return self.directory.parent / f"{self.name}.octet"

    @property
    def public_key(self) -> Path:
        return self.directory / "ssh_host_ed25519_key.pub"

    @property
    def boot_delay(self) -> Path:
        return self.directory / "boot_delay"

    def address(self, private: bool) -> str:
        """IPv4 address on the main or on the bastion's private network."""
        return f"{PRIVATE_NETWORK if private else NETWORK}.{self.octet.read_text().strip()}"


def pool_of(host: str) -> str:
    """A host is called NAME-POOL-NUMBER, and none of the three has a hyphen."""
    return host.split("-")[1]


def open_lab(directory: Path) -> Lab:
    """The lab that lives in a directory; LabError when there is none."""
    try:
        content = json.loads((directory / "lab.json").read_text())
        return Lab(name=str(content["name"]), directory=directory)
    except (OSError, ValueError, KeyError, TypeError):
        raise LabError(f"{directory} holds no lab: name the directory that the lab module was applied with.") from None


def write_atomically(path: Path, text: str) -> None:
    """Replace a file's content so that a reader sees the old or the new one, never half."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text)
    temporary.rename(path)
