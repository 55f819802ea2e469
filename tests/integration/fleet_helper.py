"""A lab driven as a user drives it: ansible-playbook, an inventory, a store of documents; and what came of it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml

from tests.integration.lab import REPOSITORY, Lab

PLAYBOOK = str(Path(sys.executable).parent / "ansible-playbook")
# tools.integration tells labs that are up side by side apart
NAME = f"fleet{os.environ.get('ATOMIC_FLEET_TEST_SLOT', '')}"
POOLS = {"blue": {"size": 3}, "green": {"size": 2}}
BASE, NEWER, UNHEALTHY, DEAD, NEWEST = "1.0", "2.0", "3.0-unhealthy", "4.0-dead", "5.0"
# what a person in a hurry would write: one canary, then all others at once
QUICK = {"canary": 1, "waves": ["100%"], "max_unavailable": "100%"}
_FATAL = re.compile(r"^fatal: \[.*?\]: FAILED! => (\{.*\})$", re.M)
T = TypeVar("T")


def until(what: str, probe: Callable[[], T | None], timeout: float = 60.0) -> T:
    """The first thing the probe gives that is not None or False; AssertionError when the time is over."""
    end = time.monotonic() + timeout
    while True:
        found = probe()
        if found is not None and found is not False:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"waited {timeout:.0f} s in vain for {what}")
        time.sleep(0.02)


def family(pid: int) -> list[int]:
    """A process and all that descend from it, the youngest first: each of Ansible's has a session of its own."""
    try:
        born = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return []
    return [*(one for child in born for one in family(int(child))), pid]


@dataclass(frozen=True)
class Played:
    """How a playbook ended."""

    rc: int
    text: str

    @property
    def sentences(self) -> list[str]:
        """What failed tasks said."""
        return [json.loads(found)["msg"] for found in _FATAL.findall(self.text)]

    @property
    def sentence(self) -> str:
        assert len(self.sentences) == 1, self.text
        return self.sentences[0]

    def refused(self, *words: str) -> bool:
        """One sentence, on one line, with these words in it, and an exit status that says so."""
        said = self.sentence
        return self.rc == 2 and "\n" not in said and "Traceback" not in self.text and all(one in said for one in words)


@dataclass
class Running:
    """A playbook under way."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def end(self, timeout: float = 120.0) -> Played:
        self.process.wait(timeout)
        return Played(self.process.returncode, self.text)

    def kill(self) -> None:
        """As the kernel's out-of-memory killer would: ansible-playbook alone, without a word."""
        self.process.kill()
        self.process.wait()

    def interrupt(self, number: int) -> None:
        """As a terminal does on Ctrl-C: the whole foreground process group."""
        os.killpg(self.process.pid, number)


@dataclass
class Fleet:
    """The lab, an inventory of it, and a store of its own for every test."""

    lab: Lab
    home: Path
    store: Path = Path("/nowhere")
    running: list[Running] = field(default_factory=list)

    # -- the hosts

    @property
    def hosts(self) -> list[str]:
        return self.lab.names()

    @property
    def inventory(self) -> Path:
        return self.home / "inventory"

    def build(self) -> None:
        self.lab.up(POOLS, jump_hosts=[f"{NAME}-green-2"])
        (self.inventory / "group_vars").mkdir(parents=True, exist_ok=True)
        source = {"plugin": "atomic.fleet.terraform", "state": str(self.lab.state)}
        (self.inventory / "lab.fleet.yml").write_text(yaml.safe_dump(source))
        key = {"ansible_ssh_private_key_file": str(self.lab.directory / "id_ed25519")}
        (self.inventory / "group_vars" / "all.yml").write_text(yaml.safe_dump(key))

    def at_base(self) -> None:
        """All hosts run the first release, are well and have nothing staged, and no fault is left. Others are made
        anew."""
        self.end_all()
        if not self.lab.fleet:
            self.build()
        self.lab.remote("up")
        self.lab.boot_delay(0)
        unfit = [name for name, fit in self.everywhere(self._is_fit).items() if not fit]
        if unfit:
            for name in unfit:
                self.lab.restore(name)
            anew = [f'-replace=module.lab.terraform_data.host["{name}"]' for name in unfit]
            self.lab.call([*self.lab.arguments("apply"), *anew])
            self.lab.fleet = self.lab.outputs()["fleet"]
        self.lab.publish(NEWER)

    def _is_fit(self, name: str) -> bool:
        try:
            status = self.lab.ssh(name, "ostree admin status; cat /run/motd.d/boot-status", timeout=5)
        except (AssertionError, subprocess.TimeoutExpired):
            return False
        first = next((line for line in status.splitlines() if line.strip()), "")
        booted = re.search(r"^\* .*?$.*?Version: (\S+)", status, re.M | re.S)
        disk = (self.lab.directory / "hosts" / name / "sysroot/ostree/repo/config").read_text()
        fit = booted is not None and booted.group(1) == BASE and first.startswith("*") and "GREEN" in status
        return fit and "999999GB" not in disk

    def everywhere(self, ask: Callable[[str], T]) -> dict[str, T]:
        with ThreadPoolExecutor(8) as pool:
            return dict(zip(self.hosts, pool.map(ask, self.hosts), strict=True))

    def versions(self) -> dict[str, str]:
        """What every host runs, asked without any of the code under test; "?" where it does not answer."""

        def ask(name: str) -> str:
            try:
                return self.lab.ssh(name, "cat /usr/share/lab/version", timeout=15).strip()
            except (AssertionError, subprocess.TimeoutExpired):
                return "?"

        return self.everywhere(ask)

    def boots(self) -> dict[str, int]:
        """How often each host was booted, by its firmware's log."""
        logs = self.lab.directory / "logs"
        return {name: (logs / f"{name}.log").read_text().count(" boot entry ") for name in self.hosts}

    # -- playbooks

    def command(self, playbook: str, *words: str | Path, **variables: Any) -> list[str]:
        given = {"fleet_store": str(self.store), **variables}
        name = playbook if playbook.endswith(".yml") else f"atomic.fleet.{playbook}"
        return [PLAYBOOK, "-i", str(self.inventory), name, *map(str, words), "-e", json.dumps(given)]

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "ANSIBLE_CONFIG": str(REPOSITORY / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(REPOSITORY),
            "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
            "ANSIBLE_NOCOLOR": "true",
            "ANSIBLE_TIMEOUT": "5",
            # Ansible leaves it to Python when a file that is no terminal gets its lines
            "PYTHONUNBUFFERED": "1",
            "ANSIBLE_CONNECTION_PLUGINS": str(Path(__file__).parent / "fleet_plugins"),
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(self.home / "cp"),
            "ATOMIC_FLEET_KNOWN_HOSTS_DIRECTORY": str(self.home / "known_hosts"),
        }

    def play(self, playbook: str, *words: str | Path, **variables: Any) -> Played:
        """A playbook, run to its end inside the lab's network."""
        return self.run_command(self.command(playbook, *words, **variables))

    def run_command(self, command: Sequence[str]) -> Played:
        with subprocess.Popen(
            ["ip", "netns", "exec", self.lab.name, *command],
            # on SIGABRT every Python process says where each of its threads is
            env={**self.environment(), "PYTHONFAULTHANDLER": "1"},
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                out, err = process.communicate(timeout=240)
            except subprocess.TimeoutExpired:
                for pid in family(process.pid):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGABRT)
                out, err = process.communicate()
                raise AssertionError(f"it did not end within 240 s\n{out}\n{err}") from None
        return Played(process.returncode, out + err)

    def start(self, playbook: str, *words: str | Path, **variables: Any) -> Running:
        """A playbook in a process group of its own, as a shell starts one."""
        log = self.home / f"running-{len(self.running)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["ip", "netns", "exec", self.lab.name, *self.command(playbook, *words, **variables)],
                env=self.environment(),
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        self.running.append(Running(process, log))
        return self.running[-1]

    def end_all(self) -> None:
        for one in self.running:
            if one.process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(one.process.pid, signal.SIGKILL)
                one.process.wait()
        self.running.clear()

    def policy(self, **keys: Any) -> str:
        self.store.mkdir(parents=True, exist_ok=True)
        path = self.store / "policy.yml"
        path.write_text(yaml.safe_dump({**QUICK, **keys}))
        return str(path)

    def planned(self, version: str = NEWER, *words: str, **policy: Any) -> Path:
        """A plan to that release, in a file."""
        path = self.store / "plan.json"
        done = self.play("plan", *words, version=version, plan=str(path), policy=self.policy(**policy))
        assert done.rc == 0, done.text
        return path

    # -- documents

    @property
    def documents(self) -> Path:
        return self.store / self.lab.name

    @property
    def journal_path(self) -> Path | None:
        """The journal that was written to last."""
        found = sorted((self.documents / "journals").glob("*.jsonl"), key=lambda path: path.stat().st_mtime_ns)
        return found[-1] if found else None

    def events(self, kind: str | None = None, host: str | None = None) -> list[dict[str, Any]]:
        """Whole lines of the last journal."""
        path = self.journal_path
        lines = path.read_text().split("\n")[:-1] if path else []
        events = [json.loads(line) for line in lines]
        return [one for one in events if kind in (None, one["kind"]) and host in (None, one.get("host"))]

    def kinds(self, host: str | None = None) -> list[str]:
        return [event["kind"] for event in self.events(host=host)]

    def when(self, kind: str, host: str | None = None, timeout: float = 60.0) -> dict[str, Any]:
        """Wait until the journal holds such an event."""
        return until(f"{kind} of {host}", lambda: (self.events(kind, host) or [None])[-1], timeout)

    @property
    def outcome(self) -> str | None:
        closed = self.events("closed")
        return closed[-1]["data"]["outcome"] if closed else None

    @property
    def reason(self) -> str:
        closed: str = self.events("closed")[-1]["data"]["reason"]
        return closed

    def report(self) -> str:
        """The last report in Markdown; its twin in HTML must be there too and say as much."""
        path = self.journal_path
        assert path is not None
        html = self.documents / "reports" / f"{path.stem}.html"
        assert html.stat().st_size > 1000
        return html.with_suffix(".md").read_text()

    def waves(self, plan: Path) -> list[list[str]]:
        return [wave["hosts"] for wave in json.loads(plan.read_text())["waves"]]

    def files(self) -> Mapping[str, bytes]:
        return {str(path): path.read_bytes() for path in sorted(self.store.rglob("*")) if path.is_file()}

    # -- our own processes in the lab's network

    def ours(self) -> set[int]:
        """Processes on the controller's side of the lab's network, but for the lab's own."""
        printed = subprocess.run(["ip", "netns", "pids", self.lab.name], capture_output=True, text=True, check=True)
        found = {int(word) for word in printed.stdout.split()}
        return {pid for pid in found if _is_ours(pid)}


def _is_ours(pid: int) -> bool:
    with contextlib.suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return not words[0].endswith(b"haproxy") and not any(word.endswith(b"lab.py") for word in words)
    return False


def sequence(events: Sequence[str], *wanted: str) -> bool:
    """Whether these events stand there in this order, whatever stands between them."""
    rest = iter(events)
    return all(one in rest for one in wanted)
