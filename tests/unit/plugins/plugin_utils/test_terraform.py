"""The door to Terraform: a real one on a project of terraform_data, and programs that misbehave."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from ansible_collections.atomic.fleet.plugins.plugin_utils import _terraform
from ansible_collections.atomic.fleet.plugins.plugin_utils._terraform import (
    Inputs,
    TerraformError,
    TerraformProject,
    find_binary,
)

PROJECT = """
terraform {
  backend "local" {}
}
variable "names" {
  type = set(string)
  validation {
    condition     = !contains(var.names, "bad")
    error_message = "No name may be bad."
  }
}
resource "terraform_data" "x" {
  for_each = var.names
  input    = each.key
  provisioner "local-exec" {
    command = each.key == "fails" ? "echo why it failed; exit 3" : "true"
  }
}
output "names" { value = [for x in terraform_data.x : x.output] }
"""
needs_terraform = pytest.mark.skipif(
    not any(shutil.which(name) for name in _terraform.BINARIES), reason="neither terraform nor tofu is installed"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "main.tf").write_text(PROJECT)
    return folder


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the library puts variables: a folder of its own, so that what is left behind shows."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    return temporary


def program(tmp_path: Path, text: str) -> str:
    path = tmp_path / "fake"
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return str(path)


@needs_terraform
def test_a_life(tmp_path: Path, folder: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TF_DATA_DIR", raising=False)
    project = TerraformProject(folder, None, tmp_path / "data")
    state, saved = tmp_path / "state" / "x.tfstate", tmp_path / "plan"
    project.init({"path": str(state)})
    assert json.loads(project.output_listing()) == {}
    variables = Inputs({"names": ["a", "it's; $(b)"]})

    assert project.plan(saved, variables)
    assert {(change.actions, change.address) for change in project.read_plan(saved).changes} == {
        (("create",), 'terraform_data.x["a"]'),
        (("create",), 'terraform_data.x["it\'s; $(b)"]'),
    }
    project.apply(saved)
    assert json.loads(project.output_listing())["names"]["value"] == ["a", "it's; $(b)"]
    assert not project.plan(saved, variables)

    with pytest.raises(TerraformError, match=r"plan` in .* failed: Invalid value for variable: No name may be bad\."):
        project.plan(saved, Inputs({"names": ["bad"]}))
    with pytest.raises(TerraformError, match=r"plan` in .* failed: No value for required variable: "):
        project.plan(saved, Inputs())
    project.plan(saved, Inputs({"names": ["a", "fails"]}))
    with pytest.raises(
        TerraformError, match=r"apply` in .* failed: local-exec provisioner error: .*why it failed"
    ) as refusal:
        project.apply(saved)
    assert "\n" not in refusal.value.message

    project.plan(saved, variables, destroy=True)
    project.apply(saved)
    assert not project.plan(saved, variables, destroy=True)
    assert sorted(path.name for path in folder.iterdir()) == ["main.tf"]
    assert list(temporary.iterdir()) == []
    assert "TF_DATA_DIR" not in os.environ


@needs_terraform
def test_a_project_that_was_not_initialised(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(TerraformError, match=r"output` in .* failed: Backend initialization required"):
        TerraformProject(folder, None, tmp_path / "data").output_listing()


def test_a_failure_keeps_the_programs_own_words(folder: Path, tmp_path: Path) -> None:
    fake = program(tmp_path, "echo '╷'; echo '│ Error: No such thing' >&2; exit 1")
    with pytest.raises(TerraformError) as refusal:
        TerraformProject(folder, fake).init()
    assert refusal.value.message == f"`fake init` in {folder} failed: No such thing"


def test_what_is_run(folder: Path, tmp_path: Path, temporary: Path) -> None:
    """Every option by name: no prompt, no -force, no -auto-approve=false, no secret; and the data folder handed on."""
    fake = program(
        tmp_path,
        f'echo "$TF_DATA_DIR $TF_IN_AUTOMATION ${{TF_WORKSPACE-none}} $@" >> {tmp_path}/calls\n'
        f'for word; do case $word in -backend-config=*.json) cat "${{word#*=}}" >> {tmp_path}/settings ;; esac; done\n'
        'case "$1 $2" in "workspace list") printf "* default\\n" ;; esac; exit 0',
    )
    saved = tmp_path / "p"
    saved.touch()
    project = TerraformProject(folder, fake, Path("/d"), workspace="blue", lock_timeout=5, parallelism=3)
    project.init({"path": "/s", "secret_key": "hush"}, [Path("/b")], upgrade=True)
    assert project.select_workspace(create=True)
    project.plan(saved, Inputs({"a": 1}, [Path("/v")], ["t.x"], ["r.y"], refresh=False), destroy=True, lock=False)
    project.apply(saved)
    project.record_outputs(Inputs({"a": 1}, targets=["t.x"]))
    calls = (tmp_path / "calls").read_text().splitlines()
    settings = f"{temporary}/"
    assert calls[0].startswith(
        f"/d 1 none init -input=false -no-color -upgrade -backend-config=/b -backend-config={settings}"
    )
    assert calls[0].endswith(".tfbackend.json -reconfigure")
    assert calls[1:3] == ["/d 1 none workspace list", "/d 1 none workspace new -no-color -lock-timeout=5s blue"]
    plan = calls[3].split()
    assert plan[:9] == [
        "/d", "1", "blue", "plan", "-json", "-input=false", "-detailed-exitcode", f"-out={saved}", "-var-file=/v",
    ]  # fmt: skip
    assert plan[9].startswith(f"-var-file={temporary}/")
    assert plan[10:] == ["-target=t.x", "-replace=r.y", "-refresh=false", "-parallelism=3", "-lock=false", "-destroy"]
    assert calls[4] == f"/d 1 blue apply -json -input=false -parallelism=3 -lock-timeout=5s {saved}"
    assert calls[5].startswith("/d 1 blue apply -json -input=false -refresh-only -auto-approve -var-file=")
    assert "t.x" not in calls[5]
    assert json.loads((tmp_path / "settings").read_text()) == {"path": "/s", "secret_key": "hush"}
    assert "hush" not in (tmp_path / "calls").read_text()
    assert list(temporary.iterdir()) == []
    assert saved.stat().st_mode & 0o777 == 0o600


def test_a_start_that_fails_leaves_no_variables_behind(folder: Path, tmp_path: Path, temporary: Path) -> None:
    fake = program(tmp_path, "exit 0")
    project = TerraformProject(folder, fake)
    Path(fake).unlink()
    with pytest.raises(TerraformError, match=rf"{fake} could not be run in {folder}: No such file or directory\."):
        project.plan(tmp_path / "p", Inputs({"password": "hush"}))
    assert list(temporary.iterdir()) == []


def test_programs_that_are_not_there(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(TerraformError, match=r"'/no/tofu' is no program that can be run: correct `binary`"):
        find_binary("/no/tofu")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TerraformError, match="Neither terraform nor tofu is on PATH"):
        find_binary()
    (tmp_path / "tofu").symlink_to("/bin/true")
    assert find_binary() == str(tmp_path / "tofu")


def test_without_the_library(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_terraform, "PYTHON_TERRAFORM_ERROR", "Traceback")
    with pytest.raises(TerraformError, match=r"Failed to import the required Python library \(python-terraform\)"):
        TerraformProject(folder)
