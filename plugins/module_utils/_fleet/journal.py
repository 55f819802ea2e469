# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the journal's lines, chained by their hashes, and what they add up to.

A line is canonical JSON: the event, its number ``seq``, ``prev`` (the hash of the line before) and ``hash``
(of everything else in the line). The first line's ``prev`` is GENESIS. A journal is only ever added to; a
torn last line is what a killed controller leaves behind, anything else that does not fit was changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, overload

from .._errors import ParseError
from .._model.journal import (
    ASIDE_KINDS,
    CLOSED,
    HALTED,
    HOST_DRAINING,
    HOST_FAILED,
    HOST_INTENDED,
    HOST_KINDS,
    HOST_REBOOTING,
    HOST_UNDRAINED,
    INTERRUPTED,
    JOURNAL_SCHEMA,
    KINDS,
    OPENED,
    OUTCOMES,
    ROLLBACK_BEGUN,
    RUNNING,
    WAITING,
    WAVE_BEGUN,
    WAVE_FINISHED,
    Drained,
    Event,
    HostProgress,
    Progress,
)
from .document import Place, canonical, digest, load

GENESIS = "0" * 64


class Events(Sequence[Event]):
    """Events in their order. To add some costs what is added, however many there are: the list behind them is shared
    with those they grew from, which know how many of it are theirs."""

    __slots__ = ("_all", "_size")

    def __init__(self, every: Iterable[Event] = ()) -> None:
        self._all = list(every)
        self._size = len(self._all)

    def grown(self, more: Iterable[Event]) -> Events:
        grown = Events(() if len(self._all) == self._size else self)
        if len(self._all) == self._size:
            grown._all = self._all
        grown._all.extend(more)
        grown._size = len(grown._all)
        return grown

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, index: int) -> Event: ...

    @overload
    def __getitem__(self, index: slice) -> list[Event]: ...

    def __getitem__(self, index: int | slice) -> Event | list[Event]:
        if isinstance(index, slice):
            return self._all[slice(*index.indices(self._size))]
        return self._all[range(self._size)[index]]

    def __iter__(self) -> Iterator[Event]:
        return islice(self._all, self._size)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True)
class Chain:
    """A verified journal. ``last`` is the hash to go on from; ``torn`` is what stands behind the last whole
    line, None where nothing does; ``size`` is the length of what is whole, in bytes."""

    events: Events = field(default_factory=Events)
    last: str = GENESIS
    size: int = 0
    torn: str | None = None


def append(prev: str, seq: int, event: Event) -> tuple[str, str]:
    """The event as a line without its newline, and the line's hash. ``seq`` counts from 1."""
    line: dict[str, Any] = {"seq": seq, "prev": prev, "at": event.at, "kind": event.kind, "run": event.run}
    if event.host is not None:
        line["host"] = event.host
    if event.wave is not None:
        line["wave"] = event.wave
    if event.data:
        line["data"] = dict(event.data)
    if seq == 1:
        line["schema"] = JOURNAL_SCHEMA
    line["hash"] = digest(line)
    return canonical(line), line["hash"]


def verify(text: str, source: str, before: Chain | None = None) -> Chain:
    """Read a journal, or what was added to it since ``before``.

    Raises ParseError, naming file and line, where a whole line was changed, lost or is none of ours.
    """
    chain = before or Chain()
    if not text:
        return Chain(chain.events, chain.last, chain.size)
    added: list[Event] = []
    last, size = chain.last, chain.size
    lines = text.split("\n")
    place = Place(source)
    for line in lines[:-1]:
        place.line = len(chain.events) + len(added) + 1
        event, last = _link(line, last, place)
        added.append(event)
        size += len(line) + 1
    return Chain(chain.events.grown(added), last, size, lines[-1] or None)


def _link(line: str, prev: str, place: Place) -> tuple[Event, str]:
    data = load(line, place)
    found = place.text(data, "hash")
    try:
        fits = digest({key: value for key, value in data.items() if key != "hash"}) == found
    except ValueError:
        fits = False
    if not fits or data.get("prev") != prev or data.get("seq") != place.line:
        place.wrong("the chain of the journal is broken here: this line or one before it was changed or is missing")
    kind = place.text(data, "kind")
    if kind not in KINDS:
        place.wrong(f"there are no events of kind {kind}")
    host = place.maybe_text(data, "host")
    if (host is not None) != (kind in HOST_KINDS or kind in ASIDE_KINDS):
        place.wrong(f"an event of kind {kind} {'needs a' if host is None else 'has no'} host")
    return (
        Event(
            kind,
            place.text(data, "at"),
            place.text(data, "run"),
            host,
            None if data.get("wave") is None else place.whole(data, "wave"),
            place.mapping(data.get("data", {}), "data"),
        ),
        found,
    )


def fold(events: Iterable[Event]) -> Progress:
    """What the events add up to, since the journal was last opened anew."""
    return Fold().progress(list(events))


class Fold:
    """The same for a journal that grows: what was counted once is not counted again."""

    def __init__(self) -> None:
        self._tally = _Tally()
        self._seen = 0

    def progress(self, events: Sequence[Event]) -> Progress:
        """``events`` are those of the last time, and what came after them."""
        for event in events[self._seen :]:
            if event.kind == OPENED and event.data.get("anew"):
                self._tally = _Tally(self._tally.drained)
            self._tally.add(event)
        self._seen = len(events)
        return self._tally.progress()


class _Tally:
    def __init__(self, drained: dict[str, list[Drained]] | None = None) -> None:
        self.drained = drained or {}
        self.hosts: dict[str, HostProgress] = {}
        self.touched: dict[str, None] = {}
        self.marks: dict[str, dict[Any, None]] = {kind: {} for kind in (OPENED, WAVE_BEGUN, WAVE_FINISHED, HOST_FAILED)}
        self.state, self.reason, self.next_start = "new", "", ""
        self.plan: str | None = None
        self.run: str | None = None
        self.undoing = self.open = False

    def add(self, event: Event) -> None:
        if event.kind in HOST_KINDS and event.host is not None:
            self._host(event, event.host)
        elif event.kind in ASIDE_KINDS and event.host is not None:
            self._aside(event, event.host)
        elif event.kind == OPENED:
            self.marks[OPENED][event.run] = None
            self.state, self.reason, self.next_start, self.run = RUNNING, "", "", event.run
            self.plan = event.data.get("plan", self.plan)
            self.open = True
        elif event.kind in (WAVE_BEGUN, WAVE_FINISHED):
            # a wave that was limited before, and is begun again, is no longer finished, and is the last one begun
            for kind in (WAVE_BEGUN, WAVE_FINISHED) if event.kind == WAVE_BEGUN else ():
                self.marks[kind].pop(event.wave, None)
            self.marks[event.kind][event.wave] = None
            if self.state == WAITING:
                self.state, self.reason, self.next_start = RUNNING, "", ""
        elif event.kind in (HALTED, INTERRUPTED, WAITING):
            # the last words of a killed run may come after the next one was opened; and what halted stays halted
            if event.run == self.run and self.state != HALTED:
                self.state, self.reason = event.kind, _reason(event)
                self.next_start = str(event.data.get("next_start", ""))
        elif event.kind == ROLLBACK_BEGUN:
            self.undoing = True
        elif event.kind == CLOSED:
            self.undoing = self.open = False
            outcome = event.data.get("outcome")
            self.state = outcome if outcome in OUTCOMES else self.state
            self.reason = _reason(event) or self.reason

    def _host(self, event: Event, name: str) -> None:
        before = self.hosts.get(name)
        boot_id = before.boot_id if before else None
        if event.kind == HOST_REBOOTING:
            boot_id = event.data.get("boot_id")
        if event.kind == HOST_FAILED:
            self.marks[HOST_FAILED][name] = None
        elif event.kind in (HOST_INTENDED, HOST_REBOOTING):
            self.touched[name] = None
        wave = event.wave if event.wave is not None else (before.wave if before else None)
        self.hosts[name] = HostProgress(
            event.kind[len("host_") :], wave, _reason(event), boot_id, event.data.get("lost") is True
        )

    def _aside(self, event: Event, name: str) -> None:
        one = Drained(event.data.get("drain", 0), event.wave, event.data.get("what", ""))
        if event.kind == HOST_DRAINING:
            self.drained[name] = [*self._others(name, one), one]
        elif event.kind == HOST_UNDRAINED:
            self.drained[name] = self._others(name, one)

    def _others(self, name: str, one: Drained) -> list[Drained]:
        return [other for other in self.drained.get(name, []) if (other.drain, other.wave) != (one.drain, one.wave)]

    def progress(self) -> Progress:
        return Progress(
            self.state,
            self.plan,
            self.run,
            tuple(self.marks[OPENED]),
            dict(self.hosts),
            tuple(self.marks[WAVE_BEGUN]),
            tuple(self.marks[WAVE_FINISHED]),
            tuple(self.marks[HOST_FAILED]),
            tuple(self.touched),
            self.reason,
            self.next_start,
            {name: tuple(left) for name, left in self.drained.items() if left},
            undoing=self.undoing,
            open=self.open,
        )


def _reason(event: Event) -> str:
    reason = event.data.get("reason")
    return reason if isinstance(reason, str) else ""


def belongs(chain: Chain, plan: str, source: str) -> None:
    """Raises ParseError where the journal is another plan's."""
    for event in chain.events:
        other = event.data.get("plan") if event.kind == OPENED else None
        if other is not None and other != plan:
            raise ParseError(f"{source}: this is the journal of {other}, not of {plan}.")


def times(events: Sequence[Event], kind: str) -> dict[str, str]:
    """When each host last had an event of that kind, by host."""
    return {event.host: event.at for event in events if event.kind == kind and event.host is not None}
