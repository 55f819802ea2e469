# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: lines that let a person follow long work on many hosts. Workers have no terminal."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from ._transport.model import Outcome

_FEW = 12
_EVERY = 5.0
_BEAT = 30.0


class Follow:
    """Says how far the hosts are: each host's end in small waves (where ``describe`` puts it in words), counts
    in large ones, and at least every half a minute that work goes on, with what ``whole`` says of the run. A context
    manager around run_talks."""

    def __init__(
        self,
        say: Callable[[str], None],
        what: str,
        total: int,
        describe: Callable[[Any], str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        beat: float = _BEAT,
        whole: Callable[[], str] | None = None,
    ) -> None:
        self._say = say
        self._what = what
        self._total = total
        self._describe = describe
        self._clock = clock
        self._beat = beat
        self._whole = whole
        self._began = self._said = clock()
        self._doing: dict[str, str] = {}
        self._ended: Counter[str] = Counter()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beats, name="fleet-follow", daemon=True)

    def __enter__(self) -> Follow:
        self._thread.start()
        return self

    def __exit__(self, *_details: object) -> None:
        self._over.set()
        self._thread.join()

    def note(self, host: str, note: str) -> None:
        self._doing[host] = note.partition(" (")[0]

    def done(self, host: str, outcome: Outcome[Any]) -> None:
        self._doing.pop(host, None)
        word = "stopped" if outcome.stopped else "failed" if outcome.error else "done"
        self._ended[word] += 1
        seconds = self._clock() - self._began
        if outcome.error is not None and self._describe is not None:
            self._line(f"  {outcome.error.message} ({seconds:.0f} s)")
        elif outcome.ok and self._describe is not None and self._total <= _FEW:
            self._line(f"  {host}: {self._describe(outcome.value)} ({seconds:.1f} s)")
        elif self._clock() - self._said >= _EVERY:
            self._line(self.counts())

    def counts(self) -> str:
        """One line: how many are through, what the others are at, and for how long this has gone on."""
        parts = [f"{count} {word}" for word, count in sorted(self._ended.items())]
        at = Counter(self._doing.values())
        parts += [f"{count} at: {word}" for word, count in at.most_common(3)]
        return (
            f"  {self._what}: {', '.join(parts) or 'nothing yet'} of {self._total}; {self._clock() - self._began:.0f} s"
        )

    def _line(self, text: str) -> None:
        self._said = self._clock()
        self._say(text)

    def _beats(self) -> None:
        while not self._over.wait(self._beat):
            self._line(self.counts())
            whole = self._whole() if self._whole is not None else ""
            if whole:
                self._say(whole)
