# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: shares by capacity, where a balancer fills each pool in proportion to what it may take.

What a pool may take is its capacity times a scaler of 0, or of 10 to 100 hundredths: nothing lies between 0 and 10.
"""

from __future__ import annotations

from collections.abc import Mapping

LEAST, MOST = 10, 100


def scalers(shares: Mapping[str, int], capacities: Mapping[str, float]) -> dict[str, int]:
    """The scaler of each pool in hundredths, as near to its share as there is one; a share that is not 0 has one.

    The pool that has most to give per unit of capacity is at 100, so that no capacity is lost. Every pool with a share
    needs a capacity above 0.
    """
    each = {pool: share / capacities[pool] if share else 0.0 for pool, share in shares.items()}
    top = max(each.values(), default=0.0)
    return {pool: max(round(part / top * MOST), LEAST) if part else 0 for pool, part in each.items()}


def weights(capacities: Mapping[str, float]) -> dict[str, int]:
    """What pools may take, scaled, in whatever unit -> whole numbers in the same proportion: thousandths of it."""
    return {pool: max(round(capacity * 1000), 1) if capacity > 0 else 0 for pool, capacity in capacities.items()}
