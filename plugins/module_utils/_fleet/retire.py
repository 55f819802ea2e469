# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the variable ``pools`` of a Terraform project, with some of them emptied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._errors import ArgumentError


def retired_pools(variables: Mapping[str, Any], names: Sequence[str], project: str) -> dict[str, Any]:
    """``variables`` are those that a plan was made with. Raises ArgumentError where a pool is none of the project's.

    A retired pool keeps its place behind the balancer, and has no hosts.
    """
    pools = variables.get("pools")
    if not isinstance(pools, Mapping) or not all(isinstance(pool, Mapping) for pool in pools.values()):
        raise ArgumentError(
            f"{project} has no variable `pools` that maps names to pools, so none of them can be retired."
        )
    for name in names:
        if name not in pools:
            known = ", ".join(sorted(map(str, pools))) or "none"
            raise ArgumentError(f"{project} has no pool {name!r} (it has: {known}): correct `retire`.")
    return {name: {**pool, "size": 0} if name in names else dict(pool) for name, pool in pools.items()}
