"""What people read of a swap that moves no traffic yet."""

from __future__ import annotations

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.swap_text import render_stop
from ansible_collections.atomic.fleet.plugins.module_utils._model.swap import FORWARD, Course


@pytest.mark.parametrize(
    "unfinished,why,rest",
    [
        (True, "the rollout to green is not through", "run it again"),
        (False, "it stops before the traffic, as was asked", "the same without stop_before goes on"),
    ],
)
def test_render_stop(unfinished: bool, why: str, rest: str) -> None:
    said = f"Swap: {why}; traffic stays where it is. Next: {rest}."
    assert render_stop(Course(FORWARD, "green", ""), unfinished) == said
