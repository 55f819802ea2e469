# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the answer of Prometheus to an instant query.

https://prometheus.io/docs/prometheus/latest/querying/api/#expression-query-result-formats
"""

from __future__ import annotations

from typing import Any


def samples(document: Any) -> list[tuple[str, float]]:
    """The name and value of every sample; the name is its labels, empty where it has none.

    Raises ValueError with a few words: what the server said was wrong, or that this is no such answer.
    """
    if not isinstance(document, dict) or document.get("status") not in ("success", "error"):
        raise ValueError("that is no answer of Prometheus")
    if document["status"] == "error":
        raise ValueError(" ".join(str(document.get("error") or "it gives no reason").split())[:200])
    data = document.get("data")
    kind, result = (data.get("resultType"), data.get("result")) if isinstance(data, dict) else (None, None)
    if kind == "scalar":
        return [("", _value(result))]
    if kind != "vector" or not isinstance(result, list):
        raise ValueError(f"its result is a {kind}, and a number or a vector is needed")
    return [(_name(entry), _value(entry.get("value") if isinstance(entry, dict) else None)) for entry in result]


def _name(entry: Any) -> str:
    labels = entry.get("metric") if isinstance(entry, dict) else None
    if not isinstance(labels, dict) or not labels:
        return ""
    name = str(labels.get("__name__", ""))
    inside = ", ".join(f"{key}={labels[key]}" for key in sorted(labels) if key != "__name__")
    return f"{name}{{{inside}}}"[:120]


def _value(pair: Any) -> float:
    if not isinstance(pair, list) or len(pair) != 2:
        raise ValueError("a sample has no value")
    try:
        return float(pair[1])
    except (TypeError, ValueError):
        raise ValueError("a sample's value is no number") from None
