# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: hosts are taken out of service before their turn, and brought back after it. The journal
knows which drains began, so that each is undone, whatever became of the run that began it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from ..module_utils._fleet.choice import few
from ..module_utils._fleet.drains import Round, still_away, to_undrain
from ..module_utils._fleet.service_words import TASKS
from ..module_utils._model.gate import Gate
from ..module_utils._model.journal import HOST_DRAINED, HOST_DRAINING, HOST_UNDRAINED, Event
from ._calls import Calls, Ended
from ._fleet_task import FleetAction
from ._run import Run, RunName
from ._services.command import ON_HOST, command_talk
from ._services.model import SHARED, Served
from ._services.registry import DRAINS
from ._store import Store
from ._transport.model import Outcome
from ._transport.watch import Watch


class Drains:
    """The drains of one run, in one task of it."""

    def __init__(self, action: FleetAction, calls: Calls, run: Run, watch: Watch) -> None:
        self._action = action
        self._calls = calls
        self._run = run
        self._watch = watch

    @property
    def drained(self) -> frozenset[str]:
        """The hosts that are out of service by drains of ours."""
        return frozenset(self._run.journal.progress.drained)

    def drain(self, wave: int, names: Sequence[str]) -> dict[str, str]:
        """Take hosts out of service, one drain after the other; returns why it failed where it did. Who failed in one
        is spared the next. Look at the watch afterwards: it may not have come to its end."""
        left, failed = list(names), dict[str, str]()
        for place, entry in enumerate(self._run.plan.policy_of(wave).drains):
            left = [name for name in left if name not in failed]
            if not left or self._watch.reason:
                break

            def ended(name: str, outcome: Outcome[None], place: int = place, entry: Gate = entry) -> None:
                if outcome.error is not None:
                    failed[name] = _sentence(name, outcome)
                elif outcome.ok:
                    self._write(HOST_DRAINED, wave, place, entry.kind, [name])

            served = self._served(left, place, entry, ended)
            self._write(HOST_DRAINING, wave, place, entry.kind, [host.name for host in served])
            tell(self._calls, entry, "drain", served, ended)
        return failed

    def undrain(self, names: Collection[str] | None = None) -> None:
        """Bring hosts back into service (default: all that are out of it), each one's last drain first. What cannot be
        undone is warned about, stays in the journal, and is tried again by whoever calls this next."""
        stuck: dict[str, list[str]] = {}
        for one in to_undrain(self._run.journal.progress, names):
            if self._watch.reason:
                return
            self._undo(one, stuck)
        for why, hosts in stuck.items():
            self._action.display.warning(
                f"{few(hosts)}: still drained ({why}); the next apply tries again, or undo it by hand."
            )

    def _undo(self, one: Round, stuck: dict[str, list[str]]) -> None:
        entry = self._run.plan.policy_of(one.wave).drains[one.drain]

        def ended(name: str, outcome: Outcome[None]) -> None:
            if outcome.error is not None:
                stuck.setdefault(_sentence(name, outcome), []).append(name)
            elif outcome.ok:
                self._write(HOST_UNDRAINED, one.wave, one.drain, entry.kind, [name])

        served = self._served(one.hosts, one.drain, entry, ended)
        tell(self._calls, entry, "undrain", self._spared(entry, one, served), ended)

    def _served(self, names: Sequence[str], place: int, entry: Gate, ended: Ended) -> list[Served]:
        planned = self._run.plan.by_name
        served = self._calls.served(names, f"drains[{place}]", entry, ended)
        return [replace(host, node_id=planned[host.name].node_id) for host in served]

    def _spared(self, entry: Gate, one: Round, served: Sequence[Served]) -> Sequence[Served]:
        """Without those whose drain others share that are still away: for these it is undone with the last of them."""
        if entry.kind == TASKS or DRAINS[entry.kind].scope != SHARED:
            return served
        away = still_away(self._run.journal.progress, one)
        said = [host.words for host in self._calls.served(away, "drains", entry, lambda _name, _outcome: None)]
        kept = [host for host in served if host.words not in said]
        self._write(HOST_UNDRAINED, one.wave, one.drain, entry.kind, [host.name for host in served if host not in kept])
        return kept

    def _write(self, kind: str, wave: int, place: int, what: str, names: Sequence[str]) -> None:
        journal = self._run.journal
        at, run, data = journal.clock(), self._run.name.run, {"drain": place, "what": what}
        journal.append(*[Event(kind, at, run, name, wave, data) for name in names])


def tell(calls: Calls, entry: Gate, do: str, served: Sequence[Served], ended: Ended) -> None:
    """Do what an entry is for: ``drain`` or ``undrain``."""
    what = f"{do} {entry.kind}"
    if entry.words.get("on") == ON_HOST:
        calls.talk(served, lambda host: command_talk(host, do, entry.timeout), what, ended)
        return
    if entry.kind == TASKS:
        calls.tasks(served, do, entry.timeout, what, ended)
        return
    kind = DRAINS[entry.kind]
    calls.call(served, getattr(kind(), do), kind.scope, entry.timeout, what, ended)


# plans whose runs may have been killed before this one was made
_LATEST = 3


def undrain_earlier(action: FleetAction, calls: Calls, store: Store, run: RunName, watch: Watch) -> None:
    """Undo what runs of other plans began and left: a fleet whose run was killed may be given a new plan."""
    others = [plan for plan in store.journals() if plan != run.plan][-_LATEST:]
    for name in reversed(others):
        journal = store.journal(name)
        if journal.progress.drained:
            other = Run(replace(run, plan=name), store, store.load_plan(name)[1], journal, ())
            Drains(action, calls, other, watch).undrain()


def _sentence(name: str, outcome: Outcome[None]) -> str:
    return outcome.error.message.removeprefix(f"{name}: ").rstrip(".") if outcome.error else ""
