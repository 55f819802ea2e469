# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a lock that a task itself holds while something is decided; and who else is there."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from ..module_utils._errors import ArgumentError, FleetError
from . import _lock_keeper as keeper
from ._lock import Lock, prepare, unusable
from ._lock_holder import FLEET_LOCK, Holder, local_holders, parse_holder
from ._lock_url import check_lock_url

DECIDE = "decide"
_PATIENCE = 120.0


def _take(lock: Lock) -> keeper.Held | None:
    told = lock.told
    try:
        return keeper.take(told["folder"], lock.name, told["url"], told["key"])
    except Exception as error:
        raise unusable(lock, " ".join(str(error).split()) or type(error).__name__) from None


@contextmanager
def briefly(lock: Lock) -> Iterator[keeper.Held]:
    """Hold that lock for what is done inside, which is to be short. Raises FleetError."""
    check_lock_url(lock.url)
    prepare(lock)
    end = time.monotonic() + _PATIENCE
    while (held := _take(lock)) is None:
        if time.monotonic() > end:
            raise FleetError(
                f"The lock under which the cells of {lock.fleet} decide was not free for {_PATIENCE:.0f} s."
            )
        time.sleep(random.uniform(0.05, 0.3))
    try:
        yield held
    finally:
        held.free()


def check_neighbours(lock: Lock, plan: str) -> None:
    """Raises ArgumentError where somebody changes the fleet who does not share our budget: the whole of it where this
    is a cell, a cell where this is the whole, or another plan."""
    for other in _holders(lock):
        clash = FLEET_LOCK in (lock.name, other.lock) or other.plan != plan
        if other.lock in (lock.name, DECIDE) or other.is_gone or not clash:
            continue
        theirs = replace(lock, name=other.lock)
        held = _take(theirs)
        if held is None:
            raise ArgumentError(
                f"The {theirs.what} is being changed by {other}, with {other.plan or 'another plan'}; "
                "wait until that is done, or end it."
            )
        held.free()


def _holders(lock: Lock) -> list[Holder]:
    if lock.records is None:
        return list(local_holders(lock.root))
    found = []
    for name in lock.records.names("lock"):
        with suppress(json.JSONDecodeError):
            holder = parse_holder(lock.records.read(f"lock/{name}"))
            found += [holder] if holder is not None else []
    return found
