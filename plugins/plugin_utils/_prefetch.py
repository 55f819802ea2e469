# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the target brought to every host before the first wave. Only disks are touched, so all
hosts get it at once, and what goes wrong spends no budget: such a host is tried again in its wave."""

from __future__ import annotations

from typing import Any

from ..module_utils._fleet.choice import few
from ..module_utils._fleet.prefetch import ahead
from ..module_utils._fleet.resume import remaining
from ..module_utils._fleet.rollout import order
from ..module_utils._fleet.text import hosts_of
from ..module_utils._host.prefetch import Prefetched
from ..module_utils._model.fleet import PlannedHost
from ..module_utils._model.journal import HOST_NOT_PREFETCHED, HOST_PREFETCHED
from ..module_utils._model.talk import Talk
from ._crew import Crew
from ._run import first_look

_TOLD = {"locked": "is staged, locked", "unlocked": "boots next already", "pull": "is fetched"}


class Prefetch(Crew):
    def act(self) -> dict[str, Any]:
        snapshot = first_look(self.run, self.run.journal.clock()) or self.look()
        progress = self.run.journal.progress
        left = ahead(self.plan, progress, remaining(self.plan, progress, snapshot), order(self.run.walk))
        self.events(HOST_NOT_PREFETCHED, {name: {"reason": why, "lost": True} for name, why in left.lost.items()})
        for name, why in left.lost.items():
            self.say(f"  {name}: {why}")
        if not left.todo:
            return {"changed": False}
        self.say(f"{self.name}: {hosts_of(len(left.todo))}")

        def talk(host: PlannedHost) -> Talk[Prefetched]:
            return self.deeds.prefetch(host, left.todo[host.name])

        def done(name: str, got: Prefetched) -> None:
            self.event(HOST_PREFETCHED, name, how=got.how)

        def told(got: Prefetched) -> str:
            target = self.plan.by_name[got.after.host].target
            return f"{target.label if target else 'it'} {_TOLD[got.how]}"

        self.hold("through", left.todo, talk, done, told, failed=HOST_NOT_PREFETCHED)
        progress = self.run.journal.progress
        missed = [name for name in (*left.todo, *left.lost) if progress.stage(name) == "not_prefetched"]
        if missed:
            self.say(f"{self.name}: {few(missed)} could not be prepared and will be tried again in their wave")
        return {"changed": True, "missed": missed}
