"""Stores in a folder and in fsspec's memory behave alike; what is wrong with a URL is said in a sentence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError, FleetError
from ansible_collections.atomic.fleet.plugins.plugin_utils._store import Store, open_store
from tests import stores


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return open_store("demo", str(tmp_path) if request.param == "folder" else f"memory://{tmp_path.name}")


@pytest.mark.parametrize("holds", [stores.keeps_documents, stores.keeps_journals, stores.chains_what_two_write])
def test_every_store(store: Store, holds: Any) -> None:
    holds(store)


def remote(tmp_path: Path) -> Store:
    return open_store("demo", f"memory://{tmp_path.name}")


def test_segments_that_were_touched(tmp_path: Path) -> None:
    store, system = remote(tmp_path), MemoryFileSystem()

    def change(name: str, data: bytes | None) -> None:
        path = f"/{tmp_path.name}/demo/{name}"
        system.rm(path) if data is None else system.pipe_file(path, data)

    stores.notices_tampering(store, change)


def test_a_segment_is_never_written_over(tmp_path: Path) -> None:
    files = remote(tmp_path).remote
    assert files is not None
    assert files.create("journals/x/00000001.jsonl", b"one")
    assert not files.create("journals/x/00000001.jsonl", b"two")
    # the write of one's own whose answer was lost
    assert files.create("journals/x/00000001.jsonl", b"one")
    assert files.read("journals/x/00000001.jsonl") == b"one"


@pytest.mark.parametrize("trouble", [PermissionError("Access Denied\nmore"), OSError(28, "No space left on device")])
def test_store_that_is_forbidden_or_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: Exception) -> None:
    store = remote(tmp_path)
    journal = store.journal("plan-x")

    def refuse(*_words: Any, **_more: Any) -> None:
        raise trouble

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", refuse)
    monkeypatch.setattr(MemoryFileSystem, "cat_file", refuse)
    told = rf"^memory://{tmp_path.name}/demo/\S+: cannot (write|read) it \([^\n]+\); nothing may go on\.$"
    for ask in (lambda: journal.write("opened", "run-1"), lambda: store.save_plan(stores.made()), store.load_plan):
        with pytest.raises(FleetError, match=told):
            ask()


@pytest.mark.parametrize(
    "url, told",
    [
        ("nowhere://x", "'nowhere://x/demo' cannot be a store"),
        ("s3://me:hush@bucket", "s3://bucket was given with a password; leave it to the environment"),
    ],
)
def test_what_is_no_store(url: str, told: str) -> None:
    with pytest.raises(ArgumentError, match=told) as refused:
        open_store("demo", url)
    assert "hush" not in refused.value.message


HIDDEN = """
import sys
sys.path.insert(0, sys.argv[1])
sys.modules[sys.argv[2]] = None
import conftest
from ansible_collections.atomic.fleet.plugins.plugin_utils._store import open_store
try:
    open_store("demo", "s3://bucket")
except Exception as error:
    print(f"{type(error).__name__}: {error}")
"""


@pytest.mark.parametrize("module, package", [("fsspec.core", "fsspec"), ("s3fs", "s3fs")])
def test_missing_package_is_named_as_pip_calls_it(module: str, package: str) -> None:
    command = [sys.executable, "-c", HIDDEN, str(Path(__file__).parents[3]), module]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.startswith(f"ArgumentError: Failed to import the required Python library ({package}) on ")
    assert "s3://bucket" in said
