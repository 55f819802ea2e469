"""The collection as `ansible-galaxy collection build` packs it: what must be inside, and what must not."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path, PurePosixPath

import pytest

from tools.dev_tree import ROOT
from tools.worktree import copy

PARTS = {"changelogs", "docs", "meta", "playbooks", "plugins", "roles"}
FILES = {"CHANGELOG.md", "COPYING", "FILES.json", "MANIFEST.json", "README.md"}
DATA = "plugins/plugin_utils/data/"

pytestmark = pytest.mark.slow


def foreign(names: list[str]) -> list[str]:
    """What is neither a file nor below a folder that a collection of ours is made of."""
    parts = [PurePosixPath(name).parts for name in names]
    return ["/".join(part) for part in parts if part[0] not in PARTS and (len(part) > 1 or part[0] not in FILES)]


def links(members: list[tarfile.TarInfo]) -> list[str]:
    """Everything in a tarball that is neither a plain file nor a folder."""
    return [member.name for member in members if not member.isfile() and not member.isdir()]


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> list[tarfile.TarInfo]:
    """The artifact's members, built from what git knows of the checkout."""
    folder = tmp_path_factory.mktemp("artifact")
    galaxy = Path(sys.executable).with_name("ansible-galaxy")
    build = [galaxy, "collection", "build", copy(ROOT, folder), "--output-path", folder]
    subprocess.run(build, check=True, capture_output=True, cwd=folder)
    (artifact,) = folder.glob("atomic-fleet-*.tar.gz")
    with tarfile.open(artifact) as tar:
        return tar.getmembers()


def test_it_holds_the_collection_and_nothing_else(members: list[tarfile.TarInfo]) -> None:
    assert foreign([member.name for member in members]) == []


def test_it_holds_no_link(members: list[tarfile.TarInfo]) -> None:
    assert links(members) == []


def test_it_holds_what_plugins_read_at_run_time(members: list[tarfile.TarInfo]) -> None:
    packed = {member.name for member in members if member.isfile()}
    wanted = {path.relative_to(ROOT).as_posix() for path in (ROOT / DATA).rglob("*") if path.is_file()}
    wanted |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "plugins").rglob("*.py")}
    assert f"{DATA}fleet.schema.json" in wanted
    assert wanted - packed == set()
    assert {"README.md", "COPYING", "meta/runtime.yml"} <= packed


def test_what_does_not_belong_is_seen(tmp_path: Path) -> None:
    names = ["plugins/action/boot.py", "README.md", "terraform/modules/lab/main.tf", "Makefile", "meta/runtime.yml"]
    assert foreign(names) == ["terraform/modules/lab/main.tf", "Makefile"]
    link = tarfile.TarInfo("plugins/loop")
    link.type = tarfile.SYMTYPE
    assert links([link, tarfile.TarInfo("plugins/file")]) == ["plugins/loop"]
