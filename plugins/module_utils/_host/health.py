# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: whether a host is well, as pure predicates over one observation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Callable, Optional

from .._errors import ArgumentError
from .._model.host import HostState

Predicate = Callable[[HostState, Optional[HostState]], Optional[str]]


def _failed_units(state: HostState, before: HostState | None) -> str | None:
    """Those that failed before too are no reason to go back: that would not mend them."""
    known = before.health.failed_units if before is not None else ()
    names = [name for name in state.health.failed_units if name not in known]
    return "failed units: {}".format(", ".join(names)) if names else None


def _greenboot(state: HostState, before: HostState | None) -> str | None:
    return "greenboot says red" if state.health.greenboot == "red" else None


def _system(state: HostState) -> str | None:
    """Not a check to choose: a host that does not finish its boot is never well."""
    word = state.health.system
    return None if word in ("running", "degraded", "unknown") else f"systemd says {word}"


CHECKS: Mapping[str, Predicate] = {"failed_units": _failed_units, "greenboot": _greenboot}


def ailments(state: HostState, checks: Iterable[str], before: HostState | None = None) -> tuple[str, ...]:
    """What is wrong with a host, by the named checks; empty for a host that is well. Compared with ``before``,
    units count as failed only if they did not fail then."""
    unknown = [name for name in checks if name not in CHECKS]
    if unknown:
        raise ArgumentError("there is no health check {!r}: it is one of {}".format(unknown[0], ", ".join(CHECKS)))
    found = [_system(state)] + [CHECKS[name](state, before) for name in checks]
    return tuple(words for words in found if words is not None)


def settled(state: HostState) -> bool:
    """Whether the boot is over, so that health can be judged."""
    return state.health.system not in ("initializing", "starting", "stopping")
