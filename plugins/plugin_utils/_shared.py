# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: whether store and lock protect the fleet where this controller runs."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..module_utils._errors import ArgumentError
from ._store import Store


def check_shared(store: Store, lock: str | None, allow_local: bool, environment: Mapping[str, str]) -> None:
    """Raises ArgumentError where others could change the fleet at the same time, or what is written down is lost."""
    if lock:
        shared = store.remote is not None or lock.startswith("file:")
    else:
        shared = False
        if store.remote is not None:
            raise ArgumentError(
                f"The store {store.place} is shared, and without fleet_lock every controller has a lock of its own; "
                "name a lock server with fleet_lock, or a folder of this machine (file:///…) where it is the only one."
            )
    if not shared and not allow_local and in_awx(environment):
        raise ArgumentError(
            f"This is a job of AWX, and the store {store.place} ends with it, so neither journal nor lock would "
            "protect the fleet; give fleet_store and fleet_lock as URLs, or say allow_local_store=true."
        )


def in_awx(environment: Mapping[str, str]) -> bool:
    """AWX and Automation Platform run jobs in containers that nothing outlives."""
    return "AWX_HOST" in environment or ("JOB_ID" in environment and os.path.isdir("/runner"))
