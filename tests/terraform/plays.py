"""Plays of atomic.fleet.terraform_fleet, and a project whose hosts are `terraform_data`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLAYBOOK = (str(Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,")
needs_terraform = pytest.mark.skipif(
    not (shutil.which("terraform") or shutil.which("tofu")), reason="neither terraform nor tofu is installed"
)
FLEET = """
terraform {
  backend "local" {}
}
variable "pools" {
  type    = map(object({ size = optional(number, 2), image = optional(string, "1.0") }))
  default = { blue = {}, green = {} }
}
variable "secret" {
  type      = string
  sensitive = true
  default   = "hush"
}
variable "broken" {
  type    = string
  default = ""
}
locals {
  hosts = merge([for pool, it in var.pools : {
    for number in range(1, it.size + 1) : "demo-${pool}-${number}" => { pool = pool, image = it.image, number = number }
  }]...)
}
resource "terraform_data" "host" {
  for_each         = local.hosts
  input            = { host = each.key, pool = each.value.pool, image = each.value.image, secret = var.secret }
  triggers_replace = [each.value.image]
  lifecycle {
    create_before_destroy = true
  }
  provisioner "local-exec" {
    command = "test x$NAME != x$BROKEN"
    environment = {
      NAME   = each.key
      BROKEN = var.broken
    }
  }
}
output "fleet" {
  value = {
    schema = "atomic.fleet/fleet/v1"
    name   = "demo"
    hosts = [for name, it in terraform_data.host : {
      name = name, address = name, user = "core", port = 22, jump = [], host_keys = [], cloud = "lab", zone = "a",
      pool = nonsensitive(it.input.pool), image = nonsensitive(it.input.image), id = it.id, labels = {}
    }]
    pools   = { for name, it in var.pools : name => { image = it.image, size = it.size, zones = ["a"] } }
    traffic = []
  }
}
"""


def arguments(folder: Path, **more: Any) -> dict[str, Any]:
    return {
        "project": "project",
        "backend_config": {"path": f"{folder}/state/x.tfstate"},
        "data_directory": f"{folder}/data",
        **more,
    }


def play(folder: Path, steps: list[tuple[str, dict[str, Any], dict[str, Any]]], *words: str) -> dict[str, Any]:
    """Runs the steps (name, arguments, keywords of the task) in one play; the result of each by name."""
    tasks: list[dict[str, Any]] = [
        {"atomic.fleet.terraform_fleet": arguments, "register": name, "ignore_errors": True, **keywords}
        for name, arguments, keywords in steps
    ]
    names = "{" + ", ".join(f"'{name}': {name}" for name, _arguments, _keywords in steps) + "}"
    tasks.append({"ansible.builtin.copy": {"content": "{{ " + names + " | to_json }}", "dest": f"{folder}/results"}})
    done = run_play(folder, tasks, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    results: dict[str, Any] = json.loads((folder / "results").read_text())
    return {**results, "printed": done.stdout + done.stderr}


def run_play(folder: Path, tasks: list[dict[str, Any]], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(folder, tasks, *words), cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )


def command(folder: Path, tasks: list[dict[str, Any]], *words: str) -> list[str]:
    whole = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        "tasks": tasks,
    }
    (folder / "play.yml").write_text(json.dumps([whole]))
    return [*PLAYBOOK, "play.yml", *words]


def environment() -> dict[str, str]:
    return {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "PYTHONUNBUFFERED": "1",
    }
