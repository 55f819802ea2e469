"""Reading sources: the value, or one sentence."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import FleetError, NotAppliedError
from ansible_collections.atomic.fleet.plugins.plugin_utils._contract import Source, read_source, selected_workspace


def test_read(tmp_path: Path) -> None:
    state, outputs = tmp_path / "state", tmp_path / "outputs"
    state.write_text(json.dumps({"version": 4, "outputs": {"other": {"value": 1}}}))
    outputs.write_text(json.dumps({"fleet": {"value": 2, "sensitive": False}}))
    assert read_source(Source("state", str(state), output="other")) == 1
    assert read_source(Source("outputs", str(outputs))) == 2
    outputs.write_bytes(b"\xef\xbb\xbf" + outputs.read_bytes())  # as a shell of Windows writes it
    assert read_source(Source("outputs", str(outputs))) == 2


def test_the_workspace_that_would_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TF_WORKSPACE", raising=False)
    monkeypatch.delenv("TF_DATA_DIR", raising=False)
    here = Source("project", str(tmp_path))
    assert selected_workspace(here) == "default"
    (tmp_path / ".terraform").mkdir()
    (tmp_path / ".terraform" / "environment").write_text("stage")
    assert selected_workspace(here) == "stage"
    assert selected_workspace(Source("project", str(tmp_path), data_directory=str(tmp_path / "data"))) == "default"
    monkeypatch.setenv("TF_WORKSPACE", "production")
    assert selected_workspace(here) == "production"
    assert selected_workspace(Source("project", str(tmp_path), workspace="mine")) == "mine"


@pytest.mark.slow
@pytest.mark.skipif(not (shutil.which("terraform") or shutil.which("tofu")), reason="needs Terraform or OpenTofu")
@pytest.mark.parametrize("init", [True, False])
def test_a_project_that_nobody_initialised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, init: bool) -> None:
    monkeypatch.delenv("TF_DATA_DIR", raising=False)
    state = tmp_path / "terraform.tfstate"
    output = {"value": {"name": "demo"}, "type": ["object", {"name": "string"}]}
    state.write_text(
        json.dumps({"version": 4, "serial": 1, "lineage": "x", "outputs": {"fleet": output}, "resources": []})
    )
    folder = tmp_path / "root"
    folder.mkdir()
    (folder / "main.tf").write_text(f'terraform {{\n  backend "local" {{\n    path = "{state}"\n  }}\n}}\n')
    source = Source("project", str(folder), init=init)
    if init:
        assert read_source(source) == {"name": "demo"}
        assert [path.name for path in folder.iterdir()] == ["main.tf"]
    else:
        with pytest.raises(NotAppliedError, match="is not initialised for the backend"):
            read_source(source)


UNREADABLE = "State file F cannot be read: Permission denied."


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x"
    path.write_text("{}")

    def refuse(*words: object) -> None:
        raise PermissionError(13, "Permission denied")  # root may read everything

    if os.geteuid() == 0:
        monkeypatch.setattr("builtins.open", refuse)
    else:
        path.chmod(0)
    with pytest.raises(FleetError) as refusal:
        read_source(Source("state", str(path)))
    assert refusal.value.message == UNREADABLE.replace("F", str(path))


@pytest.mark.parametrize(
    "kind,content,sentence",
    [
        ("state", None, "State file F is not there: run `terraform apply` first, or correct `state`."),
        ("outputs", None, "Outputs file F is not there: run `terraform apply` first, or correct `outputs`."),
        ("state", "folder", "State file F is a folder: name it with `project`, or the file in it."),
        ("state", b"\xff\xfe", "State file F is not text: name a file that Terraform wrote."),
        ("state", b"PK\x03\x04tfplan",
         "State file F is a saved plan, whose hosts are not there yet: apply it, and name the state."),
        ("state", b"", "State file F is empty, not a Terraform state: run `terraform apply` first."),
        ("project", None, "F is not there, or no folder: name the folder of a Terraform project."),
        ("project", "folder", "F holds no *.tf file: name the folder of a Terraform project."),
    ],
)  # fmt: skip
def test_unreadable(tmp_path: Path, kind: str, content: bytes | str | None, sentence: str) -> None:
    path = tmp_path / "x"
    if content == "folder":
        path.mkdir()
    elif isinstance(content, bytes):
        path.write_bytes(content)
    with pytest.raises(FleetError) as refusal:
        read_source(Source(kind, str(path)))
    assert refusal.value.message == sentence.replace(" F ", f" {path} ").replace("F ", f"{path} ", 1)
