"""A quota ends an apply half-way: what was made is in the outputs, and so in the inventory, and a rerun finishes.

By `atomic.fleet.terraform_fleet`'s own door to Terraform, over all clouds.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.atomic.fleet.plugins.plugin_utils._terraform import Inputs, TerraformProject
from tests.terraform import clouds
from tests.terraform.clouds import CLOUDS, NAME, Kind
from tests.terraform.contract import hold, inventory
from tests.terraform.project import Project


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=pytest.mark.xdist_group(name), id=name) for name, kind in CLOUDS.items()]
)
def test_what_was_made_is_listed(kind: Kind, tree: Path, stand_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pools = kind.pools()
    pools["green"]["size"] = 0
    project = clouds.new(tree, stand_in, kind, f"{kind.name}-half", pools=pools)
    project.apply().ok()
    pools["green"]["size"] = 2
    clouds.write(project.folder, kind, {**kind.module(), "pools": pools})
    first, second = f"{NAME}-green-1", f"{NAME}-green-2"
    address = next(one.address for one in project.resources(kind.host) if f'["{NAME}-blue-1"]' in one.address)
    project.apply(f"-target={address.replace(f'{NAME}-blue-1', first)}").ok()

    failed = project.apply(fail=f"{kind.host}:create")
    assert failed.code == 1, failed.text
    assert second not in listed(project)
    for name, value in project.environment("").items():
        monkeypatch.setenv(name, value)
    door = TerraformProject(project.folder)
    door.record_outputs(Inputs())
    assert listed(project) == [f"{NAME}-blue-1", f"{NAME}-blue-2", first]

    project.apply().ok()
    assert listed(project) == [f"{NAME}-blue-1", f"{NAME}-blue-2", first, second]
    hold(project.outputs()["fleet"], kind.name)


def listed(project: Project) -> list[str]:
    return sorted(inventory(project.state_file, project.folder / "inventory"))


def test_an_apply_that_made_nothing_records_an_empty_fleet(
    tree: Path, stand_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first apply of all breaks off at its first machine."""
    kind = CLOUDS["aws"]
    project = clouds.new(tree, stand_in, kind, "aws-nothing")
    project.apply(fail=f"{kind.host}:create")
    for name, value in project.environment("").items():
        monkeypatch.setenv(name, value)
    assert "fleet" not in project.outputs()
    TerraformProject(project.folder).record_outputs(Inputs())
    assert hold(project.outputs()["fleet"], kind.name).hosts == ()
