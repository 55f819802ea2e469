"""Plays of single tasks on a lab's hosts, as people write them, and what came of each."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.integration.lab import REPOSITORY, Lab

PLAYBOOK = str(Path(sys.executable).parent / "ansible-playbook")
Task = dict[str, Any]


def until(what: str, probe: Callable[[], Any], timeout: float = 60.0) -> Any:
    end = time.monotonic() + timeout
    while not (found := probe()):
        if time.monotonic() > end:
            raise AssertionError(f"waited {timeout:.0f} s in vain for {what}")
        time.sleep(0.05)
    return found


@dataclass
class Verbs:
    """The lab, and plays of single tasks on its hosts."""

    lab: Lab
    home: Path
    count: int = 0

    def prepare(self) -> None:
        options = f"-o UserKnownHostsFile={self.lab.directory / 'known_hosts'} -o KexAlgorithms=curve25519-sha256"
        common = {
            "ansible_user": "root",
            "ansible_ssh_private_key_file": str(self.lab.directory / "id_ed25519"),
            "ansible_ssh_common_args": options,
        }
        hosts = {host["name"]: {"ansible_host": host["address"]} for host in self.lab.fleet["hosts"]}
        (self.home / "none.cfg").write_text("")
        (self.home / "inventory.yml").write_text(json.dumps({"all": {"vars": common, "hosts": hosts}}))

    def start(self, host: str, tasks: list[Task], *flags: str) -> tuple[subprocess.Popen[bytes], Path]:
        self.count += 1
        play = self.home / f"play-{self.count}.yml"
        play.write_text(yaml.safe_dump([{"hosts": host, "gather_facts": False, "tasks": tasks}]))
        results = self.home / f"results-{self.count}.json"
        results.touch()
        environment = {
            **os.environ,
            "RESULTS": str(results),
            "ANSIBLE_CONFIG": str(self.home / "none.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(REPOSITORY),
            "ANSIBLE_CALLBACK_PLUGINS": str(REPOSITORY / "tests/integration/verbs_plugins"),
            "ANSIBLE_CALLBACKS_ENABLED": "results",
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(self.home / "cp"),
            "ANSIBLE_NOCOLOR": "1",
            # Ansible leaves it to Python when a file that is no terminal gets its lines
            "PYTHONUNBUFFERED": "1",
            "LC_ALL": "C.UTF-8",
        }
        argv = [
            "ip",
            "netns",
            "exec",
            self.lab.name,
            PLAYBOOK,
            "-i",
            str(self.home / "inventory.yml"),
            str(play),
            *flags,
        ]
        with (self.home / f"log-{self.count}").open("wb") as log:
            process = subprocess.Popen(
                argv, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        return process, results

    def play(self, host: str, tasks: list[Task], *flags: str, timeout: float = 180.0) -> list[dict[str, Any]]:
        """The results of the tasks, of which a failed one ends the play."""
        process, results = self.start(host, tasks, *flags)
        process.wait(timeout)
        found = [json.loads(line) for line in results.read_text().splitlines()]
        assert found, (self.home / f"log-{self.count}").read_text()
        for result in found:
            assert "Traceback" not in str(result)
        return found

    def one(
        self, host: str, verb: str, arguments: dict[str, Any] | None = None, *flags: str, **more: Any
    ) -> dict[str, Any]:
        return self.play(host, [{f"atomic.fleet.{verb}": arguments or {}, **more}], *flags)[0]

    def many(self, host: str, *tasks: Task) -> list[dict[str, Any]]:
        """Many tasks in one play, each with its diff, whatever becomes of the ones before."""
        return self.play(host, [{**task, "diff": True, "ignore_errors": True} for task in tasks])

    def settle(self, host: str, version: str) -> None:
        """Brings a host to a version, whatever became of it."""
        self.lab.wait(host)
        if self.status(host) != [f"* {version}"]:
            result = self.one(host, "deployment", {"version": version, "state": "booted", "health": []})
            assert result["kind"] == "ok", result["msg"]
        self.lab.ssh(host, "ostree admin undeploy 1 >/dev/null 2>&1 || true")
        assert self.status(host) == [f"* {version}"]

    def status(self, host: str) -> list[str]:
        """What ostree itself says: marks and versions in boot order."""
        found: list[str] = []
        for line in self.lab.ssh(host, "ostree admin status").splitlines():
            if re.match(r"[* ] lab ", line):
                found.append("* " if line.startswith("*") else "staged " if line.endswith("(staged)") else "")
            elif line.startswith("    Version: "):
                found[-1] += line.split(": ", 1)[1]
        return found

    def all_of(self, host: str) -> str:
        """All that must not change when nothing is to be done."""
        return self.lab.ssh(
            host,
            "ostree admin status; ostree refs; cat /ostree/repo/config; find /run/ostree /run/atomic-fleet* | sort",
        )

    def end(self) -> None:
        """Ends the masters of ssh connections, which would outlive the tests."""
        for socket in (self.home / "cp").glob("*"):
            subprocess.run(["ssh", "-o", f"ControlPath={socket}", "-O", "exit", "x"], capture_output=True, check=False)
