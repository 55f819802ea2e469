# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the base of the tasks that speak to services about the one host they run for, in plays of
the user's own. The host itself is asked over Ansible's connection plugin, and only where that is needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from ..module_utils._errors import FleetError
from ..module_utils._fleet.service_words import anchored
from ..module_utils._model.gate import Gate
from ..module_utils._model.talk import Talk
from ._calls import Calls
from ._fleet_task import FleetAction
from ._transport.model import Outcome
from ._transport.resolve import resolve
from ._transport.run import run_talks
from ._transport.watch import Watch

Result = TypeVar("Result")
_ONE: dict[str, Any] = {"at_once": 1, "fan_out": "never"}


class ServiceAction(FleetAction):
    SHARED: ClassVar[dict[str, dict[str, Any]]] = {}

    @staticmethod
    def host(variables: Mapping[str, Any]) -> str:
        return str(variables["inventory_hostname"])

    def say(self, text: str) -> None:
        """The task's result says what came of one host."""
        self.display.vv(text)

    def anchored(self, entries: Sequence[Gate]) -> tuple[Gate, ...]:
        """Paths of tasks files are relative to the playbook."""
        folder = Path(self._loader.get_basedir())
        return anchored(entries, lambda path: str(folder / Path(path).expanduser()))

    @contextmanager
    def calls(self, variables: Mapping[str, Any]) -> Iterator[tuple[Calls, Watch]]:
        with self.watch() as watch, watch.signals():
            yield Calls(self, _ONE, variables, watch), watch
            if watch.reason:
                raise FleetError(f"{self.host(variables)}: the task was stopped ({watch.reason}).")

    def held(self, variables: Mapping[str, Any], talk: Talk[Result], watch: Watch) -> Outcome[Result]:
        """A talk with the host itself."""
        host = self.host(variables)
        connections = resolve([host], action=self, task_vars=variables, fan_out=_ONE["fan_out"])
        return run_talks({host: talk}, connections, watch=watch, limit=1)[host]
