"""How many hosts were down at once, from what a poller saw; and what the report says of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults.cases import kills
from tests.faults.outages import most_down
from tests.faults.report import Result, html, markdown


def change(host: str, began: float, ended: float, up: bool) -> dict[str, Any]:
    return {"host": host, "began": began, "ended": ended, "up": up}


@pytest.mark.parametrize(
    "changes,most",
    [
        ([], ()),
        ([change("a", 0, 1, True)], ()),
        ([change("a", 1, 2, False), change("a", 3, 4, True), change("b", 5, 6, False)], ("a",)),
        # b was seen down before a was surely up again
        ([change("a", 1, 2, False), change("a", 3, 5, True), change("b", 4, 6, False)], ("a", "b")),
        # at the same instant the one that comes counts as down still
        ([change("a", 1, 2, False), change("a", 3, 4, True), change("b", 4, 6, False)], ("a", "b")),
    ],
)
def test_a_host_is_down_from_the_first_look_to_the_end_of_the_last(
    changes: list[dict[str, Any]], most: tuple[str, ...]
) -> None:
    assert most_down(changes) == (len(most), most)


def test_every_kind_of_event_is_one_to_be_killed_at() -> None:
    counts, back = {"opened": 1, "host_staged": 12}, {"host_failed": 1, "opened": 1}
    names = [case.name for case in kills(counts, back, every=False)]
    assert names == [
        "killed at opened 1 of 1",
        "killed at host_staged 1 of 12",
        "killed at host_staged 6 of 12",
        "killed at host_failed 1 of 1",
    ]
    assert len(kills(counts, back, every=True)) == 14


def test_the_report_says_what_failed_and_nothing_of_it_is_markup() -> None:
    results = [
        Result("good", (), "after event 3", 60, 3, 3, 0, 2, 31.4),
        Result("bad <b>", ("4 hosts were down",), "", 7, 4, 3, 1, 1, 2.0),
    ]
    text, page = markdown(results, 33.0), html(results, 33.0)
    assert text.startswith("1 of 2 cases stand. ")
    assert "| good | after event 3 | 2 | 60 | 3 | 3 | 0 | 31 | stands |" in text
    assert "- bad <b>: 4 hosts were down" in text
    assert "bad &lt;b&gt;" in page
    assert "<b>" not in page
