"""Requests counted by the second, and all together. Pure: times are passed in, in unix seconds.

A request is `sent` in the second in which it was started, and `ok` or `failed` in the one in which that was known.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

LATE = 0.02


def at_rank(ordered: Sequence[float], share: float) -> float | None:
    """The value that this share of them does not exceed (nearest rank); None where there is none."""
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)] if ordered else None


def latencies(seconds: Sequence[float]) -> dict[str, float | None]:
    """In milliseconds, of requests that were ok."""
    ordered = sorted(seconds)
    found = {"p50_ms": at_rank(ordered, 0.5), "p99_ms": at_rank(ordered, 0.99), "max_ms": at_rank(ordered, 1.0)}
    return {key: None if one is None else round(one * 1000, 2) for key, one in found.items()}


@dataclass
class Second:
    """`late` are requests that the client itself started more than LATE after they were due."""

    sent: int = 0
    late: int = 0
    ok: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    took: array[float] = field(default_factory=lambda: array("f"))

    def render(self) -> dict[str, Any]:
        counts = {"sent": self.sent, "late": self.late, "ok": dict(self.ok), "failed": dict(self.failed)}
        return {**counts, **latencies(self.took)}


@dataclass
class Tally:
    """`began` is when the run began; `latest` the longest that a request was started after it was due."""

    began: float
    whole: Second = field(default_factory=Second)
    latest: float = 0.0
    _seconds: dict[int, Second] = field(default_factory=dict)
    _next: int = field(init=False)

    def __post_init__(self) -> None:
        self._next = int(self.began)

    def sent(self, now: float, due: float) -> None:
        self.latest = max(self.latest, now - due)
        for one in self._both(now):
            one.sent += 1
            one.late += now - due > LATE

    def ok(self, now: float, due: float, pool: str) -> None:
        """Latency counts from when it was due: a client that comes late does not make the server look fast."""
        for one in self._both(now):
            one.ok[pool] += 1
            one.took.append(now - due)

    def failed(self, now: float, kind: str) -> None:
        for one in self._both(now):
            one.failed[kind] += 1

    def _both(self, now: float) -> tuple[Second, Second]:
        return self.whole, self._seconds.setdefault(max(int(now), self._next), Second())

    def lines(self, now: float) -> Iterator[dict[str, Any]]:
        """Every second that is over and was not yet given, also those in which nothing happened."""
        while self._next < int(now):
            yield {"at": self._next, **self._seconds.pop(self._next, Second()).render()}
            self._next += 1

    def summary(self, now: float) -> dict[str, Any]:
        """The closing line. What is neither ok nor failed is missing: there is no such request."""
        whole = self.whole.render()
        missing = self.whole.sent - self.whole.ok.total() - self.whole.failed.total()
        spent = now - self.began
        rate = round(self.whole.sent / spent, 1) if spent > 0 else 0.0
        own = {"seconds": round(spent, 3), "per_second": rate, "latest_ms": round(self.latest * 1000, 2)}
        return {"summary": True, "began": round(self.began, 3), **whole, "missing": missing, **own}
