# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what an amount comes to, as a number of hosts."""

from __future__ import annotations

import math

from .._model.policy import Amount


def at_most(amount: Amount, hosts: int) -> int:
    """A limit as a number of hosts: a share is rounded down, but lets at least one host go."""
    return max(1, amount.value * hosts // 100) if amount.percent else amount.value


def at_least(amount: Amount, hosts: int) -> int:
    """A size as a number of hosts: a share is rounded up."""
    return math.ceil(amount.value * hosts / 100) if amount.percent else amount.value


def budget(amount: Amount, hosts: int) -> int:
    """A budget as a number of hosts: a share is rounded down, and may come to none."""
    return amount.value * hosts // 100 if amount.percent else amount.value
