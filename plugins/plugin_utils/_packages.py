# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: asks one host for each pair how what it runs differs from what it is to run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..module_utils._errors import UnreachableError
from ..module_utils._fleet.packages import MOST_ASKED, Question, questions
from ..module_utils._host.packages import package_diff, told_or_why
from ..module_utils._model.fleet import PlannedPackages, Snapshot
from ..module_utils._model.packages import UNKNOWN, PackageDiff
from ..module_utils._model.talk import Talk
from ._fleet_task import FleetAction
from ._transport.model import Outcome
from ._transport.resolve import resolve
from ._transport.run import run_talks
from ._transport.watch import Watch

NOBODY = PackageDiff(UNKNOWN, reason="no host that has both could be asked")
Answers = Mapping[int, PackageDiff]
Hold = Callable[[Mapping[str, Talk[Answers]]], Mapping[str, Outcome[Answers]]]


def ask_packages(
    action: FleetAction,
    arguments: Mapping[str, Any],
    variables: Mapping[str, Any],
    pairs: Sequence[PlannedPackages],
    snapshot: Snapshot,
    watch: Watch,
) -> tuple[PlannedPackages, ...]:
    """The pairs with what could be learned of them, over the connections that the inventory says."""

    def hold(talks: Mapping[str, Talk[Answers]]) -> Mapping[str, Outcome[Answers]]:
        connections = resolve(list(talks), action=action, task_vars=variables, fan_out=arguments["fan_out"])
        return run_talks(talks, connections, watch=watch)

    return learn(pairs, snapshot, hold)


def learn(pairs: Sequence[PlannedPackages], snapshot: Snapshot, hold: Hold) -> tuple[PlannedPackages, ...]:
    """Asks about all pairs at once, another host where one cannot be reached. Nothing that goes wrong is an error."""
    asked = {index: questions(pair, snapshot) for index, pair in enumerate(pairs)}
    known: dict[int, PackageDiff] = {}
    for turn in range(MOST_ASKED):
        of_host: dict[str, dict[int, Question]] = defaultdict(dict)
        for index, one in asked.items():
            if index not in known and turn < len(one):
                of_host[one[turn].host][index] = one[turn]
        if not of_host:
            break
        for outcome in hold({host: _answers(one) for host, one in of_host.items()}).values():
            known.update(outcome.value or {})
    learned = []
    for index, pair in enumerate(pairs):
        learned.append(replace(pair, diff=known.get(index, NOBODY)) if asked[index] else pair)
    return tuple(learned)


def _answers(asked: Mapping[int, Question]) -> Talk[Answers]:
    found = {}
    for index, one in asked.items():
        talk = package_diff(one.host, one.state, one.old, one.new, one.refspec)
        found[index] = yield from told_or_why(talk, but=(UnreachableError,))
    return found
