"""Runs tests/openstack against the cloud that OS_CLOUD names, in a venv of its own with openstacksdk."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tomllib
import venv
from pathlib import Path
from typing import NoReturn

from tools.dev_tree import ROOT
from tools.requirements import requirements
from tools.stages import CACHE
from tools.terraform_test import registry_offered

TEST_PACKAGES = ("hypothesis", "pytest")


def lacking(environment: dict[str, str]) -> str | None:
    """One sentence on what the environment does not say; None where it says all."""
    if not environment.get("OS_CLOUD"):
        return "set OS_CLOUD to a cloud in which objects may be made, and OS_CLIENT_CONFIG_FILE to its clouds.yaml."
    file = environment.get("OS_CLIENT_CONFIG_FILE")
    if file and not Path(file).is_file():
        return f"OS_CLIENT_CONFIG_FILE names {file}, and there is no such file."
    return None


def wanted(pyproject: str) -> list[str]:
    """What is installed: the extra openstack, and what the tests run with; pinned."""
    project = tomllib.loads(pyproject)["project"]
    tests = [pin for pin in project["optional-dependencies"]["test"] if pin.split("==")[0] in TEST_PACKAGES]
    return [*requirements(pyproject, ["openstack"]), *tests]


def python_of(pins: list[str]) -> Path:
    """The Python of a venv that has these; it is made where it is not there. CalledProcessError where pip fails."""
    key = hashlib.sha256("\n".join([sys.version, *pins]).encode()).hexdigest()[:12]
    folder = CACHE / "openstack-venvs" / key
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        print(f"making a venv in {folder}", flush=True)
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *pins], check=True)
        (folder / "complete").touch()
    return python


def main() -> NoReturn:
    """Becomes pytest, which takes away on Ctrl-C what it made; ends with one sentence where something is lacking."""
    reason = lacking(dict(os.environ))
    if reason is None and not registry_offered():
        reason = "set TERRAFORM_REGISTRY=yes, or TF_CLI_CONFIG_FILE to a file that says where providers come from."
    if reason is not None:
        sys.exit(f"test-openstack: {reason}")
    python = python_of(wanted((ROOT / "pyproject.toml").read_text(encoding="utf-8")))
    os.chdir(ROOT)
    os.execv(python, [str(python), "-m", "pytest", "-s", "-v", "--durations=3", "tests/openstack", *sys.argv[1:]])


if __name__ == "__main__":
    main()
