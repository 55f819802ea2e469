# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what every step of a run does to hosts: talk with many at once, each end in the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from ..module_utils._errors import FleetError, UnreachableError
from ..module_utils._model.fleet import PlannedHost, Snapshot
from ..module_utils._model.host import HostState
from ..module_utils._model.journal import HOST_FAILED, HOST_GOING_BACK, HOST_WENT_BACK, INTERRUPTED, Event, Progress
from ..module_utils._model.talk import Talk
from ._deeds import deeds_of
from ._fleet_task import FleetAction
from ._follow import Follow
from ._observe import DOMAINS, observe_fleet
from ._run import Run
from ._transport.model import Outcome
from ._transport.resolve import resolve
from ._transport.run import run_talks
from ._transport.watch import Watch

T = TypeVar("T")


class Crew:
    """A step of a run, in one task of it. The journal is what the steps hand each other. ``name`` is what the step
    is called in lines, ``wave`` the index of the wave it is of, None where it is of none."""

    def __init__(
        self,
        action: FleetAction,
        arguments: Mapping[str, Any],
        variables: Mapping[str, Any],
        run: Run,
        watch: Watch,
        name: str,
        wave: int | None = None,
    ) -> None:
        self.action = action
        self.arguments = arguments
        self.variables = variables
        self.run = run
        self.plan = run.plan
        self.watch = watch
        self.name = name
        self.wave = wave
        self.deeds = deeds_of(run.plan, run.journal.events)

    def hold(
        self,
        what: str,
        names: Iterable[str],
        talk: Callable[[PlannedHost], Talk[T]],
        done: Callable[[str, T], None],
        describe: Callable[[T], str],
        failed: str = HOST_FAILED,
    ) -> None:
        """Talk with all of them at once; every end is in the journal before the next one is looked at. ``failed`` is
        the event of one that does not come out well."""
        chosen = tuple(names)
        planned = self.plan.by_name

        def ended(name: str, outcome: Outcome[T]) -> None:
            follow.done(name, outcome)
            if outcome.error is not None:
                lost = isinstance(outcome.error, UnreachableError)
                self.event(failed, name, reason=outcome.error.message.removeprefix(f"{name}: "), lost=lost)
            elif outcome.ok and outcome.value is not None:
                done(name, outcome.value)

        connections = resolve(chosen, action=self.action, task_vars=self.variables, fan_out=self.arguments["fan_out"])
        with Follow(self.say, f"{self.name}: {what}", len(chosen), describe, whole=self.whole) as follow:
            run_talks(
                {name: talk(planned[name]) for name in chosen},
                connections,
                watch=self.watch,
                limit=self.arguments["at_once"],
                on_note=follow.note,
                on_done=ended,
            )
        self.go_on()

    def whole(self) -> str:
        """How far the whole run is, for those who follow; nothing where that says no more than the step's own lines."""
        return ""

    def claim_back(self, names: Iterable[str], reason: str) -> Progress:
        """Write down that they go back, which other cells count by. Gives what was known of them until then."""
        before = self.run.journal.progress
        self.events(HOST_GOING_BACK, {name: {"reason": reason} for name in names})
        return before

    def send_back(self, names: Iterable[str], before: Progress) -> None:
        """Make all of them what they were before their turns."""
        chosen = tuple(names)

        def talk(host: PlannedHost) -> Talk[HostState]:
            return self.deeds.take_back(host, before.stage(host.name) == "going_back")

        def done(name: str, state: HostState) -> None:
            self.event(HOST_WENT_BACK, name, label=self.deeds.label(state))

        self.say(f"{self.name}: taking {len(chosen)} back")
        self.hold("back", chosen, talk, done, lambda state: f"runs {self.deeds.label(state)} again")

    def go_on(self) -> None:
        """Raises where the work was stopped from outside; whatever ended before that is in the journal."""
        if self.watch.reason:
            self.event(INTERRUPTED, reason=self.watch.reason)
            raise FleetError(f"{self.name} was stopped ({self.watch.reason}); run apply again and it goes on.")

    def look(self) -> Snapshot:
        names = [host.name for host in self.plan.hosts]
        try:
            return observe_fleet(
                self.action,
                self.arguments,
                self.variables,
                names,
                self.watch,
                self.plan.fleet,
                DOMAINS,
                self.plan.policy_for,
            )
        finally:
            self.go_on()

    def event(self, kind: str, host: str | None = None, **data: Any) -> None:
        self.run.write(kind, host, self._wave_of(host), **data)

    def events(self, kind: str, hosts: Mapping[str, Mapping[str, Any]]) -> None:
        """The same event for many hosts, on disk at once."""
        journal = self.run.journal
        at, run = journal.clock(), self.run.name.run
        journal.append(*[Event(kind, at, run, name, self._wave_of(name), data) for name, data in hosts.items()])

    def say(self, text: str) -> None:
        self.action.say(text)

    def _wave_of(self, host: str | None) -> int | None:
        return self.wave if host is None else self.plan.by_name[host].wave
