"""The collection as `ansible-galaxy collection build` packs it: what must be inside, and what must not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path, PurePosixPath

import pytest

from tools.dev_tree import ROOT
from tools.worktree import copy

PARTS = {"changelogs", "docs", "meta", "playbooks", "plugins", "roles"}
FILES = {".ansible-lint", "CHANGELOG.md", "COPYING", "FILES.json", "MANIFEST.json", "README.md"}
DATA = "plugins/plugin_utils/data/"
GALAXY = Path(sys.executable).with_name("ansible-galaxy")

pytestmark = pytest.mark.slow


def foreign(names: list[str]) -> list[str]:
    """What is neither a file nor below a folder that a collection of ours is made of."""
    parts = [PurePosixPath(name).parts for name in names]
    return ["/".join(part) for part in parts if part[0] not in PARTS and (len(part) > 1 or part[0] not in FILES)]


def links(members: list[tarfile.TarInfo]) -> list[str]:
    """Everything in a tarball that is neither a plain file nor a folder."""
    return [member.name for member in members if not member.isfile() and not member.isdir()]


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The artifact, built from what git knows of the checkout."""
    folder = tmp_path_factory.mktemp("artifact")
    build = [GALAXY, "collection", "build", copy(ROOT, folder), "--output-path", folder]
    subprocess.run(build, check=True, capture_output=True, cwd=folder)
    (built,) = folder.glob("atomic-fleet-*.tar.gz")
    return built


@pytest.fixture(scope="module")
def members(artifact: Path) -> list[tarfile.TarInfo]:
    with tarfile.open(artifact) as tar:
        return tar.getmembers()


def elsewhere(place: Path) -> dict[str, str]:
    """The environment of somebody who has no collections but those in that place."""
    return {**os.environ, "HOME": str(place), "ANSIBLE_COLLECTIONS_PATH": str(place)}


def documented(place: Path, kind: str) -> dict[str, object]:
    """What ansible-doc says of every plugin of a kind, where the collection is all there is."""
    doc = [Path(sys.executable).with_name("ansible-doc"), "--json", "--type", kind]
    env = elsewhere(place)

    def asked(*words: str) -> dict[str, object]:
        done = subprocess.run([*doc, *words], capture_output=True, text=True, cwd=place, env=env, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        found: dict[str, object] = json.loads(done.stdout)
        return found

    names = sorted(name for name in asked("--list", "atomic.fleet") if name.startswith("atomic.fleet."))
    return asked(*names)


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


@pytest.mark.parametrize(
    ("kind", "files"),
    [
        ("module", "plugins/modules/*.py"),
        ("inventory", "plugins/inventory/*.py"),
        ("callback", "plugins/callback/*.py"),
        ("role", "roles/*"),
    ],
)
def test_everything_in_it_tells_what_it_does(artifact: Path, tmp_path: Path, kind: str, files: str) -> None:
    install = [GALAXY, "collection", "install", artifact, "--collections-path", tmp_path, "--offline"]
    subprocess.run(install, check=True, capture_output=True, cwd=tmp_path, env=elsewhere(tmp_path))
    told = documented(tmp_path, kind)
    assert sorted(told) == sorted(f"atomic.fleet.{path.stem}" for path in ROOT.glob(files))
    assert all(told.values())


def test_what_does_not_belong_is_seen(tmp_path: Path) -> None:
    names = ["plugins/action/boot.py", "README.md", "terraform/modules/lab/main.tf", "Makefile", "meta/runtime.yml"]
    assert foreign(names) == ["terraform/modules/lab/main.tf", "Makefile"]
    link = tarfile.TarInfo("plugins/loop")
    link.type = tarfile.SYMTYPE
    assert links([link, tarfile.TarInfo("plugins/file")]) == ["plugins/loop"]
