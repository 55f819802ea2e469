"""Kernel arguments, as ostree edits them."""

from __future__ import annotations

import pytest

from tests.double.errors import ToolError
from tests.double.kargs import edited

BEFORE = ["root=LABEL=lab", "rw", "quiet", "console=tty0", "console=ttyS0"]
NONE: dict[str, list[str]] = {
    "append": [], "delete": [], "replace": [], "append_if_missing": [], "delete_if_present": [],
}  # fmt: skip


@pytest.mark.parametrize(
    "wishes,after",
    [
        ({}, BEFORE),
        ({"append": ["quiet"]}, [*BEFORE, "quiet"]),
        ({"append_if_missing": ["quiet", "x=1"]}, [*BEFORE, "x=1"]),
        ({"append_if_missing": ["console=tty0"]}, BEFORE),
        ({"delete": ["quiet", "console=tty0"]}, ["root=LABEL=lab", "rw", "console=ttyS0"]),
        ({"delete_if_present": ["nothing", "rw"]}, [word for word in BEFORE if word != "rw"]),
        ({"replace": ["console=tty0=tty1"]}, ["root=LABEL=lab", "rw", "quiet", "console=tty1", "console=ttyS0"]),
        ({"replace": ["quiet=1"]}, ["root=LABEL=lab", "rw", "quiet=1", "console=tty0", "console=ttyS0"]),
    ],
)
def test_edited(wishes: dict[str, list[str]], after: list[str]) -> None:
    assert edited(BEFORE, {**NONE, **wishes}) == after


@pytest.mark.parametrize(
    "wishes,sentence",
    [
        ({"delete": ["nothing"]}, "No key 'nothing' found"),
        ({"delete": ["console"]}, "Multiple values for key 'console' found"),
        ({"delete": ["console=hvc0"]}, "No karg 'console=hvc0' found"),
        ({"replace": ["console=tty1"]}, "Multiple values for key 'console' found"),
    ],
)
def test_edited_refuses(wishes: dict[str, list[str]], sentence: str) -> None:
    with pytest.raises(ToolError) as refused:
        edited(BEFORE, {**NONE, **wishes})
    assert str(refused.value) == sentence
