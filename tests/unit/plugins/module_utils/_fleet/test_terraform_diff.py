"""A plan in lines for --diff: what changes, and no secret of anybody's."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.terraform_diff import render_changes
from ansible_collections.atomic.fleet.plugins.module_utils._model.terraform import PlannedChange

BEFORE = {"ami": "ami-1", "id": "i-1", "tags": {"a": "b"}}


def change(actions: tuple[str, ...], after: Any = None, **more: Any) -> PlannedChange:
    return PlannedChange("a.b", "a", actions, BEFORE, after, **more)


@pytest.mark.parametrize(
    "planned,lines",
    [
        (PlannedChange("a.b", "a", ("create",), None, {"password": "hush"}), "+ a.b: create\n"),
        (change(("delete",)), "- a.b: destroy\n"),
        (change(("forget",)), "  a.b: forget\n"),
        (change(("update",), {**BEFORE, "tags": {"a": "c"}}),
         '~ a.b: update\n    tags: {"a": "b"} -> {"a": "c"}\n'),
        (change(("create", "delete"), {"ami": "ami-2", "tags": {"a": "b"}}, unknown={"id": True}, reasons=("ami",)),
         '+/- a.b: replace (ami changes)\n    ami: "ami-1" -> "ami-2"\n'),
        (change(("delete", "create"), {"ami": "ami-2"}, unknown={"ami": True}, reasons=("ami",)),
         ('-/+ a.b: replace (ami changes)\n    ami: "ami-1" -> (known after apply)\n    id: "i-1" -> null\n'
          '    tags: {"a": "b"} -> null\n')),
        (change(("update",), {**BEFORE, "token": "hush"}, secret=(None, {"token": True})),
         "~ a.b: update\n    token: null -> (sensitive)\n"),
        (change(("update",), {**BEFORE, "deep": {"token": "hush"}}, secret=(None, {"deep": {"token": True}})),
         "~ a.b: update\n    deep: null -> (sensitive)\n"),
        (change(("update",), {**BEFORE, "user_data_base64": "aHVzaA=="}),
         "~ a.b: update\n    user_data_base64: null -> (first boot)\n"),
    ],
)  # fmt: skip
def test_lines(planned: PlannedChange, lines: str) -> None:
    assert render_changes([planned], []) == lines
    assert "hush" not in lines


def test_long_values_are_cut_and_outputs_follow() -> None:
    text = render_changes([change(("update",), {**BEFORE, "x": "y" * 500})], ["fleet"])
    assert all(len(line) < 120 for line in text.splitlines())
    assert text.endswith("…\n~ output fleet\n")
    assert render_changes([], []) == ""
