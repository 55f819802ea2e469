"""Which program tools/terraform runs, and what it says where there is none."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tools.stages import TERRAFORM


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder that is the whole PATH, with what a shell script needs and nothing else."""
    for name in ("env", "sh"):
        (tmp_path / name).symlink_to(Path("/bin") / name)
    return tmp_path


def install(folder: Path, name: str) -> Path:
    """A program that says its name, its arguments and where its configuration is."""
    path = folder / name
    path.write_text('#!/bin/sh\necho "${0##*/} $* ${TF_CLI_CONFIG_FILE:-none}"\n', encoding="utf-8")
    path.chmod(0o755)
    return path


def terraform(programs: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if key not in ("TERRAFORM", "TF_CLI_CONFIG_FILE")}
    env = {**clean, "PATH": str(programs), **variables}
    return subprocess.run([TERRAFORM, "version"], env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "there,runs", [(["terraform"], "terraform"), (["tofu"], "tofu"), (["terraform", "tofu"], "terraform")]
)
def test_it_runs_whichever_is_there(programs: Path, there: list[str], runs: str) -> None:
    for name in there:
        install(programs, name)
    assert terraform(programs).stdout == f"{runs} version none\n"


def test_the_variable_wins(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    install(programs, "terraform")
    mine = install(tmp_path_factory.mktemp("elsewhere"), "mine")
    assert terraform(programs, TERRAFORM=str(mine)).stdout == "mine version none\n"


def test_none_at_all_is_one_sentence(programs: Path) -> None:
    done = terraform(programs)
    assert done.returncode == 127
    assert done.stderr.splitlines() == [
        "terraform: neither Terraform nor OpenTofu was found: install one of them, or set TERRAFORM to its path."
    ]


def test_a_named_program_that_is_missing_is_not_replaced_by_another(programs: Path) -> None:
    install(programs, "tofu")
    done = terraform(programs, TERRAFORM="/nonexistent/terraform")
    assert done.returncode == 127
    assert done.stderr == "terraform: TERRAFORM names /nonexistent/terraform, and that is no program.\n"


def test_a_configuration_that_is_not_there_is_dropped(programs: Path) -> None:
    install(programs, "terraform")
    there = programs / "terraformrc"
    there.touch()
    assert terraform(programs, TF_CLI_CONFIG_FILE=str(there)).stdout == f"terraform version {there}\n"
    assert terraform(programs, TF_CLI_CONFIG_FILE="/nonexistent/rc").stdout == "terraform version none\n"
