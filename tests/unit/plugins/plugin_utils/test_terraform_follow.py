"""Lines that let a person follow Terraform: one a resource, and one now and then while it is quiet."""

from __future__ import annotations

import threading

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._model.terraform import PlannedChange
from ansible_collections.atomic.fleet.plugins.module_utils._parse.terraform_ui import UiEvent
from ansible_collections.atomic.fleet.plugins.plugin_utils._terraform_follow import TerraformFollow


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def lines() -> list[str]:
    return []


def test_one_line_a_resource(lines: list[str]) -> None:
    follow = TerraformFollow(lines.append, Clock())
    follow.expect([PlannedChange("a.b", "a", ("create", "delete")), PlannedChange("a.c", "a", ("create",))])
    for event in (
        UiEvent("version"),
        UiEvent("refresh_complete", "", "a.b"),
        UiEvent("apply_start", "create", "a.b"),
        UiEvent("apply_complete", "create", "a.b", 14.4),
        UiEvent("apply_complete", "delete", "a.b", 2.0),
        UiEvent("apply_complete", "read", "data.a", 2.0),
        UiEvent("apply_start", "create", "a.c"),
        UiEvent("apply_errored", "create", "a.c", 1.0),
    ):
        follow.note(event)
    assert lines == ["  created a.b (14 s), 1 of 3", "  destroyed a.b (2 s), 2 of 3", "  failed: a.c (1 s)"]
    assert follow.done == 2


def test_what_is_still_under_way(lines: list[str]) -> None:
    clock = Clock()
    follow = TerraformFollow(lines.append, clock)
    for number in range(5):
        follow.note(UiEvent("apply_start", "create", f"a.{number}"))
    clock.now = 31
    follow.note(UiEvent("apply_progress", "create", "a.0"))
    follow.note(UiEvent("apply_progress", "create", "a.0"))
    assert lines == ["  still at a.0, a.1, a.2 and 2 more; 31 s"]


def test_a_long_look_at_the_cloud_is_told(lines: list[str]) -> None:
    clock = Clock()
    follow = TerraformFollow(lines.append, clock)
    clock.now = 40
    follow.note(UiEvent("refresh_complete", "", "a.b"))
    assert lines == ["  Terraform: 1 resources looked at; 40 s"]


def test_silence_is_broken_by_itself() -> None:
    """Terraform says nothing at all: the beat comes from a thread of our own."""
    said = threading.Event()
    with TerraformFollow(lambda line: said.set() if line.startswith("  Terraform: 0 ") else None, beat=0.01):
        assert said.wait(10)
