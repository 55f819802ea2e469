# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: whom to ask what a version means, and what the answers make the targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .._errors import ArgumentError, FleetError
from .._model.fleet import Snapshot, Target
from .choice import few

Follows = tuple[str, str]


def groups(snapshot: Snapshot, refspec: str | None = None) -> Mapping[Follows, tuple[str, ...]]:
    """The observed hosts by what they follow: (backend, refspec). One answer serves a group.

    ``refspec`` is what all of them shall follow. A host that runs nothing, or follows nothing, is in no group.
    """
    found: dict[Follows, list[str]] = {}
    for host in snapshot.hosts:
        booted = host.state.booted if host.state else None
        follows = refspec or (booted.refspec if booted and booted.image is None else None)
        if host.state is not None and booted is not None and follows:
            found.setdefault((host.state.backend, follows), []).append(host.name)
    return {follows: tuple(names) for follows, names in sorted(found.items())}


def boots_images(snapshot: Snapshot) -> tuple[str, ...]:
    """The hosts that boot container images, and so follow no ref."""
    booted = {host.name: host.state.booted for host in snapshot.hosts if host.state is not None}
    return tuple([name for name, entry in booted.items() if entry is not None and entry.image is not None])


def targets(
    asked: Mapping[Follows, tuple[str, ...]], answers: Mapping[Follows, Target | FleetError]
) -> Mapping[str, Target]:
    """The target of every host in the groups. Raises the first group's error where none has an answer."""
    exact = {follows: answer for follows, answer in answers.items() if isinstance(answer, Target)}
    errors = [answer for answer in answers.values() if isinstance(answer, FleetError)]
    if errors:
        raise errors[0]
    if not exact:
        raise ArgumentError(
            "No host of the fleet could be asked what to boot: none of them was observed and follows a ref; "
            "see atomic.fleet.status."
        )
    return {name: exact[follows] for follows, names in asked.items() for name in names}


def spokesmen(names: Sequence[str], most: int = 3) -> tuple[str, ...]:
    """The hosts of a group to ask, one after the other until one answers."""
    return tuple(names[:most])


def nobody(follows: Follows, tried: Mapping[str, FleetError]) -> FleetError:
    """The error of a group in which nobody could be asked."""
    last = list(tried.values())[-1]
    return last if len(tried) == 1 else ArgumentError(f"{last.message} (asked for {follows[1]}: {few(list(tried))})")
