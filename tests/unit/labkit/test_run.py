"""What the lab asks of the machine, and how it says that something failed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from labkit import run
from labkit.errors import LabError


def test_missing_packages_are_named_together(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ip").write_text("#!/bin/sh\n")
    (tmp_path / "ip").chmod(0o755)
    monkeypatch.setattr(run, "search_path", lambda: str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(LabError, match=r"apt-get install gnupg ostree$"):
        run.require({"ip": "iproute2", "ostree": "ostree", "gpg": "gnupg", "gpgconf": "gnupg"})


def test_root_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(LabError, match="needs root"):
        run.require({})


def test_a_failed_program_is_one_sentence_with_its_last_words() -> None:
    with pytest.raises(LabError) as caught:
        run.run(["sh", "-c", "echo first >&2; echo last words >&2; exit 3"])
    assert str(caught.value).endswith("failed (3): last words")
    assert len(str(caught.value).splitlines()) == 1


def test_a_linked_copy_shares_its_files(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").write_text("x")
    run.copy_linked(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "a" / "file").samefile(tmp_path / "b" / "file")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
    run.remove_tree(tmp_path / "b")
    run.remove_tree(tmp_path / "b")
    assert (tmp_path / "a" / "file").read_text() == "x"


def test_where_links_cannot_be_made_files_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("cross-device link")

    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").write_text("x")
    monkeypatch.setattr(os, "link", refuse)
    run.copy_linked(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b" / "file").read_text() == "x"
    assert not (tmp_path / "a" / "file").samefile(tmp_path / "b" / "file")
