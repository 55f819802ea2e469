"""The modules as a user takes them: from a tag of the repository, by git."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tools.dev_tree import ROOT
from tools.release import look
from tools.stages import TERRAFORM
from tools.worktree import copy

MODULES = sorted(path.name for path in (ROOT / "terraform" / "modules").iterdir() if path.is_dir())


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare repository whose version is tagged, and whose main branch has no modules any more."""
    folder = tmp_path_factory.mktemp("sources")
    tree = copy(ROOT, folder)
    person = ["-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    for words in (
        ["commit", "--quiet", "--message", "all"],
        ["tag", look(tree).version],
        ["rm", "-r", "--quiet", "terraform"],
        ["commit", "--quiet", "--message", "moved on"],
    ):
        subprocess.run(["git", "-C", str(tree), *person, *words], check=True)
    bare = folder / "atomic.fleet.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", str(tree), str(bare)], check=True)
    return bare


def got(repository: Path, folder: Path, ref: str) -> subprocess.CompletedProcess[str]:
    """What `terraform get` makes of a root module that names every module of ours at a ref."""
    blocks = [
        f'module "{name}" {{ source = "git::file://{repository}//terraform/modules/{name}?ref={ref}" }}'
        for name in MODULES
    ]
    (folder / "main.tf").write_text("\n".join(blocks))
    env = {key: value for key, value in os.environ.items() if not key.startswith("TF_")}
    return subprocess.run([TERRAFORM, "get"], cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_every_module_comes_from_a_tag_with_what_it_needs_beside_it(repository: Path, tmp_path: Path) -> None:
    version = look(ROOT).version
    done = got(repository, tmp_path, version)
    assert done.returncode == 0, done.stderr
    modules = json.loads((tmp_path / ".terraform" / "modules" / "modules.json").read_text())["Modules"]
    found = {one["Key"]: tmp_path / one["Dir"] for one in modules if one["Key"]}
    assert {"aws", "azure", "gcp", "openstack", "lab", "fleet", "machines"} <= set(MODULES) <= found.keys()
    for name in MODULES:
        for path in (ROOT / "terraform" / "modules" / name).glob("*.tf"):
            assert (found[name] / path.name).read_bytes() == path.read_bytes()


def test_a_ref_that_is_no_tag_is_refused(repository: Path, tmp_path: Path) -> None:
    done = got(repository, tmp_path, "9.9.9")
    assert done.returncode != 0
    assert "9.9.9" in done.stderr


@pytest.mark.parametrize("name", MODULES)
def test_a_modules_readme_takes_it_from_a_tag(name: str) -> None:
    text = (ROOT / "terraform" / "modules" / name / "README.md").read_text(encoding="utf-8")
    sources = re.findall(r"\bgit::\S+//terraform/modules/\S+", text)
    assert f"//terraform/modules/{name}?ref=" in text
    assert [one for one in sources if not re.search(r'\?ref=\d+\.\d+\.\d+"$', one)] == []
