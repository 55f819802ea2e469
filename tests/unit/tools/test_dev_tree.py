"""The generated tree of links, from nothing and over every kind of leftover."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.dev_tree import build, read_name


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "galaxy.yml").write_text("---\nnamespace: atomic\nname: fleet\n", encoding="utf-8")
    (tmp_path / "plugins").mkdir()
    (tmp_path / "tests").mkdir()
    return tmp_path


def contents(tree: Path) -> dict[str, str]:
    """Links of a tree and where they lead."""
    return {path.name: str(path.readlink()) for path in tree.iterdir()}


def test_it_links_what_belongs_to_the_collection(checkout: Path) -> None:
    expected = {"galaxy.yml": "../../../galaxy.yml", "plugins": "../../../plugins"}
    tree = build(checkout)
    assert tree == checkout / "ansible_collections" / "atomic" / "fleet"
    assert contents(tree) == expected
    assert (tree / "plugins").samefile(checkout / "plugins")
    assert contents(build(checkout)) == expected


def test_a_second_run_leaves_links_alone(checkout: Path) -> None:
    link = build(checkout) / "plugins"
    before = link.lstat().st_ino
    build(checkout)
    assert link.lstat().st_ino == before


def test_it_follows_the_checkout(checkout: Path) -> None:
    tree = build(checkout)
    (checkout / "plugins").rmdir()
    (checkout / "roles").mkdir()
    assert set(contents(build(checkout))) == {"galaxy.yml", "roles"}
    assert not (tree / "plugins").is_symlink()


def test_it_clears_what_does_not_belong(checkout: Path) -> None:
    tree = build(checkout)
    (tree / "plugins").unlink()
    (tree / "plugins" / "stale").mkdir(parents=True)
    (tree / "tests").symlink_to("../../../tests")
    (tree / "note").write_text("", encoding="utf-8")
    assert set(contents(build(checkout))) == {"galaxy.yml", "plugins"}


def test_a_link_to_the_root_becomes_a_folder(checkout: Path) -> None:
    tree = checkout / "ansible_collections" / "atomic" / "fleet"
    tree.parent.mkdir(parents=True)
    tree.symlink_to("../..")
    assert not build(checkout).is_symlink()
    assert (checkout / "galaxy.yml").is_file()


@pytest.mark.parametrize("text", ["", "namespace: atomic\n", "name: fleet\n", "namespace: a/b\nname: fleet\n"])
def test_a_galaxy_file_without_a_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"galaxy\.yml names no"):
        read_name(text)
