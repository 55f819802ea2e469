# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: moves traffic: shift, watch, shift, and all of it back where a gate fails.

What is decided is in module_utils/_fleet/swap.py; here it is observed and done. Nothing is remembered: a run that was
killed is followed by one that looks at the balancers.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ..module_utils._errors import FleetError
from ..module_utils._fleet.shares import attainable, percent, written
from ..module_utils._fleet.swap import given, meddled, nobody_well, step_after, under_way, unfit, without
from ..module_utils._model.gate import Gate
from ..module_utils._model.swap import FORWARD, SwapRules
from ..module_utils._model.traffic import Standing
from ._balancers import Behind
from ._clouds.model import Adapter, ChangedError, Limits, TrafficError
from ._http import Clock
from ._services.model import Patience, Served
from ._services.registry import GATES
from ._swap_journal import SwapJournal
from ._transport.watch import Watch

_PAUSE = 1.0


class Stopped(FleetError):
    """The run is to stop; traffic stays where it is."""


class Failed(FleetError):
    """A gate did not pass."""


@dataclass(frozen=True)
class Ended:
    """How it ended: ``back`` says why all traffic went back, where it did."""

    shares: Mapping[str, Mapping[str, int]]
    changed: bool
    back: str = ""


class Swap:
    """Traffic of these balancers goes to ``to``. Raises TrafficError, Stopped: it stays where it is then."""

    def __init__(
        self, behind: Sequence[Behind], to: str, rules: SwapRules, timeout: float, journal: SwapJournal, watch: Watch
    ) -> None:
        self._to = to
        self._rules = rules
        self._journal = journal
        self._watch = watch
        self._stop = threading.Event()
        self._clock = Clock(time.monotonic, self._sleep)
        limits = Limits(timeout, self._clock)
        self._adapters: dict[str, Adapter] = {one.name: one.open(limits) for one in behind}
        self._seen: dict[str, Standing] = {}
        self._before: dict[str, dict[str, int]] = {}
        self._gates = [(gate, GATES[gate.kind]()) for gate in rules.gates]
        self._failing: dict[int, float] = {}
        self._changed = False

    # -- the whole

    def run(self, kind: str, take_over: bool) -> Ended:
        """Traffic to the pool: step by step (FORWARD), or all of it at once."""
        with self._watch.telling(self._stop.set):
            for name, adapter in self._adapters.items():
                self._seen[name] = adapter.observe()
                self._before[name] = percent(self._seen[name].weights)
                self._tell(name, "at first", "first")
                for remark in self._seen[name].remarks:
                    self._journal.write("remark", f"{name}: {remark}", balancer=name)
                said = meddled(name, self._journal.record(name), self._before[name])
                # who names the pool for all of it has looked
                if said and kind == FORWARD and not take_over:
                    raise TrafficError(said)
            if kind == FORWARD:
                return self._forward()
            self._all_at_once()
            self._drain()
            return self._ended()

    def _forward(self) -> Ended:
        try:
            self._introduce()
            share = self._share()
            while (step := step_after(share, self._rules.steps)) is not None:
                self._wait_until_fit(step)
                self._shift({name: given(self._shares(name), self._to, step) for name in self._adapters}, f"{step} %")
                self._bake(self._rules.bake_time, f"{self._to} has {step} %")
                # a balancer may come no nearer than a percent, or a host, less
                share = max(step, self._share())
            self._drain()
            if self._rules.hold_time:
                self._bake(self._rules.hold_time, f"{self._to} has all of the traffic, the others are kept warm")
        except Failed as failed:
            return self._back(failed.message)
        return self._ended()

    def _all_at_once(self) -> None:
        began = self._clock.now()
        for name in self._adapters:
            self._refuse_the_sick(name, [self._to])
        self._shift({name: given(self._shares(name), self._to, 100) for name in self._adapters}, "all")
        took = self._clock.now() - began
        self._journal.write("took", f"all traffic moved within {took:.2f} s", took=round(took, 3))

    def _refuse_the_sick(self, name: str, pools: Sequence[str]) -> None:
        """All traffic to hosts of which none is well would help nobody. Raises TrafficError."""
        if nobody_well(self._seen[name], pools):
            raise TrafficError(
                f"{name}: no host of {' and '.join(pools)} is well, so traffic stays at {written(self._shares(name))}; "
                "see to the pool, or move it with atomic.fleet.traffic all the same."
            )

    def _back(self, why: str) -> Ended:
        """All traffic leaves the pool again: one request to each balancer, and what failed is told with the reason."""
        began, wrong = self._clock.now(), list[str]()
        self._journal.write("gate", f"gate failed: {why}", reason=why)
        for name in self._adapters:
            try:
                shares = without(self._shares(name), self._to, self._before[name])
                self._refuse_the_sick(name, [pool for pool, share in shares.items() if share])
                self._one(name, shares, "back", "back")
            except FleetError as error:
                wrong.append(error.message)
        took = self._clock.now() - began
        if wrong:
            raise TrafficError(
                f"A gate failed ({why.rstrip('.')}), and the traffic could not be taken back: {' '.join(wrong)} It "
                f"stands at {self._standing()}; say -e to=NAME to try again."
            )
        self._journal.write("took", f"all traffic is back within {took:.2f} s", took=round(took, 3))
        return Ended(self._everywhere(), True, why)

    # -- one thing each

    def _introduce(self) -> None:
        """Nothing moves, but some balancers only look at hosts of pools that were named to them."""
        for name, adapter in self._adapters.items():
            if sum(self._shares(name).values()):
                self._seen[name] = adapter.shift(self._shares(name), self._seen[name])

    def _wait_until_fit(self, step: int) -> None:
        """The pool may have the next share, and every gate passes. Raises Failed where that does not come true."""
        until = self._clock.now() + self._rules.health_timeout
        while (why := self._unfit(step) or self._ask()) is not None:
            if self._clock.now() >= until:
                raise Failed(why)
            self._sleep(_PAUSE)
            self._look()

    def _bake(self, seconds: float, what: str) -> None:
        if seconds:
            self._journal.write("bake", f"{what}, watched for {seconds:g} s", seconds=seconds)
        until = self._clock.now() + seconds
        while True:
            self._look()
            why = self._unfit(self._share()) or self._ask()
            if why is not None:
                raise Failed(why)
            left = until - self._clock.now()
            if left <= 0:
                return
            self._sleep(min(_PAUSE, left))

    def _drain(self) -> None:
        """Wait for what is under way in the other pools to end; where it cannot be counted, for all of the time."""
        until, told = self._clock.now() + self._rules.drain_time, False
        while self._clock.now() < until:
            self._look()
            counts = [
                under_way(seen, [pool for pool in seen.weights if pool != self._to]) for seen in self._seen.values()
            ]
            known = [count for count in counts if count is not None]
            if len(known) == len(counts) and not sum(known):
                break
            if not told:
                what = f"{sum(known)} sessions end" if len(known) == len(counts) else "connections end"
                self._journal.write("drain", f"{what} in the other pools, for {self._rules.drain_time:g} s at most")
                told = True
            self._sleep(min(_PAUSE, max(until - self._clock.now(), 0.0)))
        self._journal.write("drained", f"{self._to} serves alone")

    def _shift(self, wanted: Mapping[str, Mapping[str, int]], step: str) -> None:
        for name, shares in wanted.items():
            self._one(name, shares, step)

    def _one(self, name: str, shares: Mapping[str, int], step: str, kind: str = "shares") -> None:
        now, adapter = self._shares(name), self._adapters[name]
        near = attainable(shares, adapter.grain, self._seen[name])
        if near == now:
            return
        self._changed = True
        self._journal.intend(name, now, near)
        try:
            self._seen[name] = adapter.shift(shares, self._seen[name])
        except ChangedError:
            raise
        except FleetError:
            # whatever half of it stands is ours: the next run is not to take it for somebody else's
            with suppress(FleetError):
                self._seen[name] = adapter.observe()
                self._journal.intend(name, self._shares(name), near)
            raise
        after = self._shares(name)
        self._journal.intend(name, after, after)
        self._tell(name, "", step, kind)

    def _tell(self, name: str, when: str, step: str, kind: str = "shares") -> None:
        shares = self._shares(name)
        text = f"{name}: {written(shares)}{' ' if when else ''}{when}"
        self._journal.write(kind, text, balancer=name, shares=shares, step=step)

    def _look(self) -> None:
        for name, adapter in self._adapters.items():
            seen = adapter.observe()
            if seen.version != self._seen[name].version:
                raise ChangedError(
                    f"{name}: somebody else moved its traffic: {written(self._shares(name))} was left, "
                    f"{written(percent(seen.weights))} stands now; nothing was overwritten: see who it was, and start "
                    "again with -e take_over=true to go on from there, or -e to=NAME."
                )
            self._seen[name] = seen

    def _ask(self) -> str | None:
        """Why a gate does not pass, when it has not for as long as it may take."""
        for place, (gate, asked) in enumerate(self._gates):
            why = self._asked(gate, asked)
            if why is None:
                self._failing.pop(place, None)
                continue
            since = self._failing.setdefault(place, self._clock.now())
            if self._clock.now() - since >= gate.timeout:
                return f"{gate.kind}: {why}"
        return None

    def _asked(self, gate: Gate, asked: Any) -> str | None:
        served = Served(self._to, "", gate.words)
        try:
            found: str | None = asked.ask(served, Patience(gate.timeout or 1.0, self._clock, lambda note: None))
        except FleetError as error:
            return error.message.rstrip(".")
        return found

    # -- what is known

    def _unfit(self, share: int) -> str | None:
        return next(
            (
                why
                for name, seen in self._seen.items()
                if (why := unfit(name, self._adapters[name].grain, seen, self._to, share, self._rules)) is not None
            ),
            None,
        )

    def _share(self) -> int:
        """What the pool has by the balancer that gives it least."""
        return min(self._shares(name).get(self._to, 0) for name in self._adapters)

    def _shares(self, name: str) -> dict[str, int]:
        return percent(self._seen[name].weights)

    def _everywhere(self) -> dict[str, dict[str, int]]:
        return {name: self._shares(name) for name in self._adapters}

    def _standing(self) -> str:
        return "; ".join(f"{name}: {written(shares)}" for name, shares in self._everywhere().items())

    def _ended(self) -> Ended:
        return Ended(self._everywhere(), self._changed)

    def _sleep(self, seconds: float) -> None:
        if self._stop.wait(max(seconds, 0.0)) or self._watch.reason:
            where = f" Traffic stays at {self._standing()}:" if self._seen else ""
            raise Stopped(f"Stopped ({self._watch.reason}).{where} start again to go on, or say -e to=NAME to go back.")
