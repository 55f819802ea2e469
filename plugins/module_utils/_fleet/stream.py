# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: where a host on a stream of Fedora CoreOS goes next.

The ways are those that Cincinnati hands out to Zincati: to releases that are rolled out, and to barriers, never past a
barrier, never away from a dead end. One thing is stricter here: a rollout that has not begun is for nobody, while
Cincinnati lets hosts of wariness 0 have it early.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Sequence

from .._errors import ArgumentError
from .._model.stream import (
    CURRENT,
    DEAD_END,
    UNKNOWN,
    UPDATE,
    WAIT,
    IndexedRelease,
    NextRelease,
    Release,
    ReleaseUpdate,
    UpdateGraph,
)


def build_graph(
    stream: str, machine: str, index: Sequence[IndexedRelease], updates: Sequence[ReleaseUpdate]
) -> UpdateGraph:
    """The graph for one architecture (x86_64), out of the index of releases and what is said of some of them."""
    said = {update.version: update for update in updates}
    releases = []
    for entry in index:
        if entry.commits.get(machine) or entry.images.get(machine):
            update = said.get(entry.version, ReleaseUpdate(entry.version))
            releases.append(
                Release(
                    entry.version,
                    entry.commits.get(machine),
                    entry.images.get(machine),
                    update.barrier,
                    update.dead_end,
                    update.rollout,
                )
            )
    edges = []
    behind = 0  # the last barrier: hosts before it have to boot it first
    for place, release in enumerate(releases):
        if release.rollout or release.barrier:
            edges += [(start, place) for start in range(behind, place) if releases[start].dead_end is None]
        if release.barrier:
            behind = place
    return UpdateGraph(stream, tuple(releases), tuple(sorted(edges)))


def next_release(graph: UpdateGraph, version: str, wariness: float, now: float) -> NextRelease:
    """Where a host at ``version`` goes. ``wariness`` is 0 (first in line) to 1 (when all may), ``now`` the time in
    seconds since the epoch."""
    place = next((i for i, release in enumerate(graph.releases) if release.version == version), None)
    if place is None:
        return NextRelease(
            UNKNOWN,
            f"{version} is no release of {graph.stream} for this architecture.",
        )
    here = graph.releases[place]
    if here.dead_end is not None:
        return NextRelease(
            DEAD_END, f"{version} is a dead end of {graph.stream} ({here.dead_end}): such a host is set up anew."
        )
    ends = sorted({end for start, end in graph.edges if start == place and _leads(graph, start, end)})
    ahead = [graph.releases[end] for end in ends]
    ready = [release for release in ahead if _open(release, wariness, now)]
    if ready:
        return NextRelease(UPDATE, _why(graph, ready[-1]), ready[-1])
    if not ahead:
        return NextRelease(CURRENT, f"{graph.stream} has nothing newer than {version}.")
    times = [
        (at, release) for release in ahead if release.rollout and (at := release.rollout.opens(wariness)) is not None
    ]
    if not times:
        reason = f"The rollout of {ahead[-1].version} has stopped before hosts of wariness {wariness:g}."
        return NextRelease(WAIT, reason)
    at, release = min(times, key=lambda pair: pair[0])
    reason = f"{release.version} is being rolled out, and comes to hosts of wariness {wariness:g} at {_moment(at)}."
    return NextRelease(WAIT, reason, at=at)


def wariness_of(host: str, fixed: float | None = None) -> float:
    """How late in a rollout a host comes: the same for a name ever after, and even over a fleet. ``fixed`` is said by
    people, as Zincati's rollout_wariness."""
    if fixed is None:
        return int.from_bytes(hashlib.sha256(host.encode()).digest()[:6], "big") / (2**48 - 1)
    if not 0 <= fixed <= 1:
        raise ArgumentError(f"wariness: {fixed:g} is not from 0 (among the first) to 1 (among the last).")
    return fixed


def _leads(graph: UpdateGraph, start: int, end: int) -> bool:
    """Whether an edge may be taken at all, whoever drew it: forward, past no barrier, into no dead end."""
    if end <= start or graph.releases[end].dead_end is not None:
        return False
    return all(release.barrier is None for release in graph.releases[start + 1 : end])


def _open(release: Release, wariness: float, now: float) -> bool:
    share = 1.0 if release.rollout is None else release.rollout.share(now)
    return share is not None and wariness <= share


def _why(graph: UpdateGraph, release: Release) -> str:
    if release.barrier is not None:
        return (
            f"{release.version} is a barrier of {graph.stream}, to be booted before anything newer ({release.barrier})."
        )
    return f"{release.version} is the newest release of {graph.stream} that this host may have."


def _moment(at: float) -> str:
    moment = datetime.datetime.fromtimestamp(at, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%d %H:%M UTC")
