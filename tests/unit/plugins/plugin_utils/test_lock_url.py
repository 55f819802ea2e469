"""Where a lock is: what is no lock, what is missing for one, and that passwords stay where they are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.plugin_utils import _lock_url
from ansible_collections.atomic.fleet.plugins.plugin_utils._lock import Lock, acquire, release
from ansible_collections.atomic.fleet.plugins.plugin_utils._lock_url import keeper_url, without_secrets


@pytest.mark.parametrize(
    "url, told",
    [
        ("nonsense", "cannot be a lock; give one of tooz's URLs"),
        ("s3://me:secret@bucket/x", "'s3://bucket/x' cannot be a lock"),
        ("redis:6379", "cannot be a lock"),
    ],
)
def test_what_is_no_lock(tmp_path: Path, url: str, told: str) -> None:
    with pytest.raises(ArgumentError, match=told) as refused:
        acquire(Lock(tmp_path, "demo", url=url), "run-1", os.getpid())
    assert "secret" not in refused.value.message


def test_missing_package_is_named_as_pip_calls_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_lock_url.importlib.util, "find_spec", lambda name: None if name == "etcd3gw" else name)
    with pytest.raises(ArgumentError, match=r"Failed to import the required Python library \(etcd3gw\)"):
        acquire(Lock(tmp_path, "demo", url="etcd3+http://localhost"), "run-1", os.getpid())


@pytest.mark.slow
def test_file_lock_in_a_folder_that_controllers_share(tmp_path: Path) -> None:
    here, there = (Lock(tmp_path / name, "demo", url=f"file://{tmp_path}/shared") for name in ("here", "there"))
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as main:
        assert acquire(here, "run-1", main.pid).is_held()
        with pytest.raises(ArgumentError, match="has not said his name"):
            acquire(there, "run-2", main.pid)
        assert release(here.root, "run-1")
        assert acquire(there, "run-2", main.pid).is_held()
        assert release(there.root, "run-2")
        main.kill()


@pytest.mark.parametrize(
    "url, told, at",
    [
        (None, "", ("", "")),
        ("file:///srv/locks/", "file:///srv/locks/", ("file:///srv/locks/demo", "cell-a")),
        (
            "redis://me:hush@r:1/0?ssl=1",
            "redis://r:1/0",
            ("redis://me:hush@r:1/0?ssl=1", "/atomic.fleet/demo/cell-a"),
        ),
    ],
)
def test_what_is_told_of_it(url: str | None, told: str, at: tuple[str, str]) -> None:
    assert keeper_url(url, "demo", "cell-a") == at
    if url:
        assert without_secrets(url) == told
        assert "hush" not in without_secrets(url, f"no way to {url}")
