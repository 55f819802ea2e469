# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what changes in a plan in terms of packages: which pairs there are, and whom to ask."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from .._host.packages import can_preview, commit_of
from .._model.fleet import UPDATE, FleetPlan, PlannedPackages, Snapshot, Target
from .._model.host import HostState
from .._model.packages import UNKNOWN

# A fleet that runs a hundred different systems is told of those that most of its hosts run.
MOST_PAIRS = 20
MOST_ASKED = 3


@dataclass(frozen=True)
class Question:
    """One pair, and a host to ask about it."""

    host: str
    state: HostState
    old: str
    new: str
    refspec: str | None


def pairs(plan: FleetPlan) -> tuple[PlannedPackages, ...]:
    """Every (from, to) once, none of them known yet, those of the most hosts first. None where the plan is about
    extensions: what is booted stays."""
    found: dict[tuple[str, str, Target], int] = defaultdict(int)
    for host in () if plan.layers else plan.hosts:
        runs = host.from_digest or host.from_base or host.from_checksum
        if host.action == UPDATE and host.target is not None and runs is not None and runs != host.target.checksum:
            found[runs, host.from_version or "", host.target] += 1
    ordered = sorted(found, key=lambda key: (-found[key], key[:2], key[2].label, key[2].checksum, key[2].refspec or ""))
    return tuple([PlannedPackages(runs, version or None, target) for runs, version, target in ordered[:MOST_PAIRS]])


def questions(pair: PlannedPackages, snapshot: Snapshot) -> tuple[Question, ...]:
    """Whom to ask about a pair, one after the other until one answers: any host that has both on disk, else one that
    can tell by metadata. None for a pair that is known."""
    if pair.diff.source != UNKNOWN:
        return ()
    both, preview = [], []
    for host in sorted(snapshot.hosts, key=lambda one: one.name):
        state = host.state
        if state is None or commit_of(state, pair.from_id) is None:
            continue
        booted = state.booted
        refspec = pair.target.refspec or (booted.refspec if booted else None)
        question = Question(host.name, state, pair.from_id, pair.target.checksum, refspec)
        if commit_of(state, pair.target.checksum) is not None:
            both.append(question)
            if len(both) == MOST_ASKED:
                break
        elif pair.target.image is None and can_preview(state, refspec):
            preview.append(question)
    return tuple((both + preview)[:MOST_ASKED])
