# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what a swap did, and what we last did with each balancer, in the fleet's store.

swaps/swap-….jsonl           one line an event: {"at": seconds since the epoch, "kind": …, "text": …, …}
traffic/BALANCER.json        the shares we left, and those we were about to make
"""

from __future__ import annotations

import getpass
import json
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from ..module_utils._errors import FleetError
from ..module_utils._model.swap import TrafficRecord
from ._files import Address
from ._journal import now
from ._store import Store
from ._swap_report import render_swap
from ._swap_story import read_swap


class SwapJournal:
    """``say`` shows each event to people, ``clock`` gives seconds since the epoch."""

    def __init__(
        self, store: Store, run: str, say: Callable[[str], None], clock: Callable[[], float] = time.time
    ) -> None:
        self.events: list[dict[str, Any]] = []
        self._store = store
        self._run = run
        self._name = f"swaps/{run}.jsonl"
        self._say = say
        self._clock = clock

    @property
    def address(self) -> Address:
        return self._store.files.address(self._name)

    def write(self, kind: str, text: str, **more: Any) -> None:
        """One event; on disk before anything else happens."""
        self.events.append({"at": round(self._clock(), 3), "kind": kind, "text": text, **more})
        lines = "".join(json.dumps(event, sort_keys=True) + "\n" for event in self.events)
        self._store.files.write(self._name, lines)
        self._say(text)

    def report(self, fleet: str) -> Address:
        """The page that shows it."""
        page = render_swap(fleet, read_swap(self.events))
        return self._store.files.write(f"reports/{self._run}.html", page)

    def record(self, balancer: str) -> TrafficRecord | None:
        """What we last did with that balancer, on whatever controller that shares the store."""
        found = self._store.files.read(_record(balancer))
        if found is None:
            return None
        try:
            return TrafficRecord(**json.loads(found))
        except (ValueError, TypeError):
            raise FleetError(
                f"{self._store.files.address(_record(balancer))}: this is not what a swap writes; remove the file."
            ) from None

    def intend(self, balancer: str, shares: Mapping[str, int], intended: Mapping[str, int]) -> None:
        """Written before traffic moves, so that whoever comes after a kill knows both for ours."""
        record = TrafficRecord(dict(shares), dict(intended), now(), _who())
        self._store.files.write(_record(balancer), json.dumps(asdict(record), sort_keys=True) + "\n")


def _record(balancer: str) -> str:
    return f"traffic/{balancer}.json"


def _who() -> str:
    return f"{getpass.getuser()}@{socket.gethostname()}"
