"""Store and lock must fit each other and the place where the controller runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.plugin_utils._shared import check_shared
from ansible_collections.atomic.fleet.plugins.plugin_utils._store import open_store

AWX = {"AWX_HOST": "https://awx.example.com", "JOB_ID": "7"}


@pytest.mark.parametrize(
    "store, lock, allow, environment, told",
    [
        ("", None, False, {}, None),
        ("", "redis://r:1", False, {}, None),
        ("", None, False, {"JOB_ID": "7"}, None),
        ("memory://x", "redis://r:1", False, {}, None),
        ("memory://x", "redis://r:1", False, AWX, None),
        ("memory://x", "file:///srv", False, {}, None),
        ("memory://x", None, False, {}, r"^The store memory://x/demo is shared, .* name a lock server with fleet_lock"),
        ("memory://x", None, True, AWX, "is shared"),
        (
            "",
            None,
            False,
            AWX,
            r"^This is a job of AWX, and the store /\S+/demo ends .*allow_local_store=true\.$",
        ),
        ("", "redis://r:1", False, AWX, "This is a job of AWX"),
        ("", "file:///srv", False, AWX, None),
        ("", None, True, AWX, None),
    ],
)
def test_store_and_lock(
    tmp_path: Path, store: str, lock: str | None, allow: bool, environment: Mapping[str, str], told: str | None
) -> None:
    opened = open_store("demo", store or str(tmp_path))
    if told is None:
        check_shared(opened, lock, allow, environment)
    else:
        with pytest.raises(ArgumentError, match=told):
            check_shared(opened, lock, allow, environment)
