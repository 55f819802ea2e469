# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: one entry of a policy, said to a service about many hosts: rendered, called, followed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible.context import CLIARGS

from ..module_utils._errors import FleetError, HostError
from ..module_utils._fleet.drains import shared
from ..module_utils._fleet.service_words import TRAFFIC
from ..module_utils._model.gate import Gate
from ..module_utils._model.talk import Talk
from ._balancers import VARIABLE, Behind, balancers
from ._fleet_task import FleetAction
from ._follow import Follow
from ._services.model import SHARED, Patience, Served
from ._services.render import Words
from ._services.run import run_calls
from ._services.tasks import run_tasks
from ._transport.model import Outcome
from ._transport.resolve import resolve
from ._transport.run import run_talks
from ._transport.watch import Watch

Ended = Callable[[str, Outcome[None]], None]


class Calls:
    def __init__(
        self, action: FleetAction, arguments: Mapping[str, Any], variables: Mapping[str, Any], watch: Watch
    ) -> None:
        self._action = action
        self._arguments = arguments
        self._variables = variables
        self._watch = watch
        self._words = Words(action._templar, variables["hostvars"])
        self._behind: dict[str, tuple[Behind, ...]] = {}

    def served(self, hosts: Sequence[str], key: str, entry: Gate, ended: Ended) -> list[Served]:
        """The hosts for which the entry's words can be rendered; the others have ended."""
        found: list[Served] = []
        for host in hosts:
            try:
                served = self._words.served(host, f"{key}.{entry.kind}", entry.words)
                found.append(replace(served, behind=self._balancers(host)) if entry.kind == TRAFFIC else served)
            except FleetError as error:
                self._action.say(f"  {error.message}")
                ended(host, Outcome(error=error))
        return found

    def plain(self, host: str, entry: Gate) -> Served:
        """The host, with words that are no templates any more: a task's arguments."""
        served = self._words.served(host, entry.kind, {})
        behind = self._balancers(host) if entry.kind == TRAFFIC else ()
        return replace(served, words=entry.words, behind=behind)

    def _balancers(self, host: str) -> tuple[Behind, ...]:
        """Those that the host is behind."""
        known = self._action.known(self._variables)
        text = repr(known.value(host, VARIABLE))
        if text not in self._behind:
            every = [str(name) for name in self._variables["groups"]["all"]]
            self._behind[text] = balancers(known, [host], every)
        return tuple(one for one in self._behind[text] if any(there.name == host for there in one.hosts))

    def call(
        self,
        hosts: Sequence[Served],
        call: Callable[[Served, Patience], None],
        scope: str,
        timeout: float,
        what: str,
        ended: Ended,
    ) -> None:
        """Every end is told before the next one is waited for. What is SHARED is said once for all with these words."""
        named = {host.name: host for host in hosts}
        alike = shared(list(named), [host.words for host in hosts]) if scope == SHARED else [(one,) for one in named]
        groups = {group[0]: group for group in alike}

        def done(name: str, outcome: Outcome[None]) -> None:
            outcome = _named(name, what, outcome)
            follow.done(name, outcome)
            for one in groups[name]:
                ended(one, outcome)

        with Follow(self._action.say, what, len(groups), lambda _none: what) as follow:
            run_calls(
                [named[name] for name in groups],
                call,
                timeout=timeout,
                watch=self._watch,
                limit=self._arguments["at_once"],
                on_note=follow.note,
                on_done=done,
            )

    def tasks(self, hosts: Sequence[Served], word: str, timeout: float, what: str, ended: Ended) -> None:
        """A tasks file of the user's own on the hosts, each file in one process."""
        groups = {group[0]: group for group in shared([one.name for one in hosts], [one.words[word] for one in hosts])}
        failed: dict[str, str] = {}

        def call(host: Served, patience: Patience) -> None:
            failed.update(run_tasks(str(host.words[word]), groups[host.name], CLIARGS, patience))

        def done(name: str, outcome: Outcome[None]) -> None:
            for host in groups[name]:
                wrong = outcome.ok and host in failed
                one: Outcome[None] = Outcome(error=FleetError(failed[host])) if wrong else outcome
                one = _named(host, what, one)
                follow.done(host, one)
                ended(host, one)

        with Follow(self._action.say, what, len(hosts), lambda _none: what) as follow:
            run_calls(
                [host for host in hosts if host.name in groups],
                call,
                timeout=timeout,
                watch=self._watch,
                limit=self._arguments["at_once"],
                on_done=done,
            )

    def talk(self, hosts: Sequence[Served], talk: Callable[[Served], Talk[None]], what: str, ended: Ended) -> None:
        """The same, on the hosts themselves."""
        names = [host.name for host in hosts]
        connections = resolve(names, action=self._action, task_vars=self._variables, fan_out=self._arguments["fan_out"])

        def done(name: str, outcome: Outcome[None]) -> None:
            outcome = _named(name, what, outcome)
            follow.done(name, outcome)
            ended(name, outcome)

        with Follow(self._action.say, what, len(names), lambda _none: what) as follow:
            run_talks(
                {host.name: talk(host) for host in hosts},
                connections,
                watch=self._watch,
                limit=self._arguments["at_once"],
                on_note=follow.note,
                on_done=done,
            )


def _named(host: str, what: str, outcome: Outcome[None]) -> Outcome[None]:
    """An error says which host it is about, and what was done, once."""
    if outcome.error is None:
        return outcome
    why = outcome.error.message.removeprefix(f"{host}: ").rstrip(".")
    return Outcome(error=HostError(host, f"{what}: {why}"))
