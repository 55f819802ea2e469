# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: failure budgets, of the fleet, of its failure domains and of its groups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Callable

from .._model.fleet import FleetPlan, PlannedHost
from .._model.policy import Amount
from .amounts import budget


def overspent(plan: FleetPlan, failed: Collection[str]) -> Iterator[str]:
    """In words, every budget that the failures exceed. ``failed`` are names, over the whole fleet and all runs."""
    policy = plan.policy
    most = budget(policy.failure_budget, len(plan.counted))
    if len(failed) > most:
        yield f"{len(failed)} failed where {most} may"
    hosts = [plan.by_name[name] for name in failed if name in plan.by_name]
    if not hosts:
        return
    for kind, amount in sorted(policy.failure_domains.items()):

        def value(host: PlannedHost, kind: str = kind) -> str:
            return f"{kind} {host.domains.get(kind) or '(none)'}"

        yield from _parts(plan, hosts, value, dict.fromkeys(map(value, hosts), amount))
    if policy.groups:

        def label(host: PlannedHost) -> str:
            group = policy.group_of(host.domains)
            return "" if group is None else policy.groups[group].label

        yield from _parts(plan, hosts, label, {one.label: one.policy.failure_budget for one in policy.groups})


def _parts(
    plan: FleetPlan, failed: Sequence[PlannedHost], part: Callable[[PlannedHost], str], amounts: dict[str, Amount]
) -> Iterator[str]:
    sizes = Counter(map(part, plan.counted))
    for name, count in sorted(Counter(map(part, failed)).items()):
        if name in amounts and count > budget(amounts[name], sizes[name]):
            yield f"{count} failed in {name} where {budget(amounts[name], sizes[name])} may"
