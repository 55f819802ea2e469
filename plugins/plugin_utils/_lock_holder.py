# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: who holds a lock, as it stands beside the lock."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from . import _lock_keeper as keeper

FLEET_LOCK = "fleet"


@dataclass(frozen=True)
class Holder:
    """Who holds a lock. ``pid`` and ``start`` are the keeper's, ``main`` and ``main_start`` the playbook's; ``lock`` is
    the lock's name, ``plan`` what is applied."""

    fleet: str
    run: str
    user: str
    host: str
    since: str
    main: int
    main_start: int
    pid: int = 0
    start: int = 0
    lock: str = FLEET_LOCK
    plan: str = ""

    def __str__(self) -> str:
        return f"{self.user}@{self.host} (pid {self.main}, since {self.since}, run {self.run})"

    @property
    def is_gone(self) -> bool:
        """Whether its keeper is known to be dead: only where it was on this machine."""
        return self.host == socket.gethostname() and keeper.started(self.pid) != self.start


def parse_holder(said: bytes | None) -> Holder | None:
    with suppress(ValueError, TypeError):
        return Holder(**json.loads(said or b"null"))
    return None


def local_holders(root: Path) -> Iterator[Holder]:
    for path in sorted((root / "lock").glob("*.json")):
        with suppress(OSError):
            found = parse_holder(path.read_bytes())
            if found is not None:
                yield found
