"""Answers of Prometheus to an instant query."""

from __future__ import annotations

import math
from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._parse.prometheus import samples


def vector(*entries: Any) -> dict[str, Any]:
    return {"status": "success", "data": {"resultType": "vector", "result": list(entries)}}


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (vector(), []),
        (vector({"metric": {}, "value": [1.0, "0.25"]}), [("", 0.25)]),
        (vector({"metric": {"__name__": "up", "job": "a"}, "value": [1, "1"]}), [("up{job=a}", 1.0)]),
        ({"status": "success", "data": {"resultType": "scalar", "result": [1, "3"]}}, [("", 3.0)]),
        (vector({"metric": {}, "value": [1, "+Inf"]}), [("", math.inf)]),
    ],
)
def test_samples(document: Any, found: list[tuple[str, float]]) -> None:
    assert samples(document) == found


def test_what_is_no_number_stays_none() -> None:
    assert math.isnan(samples(vector({"metric": {}, "value": [1, "NaN"]}))[0][1])


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (None, "no answer of Prometheus"),
        ([], "no answer of Prometheus"),
        ({"status": "error", "error": "parse error:\n unexpected"}, "parse error: unexpected"),
        ({"status": "success"}, "its result is a None"),
        ({"status": "success", "data": {"resultType": "matrix", "result": []}}, "its result is a matrix"),
        (vector({"metric": {}}), "no value"),
        (vector({"metric": {}, "value": [1, "soon"]}), "no number"),
    ],
)
def test_what_is_no_answer(document: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        samples(document)
