"""terraform_fleet as a play runs it: check, run, run again, destroy; what is secret stays so."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.atomic.fleet.plugins.action.terraform_fleet import ARGUMENT_SPEC

ROOT = Path(__file__).resolve().parents[4]
PROJECT = """
terraform {
  backend "local" {}
}
variable "secret" {
  type      = string
  sensitive = true
  validation {
    condition     = var.secret != "hush-wrong"
    error_message = "That is not it."
  }
}
resource "terraform_data" "x" {
  input = 1
}
output "plain" { value = terraform_data.x.output }
output "hidden" {
  value     = var.secret
  sensitive = true
}
"""


def test_the_documentation_has_the_same_options() -> None:
    source = (ROOT / "plugins" / "modules" / "terraform_fleet.py").read_text("utf-8")
    scope: dict[str, Any] = {}
    exec(compile(source, "terraform_fleet", "exec"), scope)
    keep = ("type", "required", "choices", "default", "elements")
    documented = yaml.safe_load(scope["DOCUMENTATION"])["options"]
    assert {
        name: {key: option[key] for key in keep if key in option} for name, option in documented.items()
    } == ARGUMENT_SPEC


@pytest.mark.skipif(
    not (shutil.which("terraform") or shutil.which("tofu")), reason="neither terraform nor tofu is installed"
)
def test_a_play(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "main.tf").write_text(PROJECT)
    common = {
        "project": "project",
        "variables": {"secret": "hush"},
        "backend_config": {"path": f"{tmp_path}/state/x.tfstate"},
        "data_directory": f"{tmp_path}/data",
    }
    wrong = {**common, "variables": {"secret": "hush-wrong"}}
    steps: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("check", common, {"check_mode": True, "diff": True}),
        ("apply", common, {}),
        ("again", common, {}),
        ("wrong", wrong, {"ignore_errors": True}),
        ("destroy", {**common, "state": "absent"}, {"diff": True}),
        ("destroyed", {**common, "state": "absent"}, {}),
        ("nonsense", {**common, "project": "nowhere"}, {"ignore_errors": True}),
    ]
    tasks: list[dict[str, Any]] = []
    for name, arguments, keywords in steps:
        tasks.append({"atomic.fleet.terraform_fleet": arguments, "register": name, **keywords})
        tasks.append({"ansible.builtin.stat": {"path": f"{tmp_path}/data"}, "register": f"{name}_data"})
    names = "{" + ", ".join(f"'{name}': {name}, '{name}_data': {name}_data.stat.exists" for name, _a, _k in steps) + "}"
    tasks.append({"ansible.builtin.copy": {"content": "{{ " + names + " | to_json }}", "dest": f"{tmp_path}/results"}})
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        "tasks": tasks,
    }
    (tmp_path / "play.yml").write_text(json.dumps([play]))
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT), "ANSIBLE_LOCALHOST_WARNING": "false"}
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,", "play.yml", "-vvv"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads((tmp_path / "results").read_text())

    created = [{"action": "create", "address": "terraform_data.x"}]
    assert (results["check"]["changed"], results["check"]["resources"]) == (True, created)
    assert results["check"]["diff"]["prepared"].startswith("+ terraform_data.x: create\n")
    assert not results["check_data"]
    assert (results["apply"]["changed"], results["apply"]["outputs"]) == (True, {"plain": 1})
    assert results["apply"]["sensitive_outputs"] == ["hidden"]
    assert (results["again"]["changed"], results["again"]["resources"]) == (False, [])
    assert results["wrong"]["msg"].startswith(
        f"`terraform plan` in {project} failed: Invalid value for variable: That is"
    )
    assert results["destroy"]["resources"] == [{"action": "delete", "address": "terraform_data.x"}]
    assert not results["destroyed"]["changed"]
    assert results["nonsense"]["msg"] == (
        f"{tmp_path}/nowhere is not there, or no folder: name the folder of a Terraform project."
    )
    assert "hush" not in json.dumps(results)
    assert sorted(path.name for path in project.iterdir()) == ["main.tf"]
