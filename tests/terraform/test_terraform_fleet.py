"""terraform_fleet as a play runs it: a life, the guard, saved plans, workspaces, locks, and runs that are stopped."""

from __future__ import annotations

import getpass
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
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


needs_terraform = pytest.mark.skipif(
    not (shutil.which("terraform") or shutil.which("tofu")), reason="neither terraform nor tofu is installed"
)


@needs_terraform
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


# -- the guard, with hosts that are terraform_data -----------------------------------------------------------------

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
    return [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,", "play.yml", *words]


def environment() -> dict[str, str]:
    return {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "PYTHONUNBUFFERED": "1",
    }


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a project of four hosts in it; where a play is run."""
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "main.tf").write_text(FLEET)
    return tmp_path


def arguments(folder: Path, **more: Any) -> dict[str, Any]:
    return {
        "project": "project",
        "backend_config": {"path": f"{folder}/state/x.tfstate"},
        "data_directory": f"{folder}/data",
        **more,
    }


def pools(**changes: dict[str, Any]) -> dict[str, Any]:
    return {"pools": {name: changes.get(name, {}) for name in ("blue", "green")}}


@needs_terraform
def test_the_guard(project: Path) -> None:
    def step(**more: Any) -> dict[str, Any]:
        return arguments(project, **more)

    blue_serves = {"serving": ["blue"]}
    new_green = step(variables=pools(green={"image": "2.0"}), **blue_serves)
    newer_green = step(variables=pools(green={"image": "3.0"}), disruption_budget=1, **blue_serves)
    new_blue = step(variables=pools(blue={"image": "2.0"}, green={"image": "2.0"}), **blue_serves)
    smaller_blue = step(variables=pools(blue={"size": 1}, green={"image": "2.0"}), allow=["demo-blue-2"], **blue_serves)
    no_green = step(variables=pools(blue={"size": 1}), retire=["green"], disruption_budget=0, **blue_serves)
    results = play(
        project,
        [
            ("first", step(), {}),
            ("idle", new_green, {"diff": True}),
            ("refused", new_blue, {}),
            ("refused_in_check_mode", new_blue, {"check_mode": True}),
            ("nobody_said_who_serves", step(variables=pools(green={"image": "3.0"})), {}),
            ("over_budget", newer_green, {}),
            ("named", smaller_blue, {}),
            ("retire_serving", step(retire=["blue"], **blue_serves), {}),
            ("retire", no_green, {}),
            ("retire_nobody", step(retire=["red"], **blue_serves), {}),
            ("absent", step(state="absent"), {}),
            ("absent_named", step(state="absent", allow=["demo"]), {}),
        ],
    )
    assert not results["first"].get("failed"), results["first"]
    assert (len(results["first"]["resources"]), results["first"]["losses"]) == (4, [])
    assert [loss["host"] for loss in results["idle"]["losses"]] == ["demo-green-1", "demo-green-2"]
    assert (
        '+/- terraform_data.host["demo-green-1"]: replace (triggers_replace changes)'
        in results["idle"]["diff"]["prepared"]
    )
    for step_name in ("refused", "refused_in_check_mode"):
        assert (results[step_name]["failed"], results[step_name]["changed"]) == (True, False)
        assert results[step_name]["msg"].startswith("The plan is refused, and nothing was touched")
        assert results[step_name]["objections"] == [
            f"{name} of pool blue takes traffic, and would be replaced (triggers_replace changes): "
            f'terraform_data.host["{name}"]'
            for name in ("demo-blue-1", "demo-blue-2")
        ]  # fmt: skip
    assert len(results["nobody_said_who_serves"]["objections"]) == 2
    assert results["over_budget"]["objections"] == [
        "2 of 4 hosts would be away at once, and the budget is 1, 1 of them"
    ]
    assert not results["named"].get("failed"), results["named"]
    assert [loss["host"] for loss in results["named"]["losses"]] == ["demo-blue-2"]
    assert results["retire_serving"]["failed"]
    assert [host["name"] for host in results["retire"]["outputs"]["fleet"]["hosts"]] == ["demo-blue-1"]
    assert results["retire"]["outputs"]["fleet"]["pools"]["green"]["size"] == 0
    assert results["retire_nobody"]["msg"] == (
        f"{project}/project has no pool 'red' (it has: blue, green): correct `retire`."
    )
    assert results["absent"]["failed"]
    assert results["absent_named"]["outputs"] == {}
    assert "hush" not in json.dumps(results)


@needs_terraform
def test_a_saved_plan_is_what_is_applied(project: Path) -> None:
    def step(**more: Any) -> dict[str, Any]:
        return arguments(project, plan=f"{project}/saved", serving=[], **more)

    results = play(
        project,
        [
            ("nowhere", arguments(project, state="planned"), {}),
            ("planned", step(state="planned", variables=pools(green={"size": 1})), {}),
            ("applied", step(), {}),
            ("stale", step(), {}),
        ],
    )
    assert results["nowhere"]["msg"] == "state is planned but all of the following are missing: plan"
    assert (project / "saved").stat().st_mode & 0o777 == 0o600
    assert (results["planned"]["changed"], len(results["planned"]["resources"])) == (True, 3)
    assert [host["name"] for host in results["applied"]["outputs"]["fleet"]["hosts"]] == [
        "demo-blue-1", "demo-blue-2", "demo-green-1",
    ]  # fmt: skip
    assert "Saved plan is stale" in results["stale"]["msg"]
    assert "\n" not in results["stale"]["msg"]


@needs_terraform
def test_half_way_what_exists_is_in_the_outputs_and_a_rerun_finishes(project: Path) -> None:
    broken = arguments(project, variables={"broken": "demo-green-2"}, parallelism=1)
    results = play(project, [("broken", broken, {}), ("again", arguments(project), {})])
    assert results["broken"]["failed"]
    assert "3 changes were made before that: they are in the state and its outputs." in results["broken"]["msg"]
    assert len(results["again"]["outputs"]["fleet"]["hosts"]) == 4
    assert len(results["again"]["resources"]) == 1


@needs_terraform
def test_workspaces(project: Path) -> None:
    def step(**more: Any) -> dict[str, Any]:
        return arguments(project, workspace="edge", serving=[], **more)

    results = play(
        project,
        [
            ("check", step(), {"check_mode": True}),
            ("gone", step(state="absent"), {}),
            ("made", step(), {}),
            ("other", arguments(project), {"check_mode": True}),
            ("again", step(), {}),
        ],
    )
    assert (results["check"]["changed"], results["check"]["msg"]) == (
        True,
        "There is no workspace edge, and it would be made.",
    )
    assert (results["gone"]["changed"], results["gone"]["msg"]) == (False, "There is no workspace edge.")
    assert (results["made"]["changed"], results["again"]["changed"]) == (True, False)


SLOW = """
resource "terraform_data" "slow" {
  depends_on = [terraform_data.host]
  provisioner "local-exec" {
    command = "echo waiting >../waiting; read x <../go"
  }
}
resource "terraform_data" "last" {
  depends_on = [terraform_data.slow]
}
"""


@pytest.fixture
def slow(project: Path) -> Path:
    """An apply of the project says through one pipe that it is half-way, and goes on once it hears from another."""
    (project / "project" / "slow.tf").write_text(SLOW)
    for name in ("waiting", "go"):
        os.mkfifo(project / name)
    return project


def start(folder: Path) -> subprocess.Popen[str]:
    tasks = [{"atomic.fleet.terraform_fleet": arguments(folder)}]
    return subprocess.Popen(
        command(folder, tasks),
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@needs_terraform
def test_progress_and_a_lock_that_says_by_whom(slow: Path) -> None:
    with start(slow) as first:
        assert (slow / "waiting").read_text() == "waiting\n"
        second = play(slow, [("second", arguments(slow), {})])
        (slow / "go").write_text("on\n")
        printed = first.communicate()[0]
    assert first.returncode == 0, printed
    who = f"{getpass.getuser()}@{socket.gethostname()}"
    assert f"is locked by {who} since 20" in second["second"]["msg"]
    assert "(apply): wait for that to end, or set `lock_timeout`" in second["second"]["msg"]
    assert '  created terraform_data.host["demo-blue-1"] (0 s), ' in printed
    assert "  created terraform_data.last (0 s), 6 of 6" in printed


@needs_terraform
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_stopped_leaves_order_behind(slow: Path, number: int) -> None:
    """Terraform ends in its own way: what was made is in the state, nobody holds the lock, and a rerun goes on."""
    with start(slow) as first:
        assert (slow / "waiting").read_text() == "waiting\n"
        first.send_signal(number)
        printed = first.communicate()[0]
    assert first.returncode != 0, printed
    (slow / "project" / "slow.tf").write_text(SLOW.replace("echo waiting >../waiting; read x <../go", "true"))
    results = play(slow, [("again", arguments(slow, lock_timeout=60, serving=[]), {})])
    assert not results["again"].get("failed"), results["again"]
    actions = {resource["address"]: resource["action"] for resource in results["again"]["resources"]}
    assert actions == {"terraform_data.slow": "replace", "terraform_data.last": "create"}


TYPES = """
terraform {
  backend "local" {}
}
variable "text" { type = string }
variable "number" { type = number }
variable "flag" { type = bool }
variable "nothing" {
  type    = string
  default = "a default"
}
variable "list" { type = list(any) }
variable "deep" { type = map(object({ a = list(number), b = optional(string, "b") })) }
variable "tuple" { type = tuple([string, number, bool]) }
variable "of_a_file" { type = string }
variable "of_both" { type = string }
output "all" {
  value = [
    var.text, var.number, var.flag, var.nothing, var.list, var.deep, var.tuple, var.of_a_file, var.of_both,
  ]
}
"""


@needs_terraform
def test_variables_of_every_type_arrive_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "main.tf").write_text(TYPES)
    (tmp_path / "more.tfvars").write_text('of_a_file = "file"\nof_both = "file"\n')
    text = 'it\'s "quoted"; $(rm -rf /) ${path.root} %{ if true } {{ no }} \u00e4 \n line'
    variables = {
        "text": "{{ text }}",
        "number": 1.5,
        "flag": False,
        "nothing": None,
        "list": ["a", "'b'"],
        "deep": {"x y": {"a": [1, 2]}},
        "tuple": ["a", 1, True],
        "of_both": "variables",
    }
    given = arguments(tmp_path, variables=variables, variable_files=["more.tfvars"])
    # out of a file, so that its braces are no template
    (tmp_path / "text.json").write_text(json.dumps({"raw": text}))
    extra = "{{ (lookup('ansible.builtin.file', 'text.json') | from_json).raw }}"
    results = play(tmp_path, [("all", given, {"vars": {"text": extra}})])
    assert results["all"]["outputs"]["all"] == [
        text, 1.5, False, None, ["a", "'b'"], {"x y": {"a": [1, 2], "b": "b"}}, ["a", 1, True], "file", "variables",
    ]  # fmt: skip
