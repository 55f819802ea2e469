# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what happened in a swap, read from its journal, and from a load client where there was one.

A line of the journal: ``at`` (unix seconds), ``kind``, ``balancer``, and by kind ``shares`` and ``reason``. Of kinds
there are ``shares`` (traffic was shifted), ``gate`` (gates were asked; a ``reason`` says why one failed) and ``back``
(all traffic went back); others are told by their name. A line of the load client is one second (tools/load).
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..module_utils._errors import ParseError
from ..module_utils._fleet.shares import WHOLE, written

SHARES, GATE, BACK = "shares", "gate", "back"
_LAST = 253402300800  # the year 10000
_MOST = 10**12


@dataclass(frozen=True)
class Line:
    """One line of the journal."""

    at: float
    kind: str
    balancer: str = ""
    shares: Mapping[str, int] | None = None
    reason: str = ""


@dataclass(frozen=True)
class Second:
    """What a load client saw in one second; ``whole`` unless it began or ended within."""

    at: int
    sent: int
    ok: Mapping[str, int]
    failed: Mapping[str, int]
    late: int = 0
    p99: float | None = None
    highest: float | None = None
    whole: bool = True


@dataclass(frozen=True)
class Mark:
    """Something that happened, in words. ``tone``: shift, good, bad, back or plain."""

    at: float
    tone: str
    words: str


@dataclass(frozen=True)
class Swap:
    """Lines and seconds in the order of their times."""

    lines: tuple[Line, ...]
    seconds: tuple[Second, ...] = ()

    @property
    def balancers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([line.balancer for line in self.lines if line.shares is not None]))

    @property
    def pools(self) -> tuple[str, ...]:
        """Blue, green, the others by name; last, where it is needed, what no pool said it served."""
        named = {pool for line in self.lines for pool in line.shares or ()}
        named |= {pool for second in self.seconds for pool, count in second.ok.items() if count}
        return tuple(sorted(named, key=lambda pool: (pool == "", pool != "blue", pool != "green", pool)))

    @property
    def sent(self) -> int:
        return sum(second.sent for second in self.seconds)

    @property
    def ok(self) -> int:
        return sum(sum(second.ok.values()) for second in self.seconds)

    @property
    def failed(self) -> dict[str, int]:
        """How many by kind, the most first."""
        return dict(sum((Counter(second.failed) for second in self.seconds), Counter[str]()).most_common())

    def shares_of(self, balancer: str) -> tuple[tuple[float, Mapping[str, int]], ...]:
        """From when on which shares stood."""
        return tuple(
            [(line.at, line.shares) for line in self.lines if line.balancer == balancer and line.shares is not None]
        )

    def marks(self) -> tuple[Mark, ...]:
        """What happened, one after the other."""
        before: dict[str, Mapping[str, int]] = {}
        several = len({line.balancer for line in self.lines if line.balancer}) > 1
        found = []
        for line in self.lines:
            tone, words = _told(line, before.get(line.balancer))
            found.append(Mark(line.at, tone, f"{line.balancer}: {words}" if several and line.balancer else words))
            if line.shares is not None:
                before[line.balancer] = line.shares
        return tuple(found)


def _told(line: Line, before: Mapping[str, int] | None) -> tuple[str, str]:
    because = f": {line.reason}" if line.reason else ""
    if line.kind == GATE:
        return ("bad", f"gate failed{because}") if line.reason else ("good", "gates passed")
    shares = line.shares or {}
    alone = sole(shares)
    if line.kind == BACK:
        return "back", f"all back to {alone}{because}" if alone else f"back{because}"
    if line.kind == SHARES:
        if before is None:
            return "plain", f"at first {written(shares)}"
        gained = max(shares, key=lambda pool: shares[pool] - before.get(pool, 0), default="")
        if alone:
            return "shift", f"all to {alone}{because}"
        if not any(shares.values()):
            return "bad", f"nobody is sent anywhere{because}"
        return "shift", f"{gained} {shares[gained]} %{because}"
    words = line.kind.replace("_", " ")
    return "plain", f"{words}{because}"


def sole(shares: Mapping[str, int]) -> str:
    """The pool that has all; empty where none does."""
    return next((pool for pool, share in shares.items() if share == WHOLE), "")


def read_swap(journal: Sequence[Any], samples: Sequence[Any] = ()) -> Swap:
    """What was written as JSON lines. Raises ParseError.

    ``samples`` are all lines of the load client, its summary among them or not.
    """
    lines = [_line(said, f"The swap's journal, line {index}") for index, said in enumerate(journal, 1)]
    summaries = [said for said in samples if isinstance(said, Mapping) and said.get("summary")]
    began, ended = -math.inf, math.inf
    for said in summaries:
        where = "The load's summary"
        began = _number(said, "began", where, _LAST)
        ended = began + _number(said, "seconds", where, _LAST)
    seconds = [
        _second(said, f"The load, line {index}", began, ended)
        for index, said in enumerate(samples, 1)
        if said not in summaries
    ]
    return Swap(tuple(sorted(lines, key=lambda one: one.at)), tuple(sorted(seconds, key=lambda one: one.at)))


def _line(said: Any, where: str) -> Line:
    if not isinstance(said, Mapping):
        raise ParseError(f"{where}: it is no object.")
    shares = said.get("shares")
    if shares is not None:
        shares = _counts(shares, f"{where}: shares", WHOLE)
        if sum(shares.values()) not in (0, WHOLE):
            raise ParseError(f"{where}: shares are {written(shares)}; they have to be 100 in all, or all 0.")
    kind = said.get("kind")
    if not isinstance(kind, str) or not kind:
        raise ParseError(f"{where}: it has no kind.")
    if kind == SHARES and shares is None:
        raise ParseError(f"{where}: it is of kind shares and has none.")
    balancer, reason = (_text(said, key, where) for key in ("balancer", "reason"))
    return Line(_number(said, "at", where, _LAST), kind, balancer, shares, reason)


def _second(said: Any, where: str, began: float, ended: float) -> Second:
    if not isinstance(said, Mapping):
        raise ParseError(f"{where}: it is no object.")
    at = int(_number(said, "at", where, _LAST))
    ok, failed = (_counts(said.get(key) or {}, f"{where}: {key}", _MOST) for key in ("ok", "failed"))
    p99, highest = (None if said.get(key) is None else _number(said, key, where, _MOST) for key in ("p99_ms", "max_ms"))
    sent = int(_number(said, "sent", where, _MOST))
    late = int(_number(said, "late", where, _MOST)) if "late" in said else 0
    return Second(at, sent, ok, failed, late, p99, highest, began <= at and at + 1 <= ended)


def _text(said: Mapping[str, Any], key: str, where: str) -> str:
    found = said.get(key)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise ParseError(f"{where}: {key} is no text.")
    return found


def _number(said: Mapping[str, Any], key: str, where: str, most: float) -> float:
    found = said.get(key)
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found < most:
        raise ParseError(f"{where}: {key} is no number that can be.")
    return found


def _counts(said: Any, where: str, most: int) -> dict[str, int]:
    good = isinstance(said, Mapping) and all(
        isinstance(name, str) and isinstance(count, int) and not isinstance(count, bool) and 0 <= count <= most
        for name, count in said.items()
    )
    if not good:
        raise ParseError(f"{where} are no whole numbers by name.")
    return dict(said)


@dataclass(frozen=True)
class Phase:
    """The time between two shifts: what stood, and what a load client saw. ``begins`` and ``ends`` in unix seconds."""

    begins: float
    ends: float
    shares: str
    ok: Mapping[str, int]
    failed: int
    p99: float | None

    @property
    def requests(self) -> int:
        return sum(self.ok.values()) + self.failed


def phases(swap: Swap, begins: float, ends: float) -> tuple[Phase, ...]:
    """A second counts to the phase that its middle is in."""
    stands: dict[str, Mapping[str, int]] = {}
    turns: dict[float, str] = {begins: ""}
    several = len(swap.balancers) > 1
    for line in swap.lines:
        if line.shares is not None:
            stands[line.balancer] = line.shares
            parts = [f"{name}: {written(one)}" if several else written(one) for name, one in stands.items()]
            turns[line.at] = "; ".join(parts)
    times = [*turns, ends]
    found = []
    for start, end in itertools.pairwise(times):
        within = [one for one in swap.seconds if start <= one.at + 0.5 < end or (end == ends and one.at + 0.5 >= end)]
        if turns[start] or within:
            found.append(Phase(start, end, turns[start], *_together(within)))
    return tuple(found)


def _together(seconds: Iterable[Second]) -> tuple[Mapping[str, int], int, float | None]:
    ok: Counter[str] = Counter()
    failed = 0
    highest: float | None = None
    for second in seconds:
        ok.update(second.ok)
        failed += sum(second.failed.values())
        highest = max((one for one in (highest, second.p99) if one is not None), default=None)
    return ok, failed, highest
