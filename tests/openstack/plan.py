"""What a Terraform plan would create: the resources with their arguments, each after what it hangs on."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from tools.dev_tree import ROOT
from tools.stages import TERRAFORM

EDGE = re.compile(r'^\s*"(?:\[root\] )?([^" ]+)(?: \(expand\))?" -> "(?:\[root\] )?([^" ]+)(?: \(expand\))?"', re.M)


@dataclass(frozen=True)
class Planned:
    """A resource to be created: its type, its address in the module, the arguments known before anything is made."""

    type: str
    address: str
    values: dict[str, Any]

    @property
    def name(self) -> str:
        """The address without its key."""
        return self.address.split("[")[0]

    @property
    def key(self) -> str:
        """The key of for_each or count; empty without one."""
        return self.address.partition("[")[2].removesuffix("]").strip('"')


def terraform(root: Path, *arguments: str) -> str:
    """What Terraform prints; AssertionError with all of it where it fails."""
    env = {**os.environ, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
    argv = [TERRAFORM, f"-chdir={root}", *arguments]
    done = subprocess.run(argv, env=env, text=True, capture_output=True, check=False)
    assert done.returncode == 0, f"terraform {' '.join(arguments)}:\n{done.stdout}{done.stderr}"
    return done.stdout


def without_nulls(value: Any) -> Any:
    """The arguments that are sent: neither nulls nor empty lists and maps."""
    if isinstance(value, dict):
        kept = {name: without_nulls(inner) for name, inner in value.items()}
        return {name: inner for name, inner in kept.items() if inner not in (None, [], {})}
    return [without_nulls(inner) for inner in value] if isinstance(value, list) else value


def ordered(resources: list[Planned], graph: str) -> list[Planned]:
    """The resources, each after all that it depends on by Terraform's own graph (DOT)."""
    edges: dict[str, set[str]] = {}
    for one, other in EDGE.findall(graph):
        edges.setdefault(one.removeprefix("module.it."), set()).add(other.removeprefix("module.it."))
    place = {name: number for number, name in enumerate(TopologicalSorter(edges).static_order())}
    return sorted(resources, key=lambda resource: (place.get(resource.name, -1), resource.address))


def plan(folder: Path, module: str, variables: dict[str, Any]) -> list[Planned]:
    """What the module `terraform/modules/MODULE` would create with these variables; `folder` is a scratch folder."""
    folder.mkdir(exist_ok=True)
    call = {"source": str(ROOT / "terraform" / "modules" / module), **variables}
    (folder / "main.tf.json").write_text(json.dumps({"module": {"it": call}}), encoding="utf-8")
    terraform(folder, "init", "-no-color")
    terraform(folder, "plan", "-no-color", "-refresh=false", "-out=plan")
    shown = json.loads(terraform(folder, "show", "-json", "plan"))
    resources = [
        Planned(change["type"], change["address"].removeprefix("module.it."), without_nulls(change["change"]["after"]))
        for change in shown["resource_changes"]
        if change["change"]["actions"] == ["create"]
    ]
    return ordered(resources, terraform(folder, "graph"))
