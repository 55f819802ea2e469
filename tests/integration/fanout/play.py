"""Runs the test action `fan_talk` from ansible-playbook, against hosts that a test describes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
PLAYBOOK = shutil.which("ansible-playbook", path=str(Path(sys.executable).parent)) or "ansible-playbook"
Steps = Sequence[Mapping[str, Any]]


@dataclass
class Play:
    """A play with one task over all of `hosts` (name to variables)."""

    folder: Path
    hosts: Mapping[str, Mapping[str, Any]]
    keywords: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    prefix: tuple[str, ...] = ()
    inventory: Path | None = None

    @property
    def result_file(self) -> Path:
        return self.folder / "result.json"

    @property
    def pid_file(self) -> Path:
        return self.folder / "pids"

    def command(self, steps: Steps, *options: str, **arguments: Any) -> list[str]:
        given = {"steps": list(steps), "result_file": str(self.result_file), "pid_file": str(self.pid_file)}
        task = {"fan_talk": {**given, **arguments}, "run_once": True, "delegate_to": "localhost"}
        play = {"hosts": "all", "gather_facts": False, "tasks": [task], **self.keywords}
        (self.folder / "inventory.json").write_text(json.dumps({"all": {"hosts": self.hosts}}))
        (self.folder / "play.yml").write_text(json.dumps([play]))
        for file in (self.result_file, self.pid_file):
            file.unlink(missing_ok=True)
        inventory = self.inventory or self.folder / "inventory.json"
        return [*self.prefix, PLAYBOOK, "-i", str(inventory), str(self.folder / "play.yml"), *options]

    def env(self) -> dict[str, str]:
        mine = {
            "ANSIBLE_CONFIG": str(self.folder / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT),
            "ANSIBLE_ACTION_PLUGINS": str(HERE / "action_plugins"),
            "ANSIBLE_CONNECTION_PLUGINS": str(HERE / "connection_plugins"),
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(self.folder / "cp"),
            "ANSIBLE_LOCAL_TEMP": str(self.folder / "tmp"),
            "SSH_AUTH_SOCK": "",
        }
        return {**os.environ, **mine, **self.environment}

    def start(self, steps: Steps, *options: str, **arguments: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(steps, *options, **arguments),
            cwd=self.folder,
            env=self.env(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, steps: Steps, *options: str, **arguments: Any) -> dict[str, Any]:
        """What became of each host."""
        process = self.start(steps, *options, **arguments)
        printed, _none = process.communicate(timeout=300)
        if not self.result_file.exists():
            raise AssertionError(f"the play ended with {process.returncode}:\n{printed[-4000:]}")
        hosts: dict[str, Any] = json.loads(self.result_file.read_text())["hosts"]
        return hosts
