# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what is done on every host before the first wave, and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from .._model.fleet import UPDATE, FleetPlan, PlannedHost
from .._model.journal import Progress
from .._model.policy import LOCKED, NO_PREFETCH, PULL, Policy
from .judge import LOST
from .resume import REBOOT, STAGE, Turn

# What a host that nothing was done to but in advance may stand at, by the journal.
IN_ADVANCE = (None, "prefetched", "not_prefetched")
_WORDS = {LOCKED: "staged first, locked", PULL: "fetched first"}


def how_prefetched(host: PlannedHost, policy: Policy) -> str | None:
    """LOCKED or PULL; None where the target comes to the host in its wave. Extensions do, and images, where they are
    only to be fetched: no tool fetches an image without staging it."""
    target = host.target
    if host.action != UPDATE or target is None or target.layers or policy.prefetch == NO_PREFETCH:
        return None
    return None if policy.prefetch == PULL and target.image is not None else policy.prefetch


def words(how: str | None) -> str:
    """For a host's line in the plan."""
    return _WORDS.get(how or "", "")


def summary(plan: FleetPlan) -> str | None:
    """How many hosts get the target how, in one sentence; None where all get it in their wave."""
    waved = [host for host in plan.hosts if host.wave is not None]
    found = Counter(words(how_prefetched(host, plan.policy_for(host.name))) for host in waved)
    rest = found.pop("", 0)
    if not found:
        return None
    told = [f"{count} {said}" for said, count in sorted(found.items())]
    return ", ".join([*told, *([f"{rest} in their wave"] if rest else [])])


@dataclass(frozen=True)
class Ahead:
    """What is left to do in advance. ``lost`` cannot be observed now, with the reason."""

    todo: Mapping[str, str] = field(default_factory=dict)
    lost: Mapping[str, str] = field(default_factory=dict)


def ahead(plan: FleetPlan, progress: Progress, turns: Mapping[str, Turn], names: Collection[str]) -> Ahead:
    """Of ``names`` those that are still to be prefetched, and how; a host whose turn has begun is left to its wave."""
    todo, lost = {}, {}
    for name, how in _wanted(plan, names):
        turn, stage = turns[name], progress.stage(name)
        if stage not in IN_ADVANCE:
            continue
        if turn.do == LOST:
            lost[name] = turn.reason
        elif turn.do in (STAGE, REBOOT) and not (stage == "prefetched" and (how == PULL or turn.do == REBOOT)):
            todo[name] = how
    return Ahead(todo, lost)


def _wanted(plan: FleetPlan, names: Collection[str]) -> Iterator[tuple[str, str]]:
    planned = plan.by_name
    for name in names:
        how = how_prefetched(planned[name], plan.policy_for(name))
        if how is not None:
            yield name, how
