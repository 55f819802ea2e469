"""terraform_fleet as a play runs it: a life, the guard, saved plans, half an apply, workspaces, and all types."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.terraform.plays import FLEET, PLAYBOOK, arguments, environment, needs_terraform, play

pytestmark = needs_terraform
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


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a project of four hosts in it; where a play is run."""
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "main.tf").write_text(FLEET)
    return tmp_path


def pools(**changes: dict[str, Any]) -> dict[str, Any]:
    return {"pools": {name: changes.get(name, {}) for name in ("blue", "green")}}


@pytest.mark.parametrize("words", [(), ("-vvv",)], ids=["quiet", "verbose"])
def test_a_life(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Checked, applied, again, refused by Terraform, destroyed. The secret is in no result and on no screen."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "main.tf").write_text(PROJECT)
    common = arguments(tmp_path, variables={"secret": "hush"})
    looked = play(tmp_path, [("check", common, {"check_mode": True, "diff": True})], *words)
    assert not (tmp_path / "data").exists()
    results = looked | play(
        tmp_path,
        [
            ("apply", common, {}),
            ("again", common, {}),
            ("wrong", {**common, "variables": {"secret": "hush-wrong"}}, {}),
            ("destroy", {**common, "state": "absent"}, {"diff": True}),
            ("destroyed", {**common, "state": "absent"}, {}),
            ("nonsense", {**common, "project": "nowhere"}, {}),
        ],
        *words,
    )
    created = [{"action": "create", "address": "terraform_data.x"}]
    assert (results["check"]["changed"], results["check"]["resources"]) == (True, created)
    assert results["check"]["diff"]["prepared"].startswith("+ terraform_data.x: create\n")
    assert (results["apply"]["changed"], results["apply"]["outputs"]) == (True, {"plain": 1})
    assert results["apply"]["sensitive_outputs"] == ["hidden"]
    assert (results["again"]["changed"], results["again"]["resources"]) == (False, [])
    assert results["wrong"]["msg"].startswith(
        f"`terraform plan` in {folder} failed: Invalid value for variable: That is"
    )
    assert results["destroy"]["resources"] == [{"action": "delete", "address": "terraform_data.x"}]
    assert not results["destroyed"]["changed"]
    assert results["nonsense"]["msg"] == (
        f"{tmp_path}/nowhere is not there, or no folder: name the folder of a Terraform project."
    )
    assert "hush" not in json.dumps(looked) + json.dumps(results)
    assert sorted(path.name for path in folder.iterdir()) == ["main.tf"]


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


def test_a_saved_plan_that_is_refused_waits_until_it_may_be_applied(project: Path) -> None:
    """Whoever has moved the traffic, or named what may go, applies the very plan that was looked at."""
    saved = f"{project}/saved"
    smaller = pools(blue={"size": 1})
    results = play(
        project,
        [
            ("made", arguments(project), {}),
            ("not_written", arguments(project, plan=saved, state="planned", variables=smaller), {}),
            ("written", arguments(project, plan=saved, state="planned", variables=smaller, serving=[]), {}),
            ("check", arguments(project, plan=saved), {"check_mode": True}),
            ("refused", arguments(project, plan=saved), {}),
            ("allowed", arguments(project, plan=saved, allow=["demo-blue-2"]), {"diff": True}),
            ("nothing", arguments(project, plan=f"{saved}2", state="planned", variables=smaller), {}),
            ("nothing_applied", arguments(project, plan=f"{saved}2"), {}),
        ],
    )
    said = "demo-blue-2 of pool blue takes traffic, and would be destroyed"
    for step in ("not_written", "check", "refused"):
        assert [objection.split(": ")[0] for objection in results[step]["objections"]] == [said], results[step]
    assert [resource["action"] for resource in results["allowed"]["resources"]] == ["delete"]
    assert results["allowed"]["diff"]["prepared"].endswith("~ output fleet\n")
    assert [results[step]["changed"] for step in ("nothing", "nothing_applied")] == [False, False]


def test_half_way_what_exists_is_in_the_outputs_and_a_rerun_finishes(project: Path) -> None:
    broken = arguments(project, variables={"broken": "demo-green-2"}, parallelism=1)
    results = play(project, [("broken", broken, {}), ("again", arguments(project), {})])
    assert results["broken"]["failed"]
    assert "3 changes were made before that: they are in the state and its outputs." in results["broken"]["msg"]
    assert len(results["again"]["outputs"]["fleet"]["hosts"]) == 4
    assert len(results["again"]["resources"]) == 1


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


def test_paths_are_those_of_whoever_runs_the_playbook(project: Path) -> None:
    """And not of the folder in which the collection keeps its playbooks."""
    words = ["atomic.fleet.retire", "-e", "terraform_project=project", "-e", "pool=red"]
    done = subprocess.run(
        [*PLAYBOOK, *words], cwd=project, env=environment(), capture_output=True, text=True, check=False
    )
    assert f"{project}/project has no pool 'red' (it has: blue, green)" in done.stdout, done.stdout
