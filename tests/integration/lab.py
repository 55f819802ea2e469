"""A lab for tests: brought up and down through Terraform, its state kept beside it and never in the repository."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLE = REPOSITORY / "terraform" / "examples" / "lab"
PROGRAM = REPOSITORY / "terraform" / "modules" / "lab" / "files" / "lab.py"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "atomic-fleet" / "images"


def terraform_binary() -> str | None:
    """Terraform or OpenTofu, whichever is there."""
    return shutil.which("terraform") or shutil.which("tofu")


def lacking() -> str | None:
    """Why there can be no lab on this machine, in a few words."""
    if os.geteuid() != 0:
        return "the lab needs root"
    if shutil.which("systemd-nspawn") is None:
        return "the lab needs systemd-nspawn"
    return None if terraform_binary() else "the lab needs Terraform or OpenTofu"


@dataclass
class Lab:
    """One lab. `home` holds everything: the lab's directory and Terraform's state."""

    name: str
    home: Path
    variables: dict[str, Any] = field(default_factory=dict)
    fleet: dict[str, Any] = field(default_factory=dict)

    @property
    def example(self) -> Path:
        """The root module that is applied."""
        return EXAMPLE

    @property
    def directory(self) -> Path:
        return self.home / "lab"

    @property
    def state(self) -> Path:
        return self.home / "terraform.tfstate"

    # -- life

    def environment(self) -> dict[str, str]:
        environment = {**os.environ, "TF_DATA_DIR": str(self.home / "terraform"), "TF_IN_AUTOMATION": "1"}
        if not Path(environment.get("TF_CLI_CONFIG_FILE", "/nowhere")).exists():
            environment.pop("TF_CLI_CONFIG_FILE", None)  # Terraform would warn at every start
        return environment

    def arguments(self, verb: str, **variables: Any) -> list[str]:
        """The command line of a Terraform verb; variables given now are kept for later verbs."""
        self.variables.update(variables)
        wanted = {"name": self.name, "directory": str(self.directory), "cache": str(CACHE), **self.variables}
        words = [word for key, value in wanted.items() for word in ("-var", f"{key}={tfvar(value)}")]
        confirm = ["-auto-approve"] if verb in ("apply", "destroy") else []
        return [terraform_binary() or "terraform", verb, "-no-color", "-input=false", *confirm, *words]

    def init(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        if (self.home / "terraform").is_dir():
            return
        binary = terraform_binary() or "terraform"
        self.call([binary, "init", "-no-color", "-input=false", f"-backend-config=path={self.state}"])

    def up(self, pools: dict[str, Any] | None = None, **variables: Any) -> str:
        """Apply: make the lab, change it, or bring back what is down. Returns what Terraform printed."""
        self.init()
        if pools is not None:
            variables["pools"] = pools
        printed = self.call(self.arguments("apply", **variables))
        self.fleet = self.outputs()["fleet"]
        return printed

    def down(self) -> str:
        """Destroy, and remove the state."""
        printed = ""
        if self.state.exists():
            self.init()
            printed = self.call(self.arguments("destroy"))
        shutil.rmtree(self.home, ignore_errors=True)
        return printed

    def outputs(self) -> dict[str, Any]:
        binary = terraform_binary() or "terraform"
        return {key: value["value"] for key, value in json.loads(self.call([binary, "output", "-json"])).items()}

    def call(self, argv: Sequence[str]) -> str:
        done = subprocess.run(
            argv,
            cwd=EXAMPLE,
            env=self.environment(),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode != 0:
            raise AssertionError(f"{argv[:2]} failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        return done.stdout

    def leftovers(self) -> list[str]:
        """What of this lab is on the machine, from processes to control groups. Empty after down()."""
        found = [f"process {pid}: {words}" for pid, words in processes() if str(self.home) in words]
        found += [
            f"namespace {path.name}"
            for path in Path("/run/netns").glob(f"{self.name}*")
            if path.name.split("-")[0] == self.name
        ]
        mounts = Path("/proc/self/mountinfo").read_text().splitlines()
        found += [f"mount {line}" for line in mounts if str(self.home) in line or f"/run/netns/{self.name}-" in line]
        found += [f"folder {path}" for path in Path("/run").glob(f"atomic-fleet-{self.name}*")]
        found += [f"cgroup {path}" for path in Path("/sys/fs/cgroup").rglob(f"*atomic-fleet-{self.name}-*")]
        return found

    # -- hosts

    def host(self, name: str) -> dict[str, Any]:
        return next(host for host in self.fleet["hosts"] if host["name"] == name)

    def names(self, pool: str | None = None) -> list[str]:
        return [host["name"] for host in self.fleet["hosts"] if pool in (None, host["pool"])]

    def run(self, argv: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a program inside the lab's network; keyword arguments go to subprocess.run."""
        options = {"capture_output": True, "text": True, "stdin": subprocess.DEVNULL, "check": False, **options}
        if "input" in options:
            del options["stdin"]
        return subprocess.run(["ip", "netns", "exec", self.name, *argv], **options)  # pylint: disable=subprocess-run-check

    def ssh_arguments(self, name: str) -> list[str]:
        """ssh to a host as its contract says: checked keys, through its jump hosts."""
        host = self.host(name)
        options = [
            "-F", "none", "-i", str(self.directory / "id_ed25519"), "-o", "BatchMode=yes", "-o", "ConnectTimeout=10",
            "-o", f"UserKnownHostsFile={self.directory / 'known_hosts'}", "-o", "StrictHostKeyChecking=yes",
            "-o", "KexAlgorithms=curve25519-sha256",
        ]  # fmt: skip
        words = ["ssh", *options, "-p", str(host["port"])]
        for hop in host["jump"]:
            through = ["ssh", *options, "-W", "%h:%p", "-p", str(hop["port"]), f"{hop['user']}@{hop['address']}"]
            words += ["-o", f"ProxyCommand={' '.join(through)}"]
        return [*words, f"{host['user']}@{host['address']}"]

    def ssh(self, name: str, command: str, *, check: bool = True, timeout: float = 120) -> str:
        """Standard output of a shell command on a host; AssertionError with all it said when it fails."""
        done = self.run([*self.ssh_arguments(name), command], timeout=timeout)
        if check and done.returncode != 0:
            raise AssertionError(f"{name}: {command!r} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    # -- the lab's own program: releases and faults

    def program(self, verb: str, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-B", str(PROGRAM), verb, str(self.directory), *words],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return done.stdout

    def publish(self, version: str) -> None:
        """Let the remote's stable ref point at a release."""
        self.program("publish", version)

    def versions(self) -> dict[str, str]:
        """Commit checksum of every release, by version."""
        content: dict[str, dict[str, str]] = json.loads((self.directory / "image.json").read_text())
        return content["versions"]

    def remote(self, state: str, amount: int = 0) -> None:
        """down, cut (after `amount` bytes of objects), slow (`amount` bytes a second a connection), up."""
        self.program("remote-fault", state, str(amount))

    def disk(self, name: str, state: str) -> None:
        """full or free."""
        self.program("disk", name, state)

    def cut(self, name: str) -> None:
        """Pull the host's network cable."""
        self.program("link", name, "down")

    def restore(self, name: str) -> None:
        """Put the host's network cable back."""
        self.program("link", name, "up")

    def power_cycle(self, name: str) -> None:
        """Cut a host's power and give it back: no orderly shutdown, so nothing that was staged is finalised."""
        self.program("power", name, "cycle")

    def power_off(self, name: str) -> None:
        """Switch a host off; the next up() switches it on."""
        self.program("power", name, "off")

    def boot_delay(self, seconds: float, *names: str) -> None:
        """Firmware seconds before every later boot of these hosts (none named: all)."""
        self.program("boot-delay", str(seconds), *names)

    def wait(self, name: str, *, other_than: str = "", timeout: float = 120) -> str:
        """Until the host answers, with another boot id than the one given, and its health checks are through.

        Returns the new boot id.
        """
        return self.program("wait", name, "--other-than", other_than, "--timeout", str(timeout)).strip()

    def pid(self, unit: str) -> int:
        """Process of a host's supervisor, of the remote, the bastion or the balancer."""
        record: dict[str, int] = json.loads((self.directory / "run" / f"{unit}.json").read_text())
        return record["pid"]

    def boot_id(self, name: str) -> str:
        return self.ssh(name, "cat /proc/sys/kernel/random/boot_id").strip()


def processes() -> list[tuple[int, str]]:
    """Every process with its command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append((int(path.parent.name), path.read_bytes().replace(b"\0", b" ").decode(errors="replace")))
        except OSError:
            continue
    return found


def tfvar(value: Any) -> str:
    """A value as Terraform's -var wants it."""
    return value if isinstance(value, str) else json.dumps(value)
