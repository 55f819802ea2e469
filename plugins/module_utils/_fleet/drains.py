# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: which drains are still to be undone, in which order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from .._model.journal import Progress


@dataclass(frozen=True)
class Round:
    """One drain that is to be undone for some hosts: its place in the drains of the policy of ``wave``, and its
    kind."""

    wave: int
    drain: int
    what: str
    hosts: tuple[str, ...]


def to_undrain(progress: Progress, names: Collection[str] | None = None) -> tuple[Round, ...]:
    """Every drain that began and is not undone, for those hosts (default: all): each host's last one first."""
    found: dict[tuple[int, int, str], list[str]] = {}
    for host, begun in progress.drained.items():
        for one in begun if names is None or host in names else ():
            found.setdefault((one.wave or 0, one.drain, one.what), []).append(host)
    return tuple([Round(*key, tuple(hosts)) for key, hosts in sorted(found.items(), reverse=True)])


def still_away(progress: Progress, one: Round) -> tuple[str, ...]:
    """The other hosts for which the same drain began and is not undone."""
    return tuple(
        [
            host
            for host, begun in progress.drained.items()
            if host not in one.hosts and any((other.wave, other.drain) == (one.wave, one.drain) for other in begun)
        ]
    )


def settled_at_opening(progress: Progress, walked: Collection[str]) -> tuple[str, ...]:
    """The drained hosts whose turn this run does not take up where it was left: they serve while it begins. One that is
    on its way to another system goes on in its wave, and serves when it was found well."""
    under_way = ("rebooting", "going_back")
    return tuple([name for name in progress.drained if name not in walked or progress.stage(name) not in under_way])


def shared(hosts: Sequence[str], said: Sequence[object]) -> tuple[tuple[str, ...], ...]:
    """The hosts by what is said for them to a service that cares for the words only; ``said`` in the order of
    hosts."""
    found: list[tuple[object, list[str]]] = []
    for host, words in zip(hosts, said):
        same = next((names for other, names in found if other == words), None)
        if same is None:
            found.append((words, [host]))
        else:
            same.append(host)
    return tuple([tuple(names) for _words, names in found])
