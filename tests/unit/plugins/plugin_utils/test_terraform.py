"""The door to Terraform: a real one on a project of terraform_data, and programs that misbehave."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from ansible_collections.atomic.fleet.plugins.plugin_utils import _terraform
from ansible_collections.atomic.fleet.plugins.plugin_utils._terraform import (
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
pytestmark = pytest.mark.filterwarnings("ignore:The 'warn' method is deprecated:DeprecationWarning")  # the library's
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
    variables = {"names": ["a", "it's; $(b)"]}

    plan = project.plan(saved, variables)
    assert plan.changes
    assert {(change.action, change.address) for change in plan.log.changes} == {
        ("create", 'terraform_data.x["a"]'),
        ("create", 'terraform_data.x["it\'s; $(b)"]'),
    }
    project.apply(saved)
    assert json.loads(project.output_listing())["names"]["value"] == ["a", "it's; $(b)"]
    assert not project.plan(saved, variables).changes

    with pytest.raises(TerraformError, match=r"plan` in .* failed: Invalid value for variable: No name may be bad\."):
        project.plan(saved, {"names": ["bad"]})
    with pytest.raises(TerraformError, match=r"plan` in .* failed: No value for required variable: "):
        project.plan(saved)
    project.plan(saved, {"names": ["a", "fails"]})
    with pytest.raises(
        TerraformError, match=r"apply` in .* failed: local-exec provisioner error: .*why it failed"
    ) as refusal:
        project.apply(saved)
    assert "\n" not in refusal.value.message

    project.plan(saved, variables, destroy=True)
    project.apply(saved)
    assert not project.plan(saved, variables, destroy=True).changes
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
    """Every option by name: no prompt, no -force, no -auto-approve=false, and the data folder handed on."""
    fake = program(tmp_path, f'echo "$TF_DATA_DIR $TF_IN_AUTOMATION $@" >> {tmp_path}/calls; exit 0')
    project = TerraformProject(folder, fake, Path("/d"))
    project.init({"path": "/s"})
    project.plan(Path("/p"), {"a": 1}, destroy=True, lock=False)
    project.apply(Path("/p"))
    calls = (tmp_path / "calls").read_text().splitlines()
    assert calls[0] == "/d 1 init -input=false -no-color -backend-config=path=/s -reconfigure"
    words = calls[1].split()
    assert words[:7] == ["/d", "1", "plan", "-json", "-input=false", "-detailed-exitcode", "-out=/p"]
    assert words[7].startswith(f"-var-file={temporary}/")
    assert words[8:] == ["-destroy", "-lock=false"]
    assert calls[2] == "/d 1 apply -json -input=false /p"


def test_a_start_that_fails_leaves_no_variables_behind(folder: Path, tmp_path: Path, temporary: Path) -> None:
    fake = program(tmp_path, "exit 0")
    project = TerraformProject(folder, fake)
    Path(fake).unlink()
    with pytest.raises(TerraformError, match=rf"{fake} could not be run in {folder}: No such file or directory\."):
        project.plan(tmp_path / "p", {"password": "hush"})
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
