"""The kernel's setting is raised where it is too low, and left alone where it is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from labkit import kernel


@pytest.mark.parametrize("before, after", [("128\n", "8192\n"), ("8192\n", "8192\n"), ("65536\n", "65536\n")])
def test_room_is_only_ever_made(tmp_path: Path, before: str, after: str) -> None:
    setting = tmp_path / "max_user_instances"
    setting.write_text(before)
    kernel.make_room(setting, 8192)
    assert setting.read_text() == after
