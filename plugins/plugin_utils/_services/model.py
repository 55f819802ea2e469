# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what a service that is asked or told about hosts has to answer to.

A kind of drain or gate is a class here, in registry.py, and its words in module_utils/_fleet (service_words.py).
One object is made for each entry of the policy in each task, and is called from many threads at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from .._http import Clock

# What is said to a service is about a host (HOST), or the same for all hosts with the same words (SHARED): a flag of a
# whole cluster, an opinion on all of it. SHARED is called for one of them, and counts for all: it is drained before the
# first of them is touched, and undone when none of them is away any more.
HOST, SHARED = "host", "shared"


@dataclass(frozen=True)
class Served:
    """A host as one entry of the policy is about it. ``words`` are rendered with its variables and may be secret: no
    message may hold their values, but for what names a place (url, port, node). ``node_id`` is what Zincati calls the
    host, where that is known. ``behind`` are the balancers that it is behind, for those kinds that move traffic."""

    name: str
    address: str
    words: Mapping[str, Any] = field(default_factory=dict, repr=False)
    node_id: str | None = None
    behind: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Patience:
    """How long to wait. Wait with ``clock.sleep`` only: it wakes up when the work is to stop. Whoever is not done
    after ``timeout`` seconds is given up on; better say by then, in an error, what was waited for. ``note`` is for
    people who follow along: a few words, the same for all hosts at that point."""

    timeout: float
    clock: Clock
    note: Callable[[str], None]


class ServiceDrain(Protocol):
    """Takes hosts out of a service and brings them back. Raises FleetError, whose message need not name the host.

    Both may be called again after an interruption, also where the other was never finished: they look first, or say
    what is fine to be said twice. ``undrain`` is also called for hosts that are gone, and takes back nothing that
    somebody else had done before ``drain`` where that can be told apart.
    """

    scope: ClassVar[str]

    def drain(self, host: Served, patience: Patience) -> None: ...

    def undrain(self, host: Served, patience: Patience) -> None: ...

    def needs(self, do: str, host: Served, patience: Patience) -> bool | None:
        """Whether ``drain`` or ``undrain`` would change anything now, by the service itself; None where it cannot
        tell."""


class ServiceGate(Protocol):
    """Asks a service about hosts after their reboot, again and again until it passes or its time is over.

    ``serving``: no host passes while it is drained (a balancer's opinion of it), so it is asked when that was undone.
    Others are asked before, and keep a host that does not pass out of service.
    """

    scope: ClassVar[str]
    serving: ClassVar[bool]

    def ask(self, host: Served, patience: Patience) -> str | None:
        """Why the host does not pass now, in a few words; None where it passes. FleetError: it cannot be asked now."""
