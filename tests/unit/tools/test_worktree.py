"""The copy that ansible-test, the build and Terraform's tests work on."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tools.worktree import copy, sources


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "checkout"
    root.mkdir()
    git(root, "init", "--quiet")
    files = {"galaxy.yml": "namespace: atomic\nname: fleet\n", ".gitignore": "ignored\n", "gone": "", "ignored": ""}
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")
    git(root, "add", "--all")
    (root / "gone").unlink()
    (root / "new name with\nnewline").write_text("", encoding="utf-8")
    (root / "broken-link").symlink_to("nowhere")
    return root


def test_sources_are_what_git_would_know(checkout: Path) -> None:
    assert sorted(sources(checkout)) == [".gitignore", "broken-link", "galaxy.yml", "new name with\nnewline"]


def test_the_copy_is_a_repository_where_ansible_test_wants_it(checkout: Path, tmp_path: Path) -> None:
    tree = copy(checkout, tmp_path / "elsewhere")
    assert tree.parts[-3:] == ("ansible_collections", "atomic", "fleet")
    assert git(tree, "ls-files", "-z").split("\0")[:-1] == sorted(sources(checkout))
    assert (tree / "broken-link").is_symlink()
