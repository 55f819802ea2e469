"""What was measured, beside what was wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One measured value. ``limit`` is what it should be at least or, where ``most`` is set, at most or under."""

    name: str
    value: float
    limit: float | None = None
    most: bool = False
    basis: Mapping[str, Any] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        """None where there is no goal."""
        if self.limit is None:
            return None
        return self.value <= self.limit if self.most else self.value >= self.limit


def goal(
    name: str,
    value: float,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    basis: Mapping[str, Any] | None = None,
) -> Figure:
    """A figure and its goal; without a limit it is only told."""
    limit = at_least if at_least is not None else at_most
    return Figure(name, value, limit, at_most is not None, basis or {})


def table(figures: Sequence[Figure]) -> str:
    """A line for each figure."""
    width = max(len(one.name) for one in figures)
    return "\n".join(f"{one.name:<{width}}  {one.value:8.2f}  {_verdict(one)}".rstrip() for one in figures)


def _verdict(one: Figure) -> str:
    if one.limit is None:
        return ""
    return f"goal: {'at most' if one.most else 'at least'} {one.limit:g}: {'met' if one.met else 'NOT met'}"


def document(figures: Sequence[Figure], around: Mapping[str, Any]) -> dict[str, Any]:
    """For the results file."""
    return {
        **around,
        "figures": [
            {
                "name": one.name,
                "value": round(one.value, 3),
                "goal": None if one.limit is None else {"at most" if one.most else "at least": one.limit},
                "met": one.met,
                **({"basis": dict(one.basis)} if one.basis else {}),
            }
            for one in figures
        ],
    }
