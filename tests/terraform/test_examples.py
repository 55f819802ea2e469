"""The whole life of every example on a make-believe cloud: made, seen by Ansible, unchanged, taken away."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.terraform.contract import hold, inventory, is_fleet
from tests.terraform.project import Project
from tools.dev_tree import ROOT

EXAMPLES = ROOT / "terraform" / "examples"
CASES = Path(__file__).parent / "cases"
# it makes real hosts: tests/integration has its life
ELSEWHERE = {"lab"}
NAMES = sorted({file.parent.name for file in EXAMPLES.glob("*/*.tf")} - ELSEWHERE)


def needs_providers(root: Path) -> bool:
    """Whether a root names providers; Terraform's own terraform_data is always there."""
    return any("required_providers" in file.read_text(encoding="utf-8") for file in root.glob("*.tf"))


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in NAMES])
def test_an_example_is_applied_and_taken_away(
    name: str, tree: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    case = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    nobody = tmp_path / "no-providers.tfrc"
    nobody.touch()
    configuration = request.getfixturevalue("stand_in") if needs_providers(tree / "examples" / name) else nobody
    project = Project(tree / "examples" / name, configuration, case["fixtures"])
    project.set(case["variables"])
    project.init()
    assert json.loads(project.run("validate", "-json").ok().text)["diagnostics"] == []

    project.apply().ok()
    again = project.plan("-detailed-exitcode")
    assert (again.code, again.changes) == (0, {}), again.text

    outputs = project.outputs()
    fleets = {output: hold(value, output) for output, value in outputs.items() if is_fleet(value)}
    assert outputs
    assert ("fleet" in fleets) is ("fleet" in outputs)
    if fleets:
        names = [host.name for fleet in fleets.values() for host in fleet.hosts]
        assert names
        assert sorted(inventory(project.state_file, tmp_path, tuple(fleets))) == sorted(names)

    project.destroy().ok()
    assert [(found.type, found.attributes["id"]) for found in project.cloud.objects()] == []


def test_every_example_has_a_case_and_every_case_an_example() -> None:
    assert sorted(case.stem for case in CASES.glob("*.json")) == NAMES
