"""What these tests share: a checkout that other processes can import too."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[5]


@pytest.fixture
def checkout_env(tmp_path: Path) -> dict[str, str]:
    """An environment in which a new Python finds this checkout as the collection."""
    parent = tmp_path / "import" / "ansible_collections" / "atomic"
    parent.mkdir(parents=True)
    (parent / "fleet").symlink_to(ROOT)
    return {**os.environ, "PYTHONPATH": str(tmp_path / "import"), "PYTHONDONTWRITEBYTECODE": "1"}
