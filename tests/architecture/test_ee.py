"""An execution environment gets what the collection can use, and nothing else."""

from __future__ import annotations

import re
import tomllib

import yaml

from tools.dev_tree import ROOT

# Ansible brings these, or is it
OF_ANSIBLE = {"ansible-core", "jinja2", "pyyaml"}


def names(lines: list[str]) -> set[str]:
    return {re.split(r"[=<>\[ ;]", line)[0] for line in lines if line}


def test_every_package_of_the_product_is_in_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = {name: lines for name, lines in project["optional-dependencies"].items() if name != "test"}
    wanted = names(project["dependencies"]).union(*map(names, groups.values())) - OF_ANSIBLE
    assert names((ROOT / "meta" / "ee-requirements.txt").read_text(encoding="utf-8").splitlines()) == wanted


def test_it_installs_the_version_that_is_built() -> None:
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    (collection,) = yaml.safe_load((ROOT / "execution-environment" / "requirements.yml").read_text())["collections"]
    assert collection == {"name": f"artifact/atomic-fleet-{version}.tar.gz", "type": "file"}
