"""Counting by the second: nothing is lost between two lines, nothing is made to look better."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tools.load.counting import Tally, at_rank, latencies


@pytest.mark.parametrize(
    "count,p50,p99", [(1, 1, 1), (2, 1, 2), (3, 2, 3), (100, 50, 99), (101, 51, 100), (1000, 500, 990)]
)
def test_ranks(count: int, p50: int, p99: int) -> None:
    ordered = [float(number) for number in range(1, count + 1)]
    assert (at_rank(ordered, 0.5), at_rank(ordered, 0.99), at_rank(ordered, 1.0)) == (p50, p99, count)


def test_latencies_in_milliseconds() -> None:
    assert latencies([0.002, 0.001, 0.0305]) == {"p50_ms": 2.0, "p99_ms": 30.5, "max_ms": 30.5}
    assert latencies([]) == {"p50_ms": None, "p99_ms": None, "max_ms": None}


def test_a_request_is_sent_in_one_second_and_known_in_another() -> None:
    tally = Tally(100.5)
    for due in (100.5, 100.6, 100.7):
        tally.sent(due, due)
    tally.ok(100.75, 100.5, "blue")
    tally.ok(102.1, 100.6, "green")
    tally.failed(102.2, "status 500")
    first, second = list(tally.lines(102.0))
    assert (first["at"], first["sent"], first["ok"], first["failed"]) == (100, 3, {"blue": 1}, {})
    assert (second["at"], second["sent"], second["ok"], second["max_ms"]) == (101, 0, {}, None)
    assert list(tally.lines(102.9)) == []
    (third,) = tally.lines(103.0)
    assert (third["ok"], third["failed"], third["p99_ms"]) == ({"green": 1}, {"status 500": 1}, 1500.0)
    summary = tally.summary(103.0)
    assert (summary["sent"], summary["ok"], summary["failed"]) == (3, {"blue": 1, "green": 1}, {"status 500": 1})
    assert (summary["missing"], summary["seconds"], summary["per_second"]) == (0, 2.5, 1.2)


def test_what_came_to_a_second_that_was_told_is_told_with_the_next() -> None:
    tally = Tally(100.0)
    assert [line["at"] for line in tally.lines(101.0)] == [100]
    tally.failed(100.9, "reset")
    assert [line["failed"] for line in tally.lines(102.0)] == [{"reset": 1}]


def test_lines_and_summary_are_of_the_same_requests() -> None:
    tally = Tally(100.0)
    lines: list[dict[str, Any]] = []
    for number in range(1000):
        now = 100 + number / 100
        tally.sent(now, now)
        if number % 7:
            tally.ok(now + number % 300 / 100, now, "blue")
        else:
            tally.failed(now + 1, f"status {500 + number % 4}")
        lines += tally.lines(now)
    lines += tally.lines(120.0)
    summary = tally.summary(114.0)
    assert sum(line["sent"] for line in lines) == summary["sent"] == 1000
    for key in ("ok", "failed"):
        assert sum((Counter(line[key]) for line in lines), Counter()) == summary[key]
    assert [line["at"] for line in lines] == list(range(100, 120))


def test_late_starts_are_counted_and_no_answer_looks_faster_for_them() -> None:
    tally = Tally(100.0)
    tally.sent(100.5, 100.1)
    tally.sent(100.5, 100.495)
    tally.ok(100.6, 100.1, "")
    summary = tally.summary(101.0)
    assert (summary["late"], summary["latest_ms"], summary["max_ms"]) == (1, 400.0, 500.0)


def test_a_request_of_which_nothing_is_known_is_missing() -> None:
    tally = Tally(100.0)
    tally.sent(100.0, 100.0)
    assert tally.summary(101.0)["missing"] == 1
