"""What people read of a swap that moves no traffic yet."""

from __future__ import annotations

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.swap_text import render_stop
from ansible_collections.atomic.fleet.plugins.module_utils._model.swap import BACK, FORWARD, Course


@pytest.mark.parametrize(
    "kind,unfinished,said",
    [
        (FORWARD, True, "Swap: the rollout to green is not through; traffic stays where it is. Next: run it again."),
        (
            FORWARD,
            False,
            "Swap: it stops before the traffic, as was asked; traffic stays where it is. "
            "Next: the same without stop_before goes on.",
        ),
        (
            BACK,
            False,
            "Swap: it stops before the traffic, as was asked; traffic stays where it is. "
            "Next: the same without stop_before goes on.",
        ),
    ],
)
def test_render_stop(kind: str, unfinished: bool, said: str) -> None:
    assert render_stop(Course(kind, "green", ""), unfinished) == said
