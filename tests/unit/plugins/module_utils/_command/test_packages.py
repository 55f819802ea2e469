"""The comparing script, run for real in every shell here on commits of a repository of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._command.packages import compare_script, preview_script
from ansible_collections.atomic.fleet.plugins.module_utils._parse.sections import Section, parse_sections
from tests.unit.plugins.package_cases import db_diff, package

pytestmark = pytest.mark.skipif(shutil.which("ostree") is None, reason="no ostree here")
SHELLS = ["dash", "bash", "busybox"]
STANZA = "Package: {}\nStatus: install ok {}\nArchitecture: all\nDescription: x\n Version: none\nVersion: {}\n"


def status(packages: dict[str, str], gone: str = "") -> str:
    known = [STANZA.format(name, "installed", version) for name, version in packages.items()]
    return "\n".join([*known, STANZA.format(gone, "config-files", "1")] if gone else known)


class Repository:
    def __init__(self, home: Path) -> None:
        self.home = home
        self.path = home / "repo"
        self.run("init", "--mode=bare-user-only")

    def run(self, *words: str) -> str:
        argv = ["ostree", f"--repo={self.path}", *words]
        return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()

    def commit(self, files: dict[str, str]) -> str:
        tree = self.home / "tree"
        for name, text in files.items():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_text(text)
        checksum = self.run("commit", "--branch=x", "--canonical-permissions", f"--tree=dir={tree}")
        shutil.rmtree(tree)
        return checksum

    def compare(self, shell: str, old: str, new: str, tools: str = "") -> dict[str, Section]:
        return self.tell(shell, compare_script(old, new), tools)

    def tell(self, shell: str, script: str, tools: str = "") -> dict[str, Section]:
        """What a script says of this repository; ``tools`` is a folder that comes first in the PATH."""
        argv = ["busybox", "sh"] if shell == "busybox" else [shell]
        script = script.replace("/run/atomic-fleet.", f"{self.home}/scratch.").replace("/ostree/repo", str(self.path))
        path = f"{tools}:{os.environ['PATH']}"
        done = subprocess.run([*argv, "-c", script], capture_output=True, text=True, check=True, env={"PATH": path})
        return dict(parse_sections("h1", done.stdout))


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    if shutil.which(request.param) is None:
        pytest.skip(f"no {request.param} here")
    return str(request.param)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


DATABASE = "usr/lib/sysimage/dpkg/status"


def test_packages_and_files(repository: Repository, shell: str) -> None:
    old = repository.commit({DATABASE: status({"web": "1.0", "same": "1", "old": "1"}), "usr/a": "1", "etc/b": "1"})
    new = repository.commit({DATABASE: status({"web": "2.0", "same": "1", "new": "3"}, gone="old"), "usr/a b": "1"})
    found = repository.compare(shell, old, new)
    assert found["dpkg"] == Section("new\tall\t-\t3\nold\tall\t1\t-\nweb\tall\t1.0\t2.0", 0)
    assert sorted(found["files"].text.splitlines()) == ["A /usr/a b", "D /usr/a", f"M /{DATABASE}", "total 1 1 1"]


def test_no_database_and_a_commit_that_is_not_there(repository: Repository, shell: str) -> None:
    old = repository.commit({"usr/a": "1"})
    assert repository.compare(shell, old, repository.commit({"usr/a": "2", DATABASE: ""}))["dpkg"].rc == 1
    missing = repository.compare(shell, old, "f" * 64)
    assert (missing["dpkg"].rc, missing["files"].rc) == (1, 1)
    assert missing["files"].text.startswith("error: ")


@pytest.mark.slow
def test_thousands_of_differences_do_not_travel(repository: Repository, shell: str) -> None:
    many = {f"p{number:04}": "1" for number in range(600)}
    old = repository.commit({DATABASE: status({})})
    new = repository.commit({DATABASE: status(many), **{f"usr/f/{name}": name for name in many}})
    found = repository.compare(shell, old, new)
    lines = found["dpkg"].text.splitlines()
    assert (len(lines), lines[0], lines[-1]) == (501, "p0000\tall\t-\t1", "cut")
    names = found["files"].text.splitlines()
    assert (len(names), names[-1]) == (21, "total 601 0 1")


@pytest.mark.parametrize("count", [3, 4000])
def test_rpm_ostrees_answer_travels_on_one_line_and_not_without_bounds(
    repository: Repository, shell: str, tmp_path: Path, count: int
) -> None:
    text = tmp_path / "answer.json"
    text.write_text(db_diff([package(f"p{number:04}", 2, "1.0-1.fc41", "1.1-1.fc41") for number in range(count)]))
    tool = tmp_path / "bin" / "rpm-ostree"
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\n[ "$1 $2 $4" = "db diff --format=json" ] || exit 64\ncat {text}\n')
    tool.chmod(0o755)
    found = repository.compare(shell, "a" * 64, "b" * 64, str(tool.parent))
    assert list(found) == ["rpm-ostree"]
    assert found["rpm-ostree"].rc == 0
    lines = found["rpm-ostree"].text.splitlines()
    assert lines[1:] == ([] if count == 3 else ["cut"])
    assert len(lines[0]) <= 200_000


# Says what it was given, and fails as the tool does where a commit object is missing.
PREVIEWER = """#!/bin/sh
repo=${3#--repo=}
for one in "$5" "$6"; do ostree --repo="$repo" show --raw "$one" >/dev/null || exit 1; done
find "$repo" -name '*.file*' -o -name '*.dirtree' | grep . && exit 1
printf '{\n"pkgdiff" : []}\n'
"""


def test_metadata_alone_is_fetched_and_compared(tmp_path: Path, shell: str) -> None:
    """The old commit is on the host, the new one on its remote; nothing is left behind."""
    (tmp_path / "remote").mkdir()
    remote, here = Repository(tmp_path / "remote"), Repository(tmp_path)
    old = remote.commit({"usr/a": "1"})
    here.run("pull-local", str(remote.path), old)
    new = remote.commit({"usr/a": "2"})
    remote.run("summary", "-u")
    here.run("remote", "add", "--no-gpg-verify", "os", f"file://{remote.path}")
    tool = tmp_path / "bin" / "rpm-ostree"
    tool.parent.mkdir()
    tool.write_text(PREVIEWER)
    tool.chmod(0o755)
    before = sorted(here.path.rglob("*"))
    found = here.tell(shell, preview_script(old, new, "os", "x", (new,)), str(tool.parent))
    assert {name: section.rc for name, section in found.items()} == {"fetch": 0, "rpm-ostree": 0}, found
    assert found["rpm-ostree"].text == '{"pkgdiff" : []}'
    assert sorted(here.path.rglob("*")) == before
    assert not list(tmp_path.glob("scratch.*"))
    gone = here.tell(shell, preview_script(old, "f" * 64, "os", "x", ("f" * 64,)), str(tool.parent))
    assert [(name, section.rc != 0) for name, section in gone.items()] == [("fetch", True)]
