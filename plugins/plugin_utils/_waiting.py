# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what keeps a wave waiting: windows, stop_after, what a person asks for by a file."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import islice

from ..module_utils._errors import ParseError
from ..module_utils._fleet.estimate import learn, pace_now, parse_pace, wave_time
from ..module_utils._fleet.tally import render_tally, spent_in
from ..module_utils._fleet.text import roughly, span
from ..module_utils._fleet.waiting import ABORT, PAUSE, Hold, Wishes, aborted, held, parse_wishes, waits_in_run
from ..module_utils._model.journal import HALTED, WAITING, WAVE_BEGUN, Event
from ..module_utils._model.pace import Pace
from ._run import Run, opened
from ._store import Store
from ._transport.watch import Watch

_BEAT = 30.0
_LOOK = 5.0
_JOURNALS = 5


def pace_of(store: Store, layers: bool) -> Pace:
    """What the last rollouts of the fleet tell of the next."""
    return learn(_journals(store), layers)


def _journals(store: Store) -> Iterable[Sequence[Event]]:
    for name in islice(reversed(store.journals()), _JOURNALS):
        try:
            yield store.journal(name, make=False).events
        except ParseError:
            # who applies that plan is told
            continue


class Waiting:
    """Why and how long the waves of a run wait. ``index`` is the wave's."""

    def __init__(self, run: Run, index: int, watch: Watch, say: Callable[[str], None]) -> None:
        self.run = run
        self.index = index
        self.watch = watch
        self.say = say
        begun = opened(run.journal, run.name.run)
        self.wishes: Wishes = parse_wishes(begun)
        self.pace = pace_now(parse_pace(begun.get("pace")), run.journal.events, bool(run.plan.layers))

    def hold(self, hosts: int) -> Hold | None:
        """Why the wave, of which so many hosts are to be changed, does not begin now."""
        needs = self._needs(hosts)
        asked = self.run.store.request(PAUSE)
        at = datetime.fromisoformat(self.run.journal.clock())
        return held(self.run.plan, self.index, self.wishes, asked, at, needs)

    def takes(self, hosts: int) -> str:
        """How long the wave may take, in words."""
        return roughly(self._needs(hosts))

    def _needs(self, hosts: int) -> float:
        return wave_time(self.run.plan, self.index, self.pace, hosts)

    def put_off(self, hold: Hold) -> bool:
        """Write down that the wave does not begin. Where the run waits for its time, return when it has come, True;
        False where the run is to end."""
        until = hold.until
        self.say(hold.reason)
        if hold.never:
            self.run.write(HALTED, wave=self.index, reason=hold.reason)
            return False
        self.run.write(WAITING, wave=self.index, reason=hold.reason, next_start=hold.next_start)
        if until is None or not waits_in_run(hold, self.wishes, self._has_begun()):
            return False

        def left() -> float:
            return (until - datetime.fromisoformat(self.run.journal.clock())).total_seconds()

        name = self.run.plan.waves[self.index].name

        def told() -> str:
            return f"{name}: waiting for its window, {span(max(0, left()))} left"

        self.say(told())
        pass_time(
            left,
            self.watch,
            self.say,
            told,
            lambda: any(self.run.store.request(word) is not None for word in (PAUSE, ABORT)),
        )
        return True

    def _has_begun(self) -> bool:
        """Whether this run began a wave before."""
        return any(event.kind == WAVE_BEGUN and event.run == self.run.name.run for event in self.run.journal.events)

    def whole(self) -> str:
        """How far the whole run is."""
        journal = self.run.journal
        spent = spent_in(journal.events, self.run.name.run, self.index, journal.clock())
        return render_tally(self.run.plan, self.run.walk, journal.progress, self.pace, self.index, spent)

    def is_paused(self) -> bool:
        """Whether nothing is to be begun, by a wish of the run or a person's."""
        return self.wishes.pause or self.run.store.request(PAUSE) is not None

    def is_aborted(self) -> bool:
        """Whether the run was told to stop, now or before; then the journal says so."""
        progress = self.run.journal.progress
        if progress.state == HALTED:
            return True
        asked = self.run.store.request(ABORT)
        if asked is None:
            return False
        self.say(aborted(asked))
        self.run.write(HALTED, wave=self.index, reason=aborted(asked))
        return True

    def bake(self, seconds: float) -> None:
        """Let a wave bake, unless the run is aborted meanwhile."""
        name = self.run.plan.waves[self.index].name
        end = time.monotonic() + seconds
        self.say(f"{name}: baking for {span(seconds)}")
        pass_time(
            lambda: end - time.monotonic(),
            self.watch,
            self.say,
            lambda: f"{name}: baking, {span(max(0, end - time.monotonic()))} left\n{self.whole()}",
            lambda: self.run.store.request(ABORT) is not None,
        )


def pass_time(
    left: Callable[[], float],
    watch: Watch,
    say: Callable[[str], None],
    told: Callable[[], str],
    enough: Callable[[], bool],
    beat: float = _BEAT,
    look: float = _LOOK,
) -> None:
    """Wait until nothing is ``left``, and say every half minute what ``told`` says. Ends at once when nobody is in
    charge any more, and soon when it is ``enough``."""
    stopped = threading.Event()
    said = time.monotonic()
    with watch.signals(), watch.telling(stopped.set):
        while left() > 0 and not stopped.wait(min(max(left(), 0.0), look)) and not enough():
            if time.monotonic() - said >= beat and left() > 0:
                said = time.monotonic()
                say(told())
