# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what an adapter has to answer to. Each is one file here, and a line in choose.py."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from ansible.module_utils.basic import missing_required_lib

from ...module_utils._errors import ArgumentError, FleetError
from ...module_utils._fleet.shares import percent, written
from ...module_utils._model.traffic import Standing
from .._http import Clock
from .._services.model import Patience


@dataclass(frozen=True)
class Limits:
    """``timeout`` is for one call of an adapter as a whole, in seconds: all its requests, and their retries while the
    balancer throttles or stumbles. Wait with ``clock.sleep`` only."""

    timeout: float = 60.0
    clock: Clock = field(default_factory=lambda: Clock(time.monotonic, time.sleep))


class TrafficError(FleetError):
    """The balancer could not be asked, or did not do what it was told. Names the balancer and the way out."""


class ChangedError(TrafficError):
    """Somebody else moved traffic since we looked; nothing was written."""


class Adapter(Protocol):
    """One balancer. ``observe`` and ``shift`` are called from one thread; the other two from many at once.

    They raise TrafficError or ArgumentError, never an SDK's own error: one sentence, without secrets.
    """

    grain: ClassVar[str]

    def observe(self) -> Standing:
        """What stands now."""

    def shift(self, shares: Mapping[str, int], seen: Standing) -> Standing:
        """Give every pool its share, with one writing request; what stands afterwards, read back.

        ``shares`` has every pool of the balancer and sums to 100. Looks again before it writes: where ``version`` is
        not that of ``seen``, ChangedError, and nothing is written. Returns when the new shares are in force. A pool
        that is to get a share and has no member is refused. What comes out wrong half-way is said with what stands.
        """

    def take_out(self, host: str, patience: Patience) -> None:
        """No new connections to this member; wait, within patience, for those under way to end. Fine to be said
        twice. Decided shares stay as they are."""

    def put_back(self, host: str, patience: Patience) -> None:
        """Undo that, also when it never happened or the host is new; wait until the balancer finds it well.

        Raises TrafficError where it does not within patience: then it is in use again nevertheless."""


def changed(who: str, seen: Standing, found: Standing) -> ChangedError:
    """The sentence for somebody else's hand."""
    return ChangedError(
        f"{who}: its shares were changed by somebody else: {written(percent(seen.weights))} when it was looked at, "
        f"{written(percent(found.weights))} now; nothing was overwritten: see who it was, and start again."
    )


def missing(package: str, adapter: str) -> ArgumentError:
    """Ansible's usual sentence for a package that is not installed."""
    return ArgumentError(missing_required_lib(package, reason=f"to move traffic with {adapter}"))
