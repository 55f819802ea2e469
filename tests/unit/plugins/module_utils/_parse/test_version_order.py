"""Which of two versions is the newer, where that can be told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.atomic.fleet.plugins.module_utils._parse.version_order import newer


@pytest.mark.parametrize(
    "first, second, answer",
    [
        ("2.0", "1.0", True),
        ("1.10", "1.9", True),
        ("44.20260707.3.1", "44.20260607.3.0", True),
        ("43.20260707.3.1", "44.20260607.3.0", False),
        ("3.0-unhealthy", "2.0", True),
        ("1.0.1", "1.0", True),
        ("9.6.20251212-1", "9.6.20251212-0", True),
        # the same numbers with a word, or with nothing behind them
        ("3.0-unhealthy", "3.0", None),
        ("1.0.0", "1.0", None),
        ("1.0", "1.0", None),
        # RHEL CoreOS before and after it was counted as RHEL: the older one has the larger first number
        ("418.94.202511191518-0", "9.6.20251212-1", None),
        ("44.20260707.3.1", "2.0", None),
        ("stable", "1.0", None),
        ("9" * 5000, "1", None),
        ("", "1.0", None),
    ],
)  # fmt: skip
def test_newer(first: str, second: str, answer: bool | None) -> None:
    assert newer(first, second) is answer
    assert newer(second, first) is (None if answer is None else not answer)


@given(st.text("0129.-x", max_size=12), st.text("0129.-x", max_size=12))
def test_both_ways_say_the_same(first: str, second: str) -> None:
    answers = (newer(first, second), newer(second, first))
    assert answers in ((None, None), (True, False), (False, True))
