"""A Terraform project in a folder of its own: modules beside it, state, and the make-believe cloud it is for."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.terraform.stand_in import Cloud
from tools.dev_tree import ROOT
from tools.stages import TERRAFORM
from tools.worktree import sources

# what reached for a registry would be refused at once, by the discard port of this machine
NOWHERE = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
OURS = ("TF_", "TFSTUB_")
CLOUD_FOLDER = ".cloud"
VARIABLES = "test.auto.tfvars.json"


def copy_tree(folder: Path) -> Path:
    """Copies what git knows of terraform/ to the empty `folder`: what init writes shall not lie in the checkout."""
    for name in sources(ROOT):
        if name.startswith("terraform/"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    return folder / "terraform"


@dataclass(frozen=True)
class Ran:
    """How a command of Terraform ended: what it printed, a JSON object a line, and its exit code."""

    argv: tuple[str, ...]
    code: int
    text: str

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines() if line.startswith('{"')]

    @property
    def errors(self) -> list[str]:
        """Summary and detail of every error, white space made one blank."""
        found = [message["diagnostic"] for message in self.messages if message.get("type") == "diagnostic"]
        return [
            " ".join(f"{one['summary']}: {one.get('detail', '')}".split())
            for one in found
            if one["severity"] == "error"
        ]

    @property
    def changes(self) -> dict[str, str]:
        """What a plan would do, by address: create, update, replace, delete."""
        found = [message["change"] for message in self.messages if message.get("type") == "planned_change"]
        return {change["resource"]["addr"]: change["action"] for change in found if change["action"] != "noop"}

    def ok(self) -> Ran:
        assert self.code == 0, f"{' '.join(self.argv)} ended with {self.code}:\n" + "\n".join(
            self.errors or [self.text]
        )
        return self


@dataclass(frozen=True)
class Resource:
    """One instance out of a state."""

    address: str
    type: str
    attributes: dict[str, Any]


@dataclass(frozen=True)
class Project:
    """An initialised or new root module. `fixtures` are for the stand-in providers of `configuration`."""

    folder: Path
    configuration: Path
    fixtures: dict[str, Any] = field(default_factory=dict)

    @property
    def cloud(self) -> Cloud:
        return Cloud(self.folder / CLOUD_FOLDER)

    @property
    def state_file(self) -> Path:
        return self.folder / "terraform.tfstate"

    def environment(self, fail: str) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        own = {"TF_CLI_CONFIG_FILE": str(self.configuration), "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
        return {**inherited, **NOWHERE, **own, **self.cloud.environment(self.fixtures, fail)}

    def run(self, command: str, *words: str, fail: str = "", stdin: str = "") -> Ran:
        """Runs one command of Terraform; `fail` is what the cloud refuses to do, as TYPE:OPERATION[,…]."""
        argv = (TERRAFORM, f"-chdir={self.folder}", command, *words)
        done = subprocess.run(
            argv,
            env=self.environment(fail),
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Ran(argv[2:], done.returncode, done.stdout)

    def init(self) -> Ran:
        return self.run("init", "-json").ok()

    def plan(self, *words: str) -> Ran:
        return self.run("plan", "-json", *words)

    def planned_fleet(self, *words: str) -> Any:
        """The output `fleet` as a plan has it, after a refresh."""
        file = f"{CLOUD_FOLDER}/plan"
        self.plan(f"-out={file}", *words).ok()
        return json.loads(self.run("show", "-json", file).ok().text)["planned_values"]["outputs"]["fleet"]["value"]

    def apply(self, *words: str, fail: str = "") -> Ran:
        return self.run("apply", "-json", "-auto-approve", *words, fail=fail)

    def destroy(self) -> Ran:
        return self.run("destroy", "-json", "-auto-approve")

    def outputs(self) -> dict[str, Any]:
        """The outputs' values by name."""
        found = json.loads(self.run("output", "-json").ok().text)
        return {name: output["value"] for name, output in found.items()}

    def evaluate(self, expression: str) -> str:
        """What an expression is, as far as it is known from the configuration and the state."""
        return self.run("console", stdin=f"{expression}\n").ok().text.strip()

    def resources(self, kind: str | None = None) -> Iterator[Resource]:
        """What the state holds and Terraform manages, of one type or of all."""
        for resource in json.loads(self.state_file.read_text(encoding="utf-8"))["resources"]:
            if resource["mode"] != "managed" or kind not in (None, resource["type"]):
                continue
            place = ".".join(filter(None, (resource.get("module"), resource["type"], resource["name"])))
            for instance in resource["instances"]:
                key = instance.get("index_key")
                yield Resource(
                    place if key is None else f"{place}[{json.dumps(key)}]",
                    resource["type"],
                    instance["attributes"],
                )

    def copy(self, name: str) -> Project:
        """The same project with a state and a cloud of its own, beside this one."""
        folder = self.folder.with_name(name)
        shutil.copytree(self.folder, folder, symlinks=True)
        return replace(self, folder=folder)

    def set(self, variables: Mapping[str, Any]) -> None:
        """Gives the root's variables values."""
        (self.folder / VARIABLES).write_text(json.dumps(dict(variables)), encoding="utf-8")
