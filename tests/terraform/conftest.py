"""A copy of terraform/ for every process of tests, and the stand-ins of the clouds' providers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.terraform.project import copy_tree
from tests.terraform.stand_in import CONFIGURATION


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """terraform/, copied."""
    return copy_tree(tmp_path_factory.mktemp("tree"))


@pytest.fixture(scope="session")
def stand_in() -> Path:
    """The CLI configuration under which providers are stand-ins; skips where there is none."""
    named = os.environ.get(CONFIGURATION)
    if not named:
        pytest.skip(f"{CONFIGURATION} names no CLI configuration with stand-ins of the clouds' providers")
    assert Path(named).is_file(), f"{CONFIGURATION} names {named}, which is no file"
    return Path(named)
