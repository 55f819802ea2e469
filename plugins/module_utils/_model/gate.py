# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: something by its kind and the words given with it: a gate to pass, or a drain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Seconds.
PATIENCE = 30.0


@dataclass(frozen=True)
class Gate:
    """What a host must pass. ``words`` are plain values (text, numbers, flags, tuples of them) by their names.

    ``timeout`` is how many seconds one asking may take, and how long it is asked anew until the host passes.
    """

    kind: str
    words: Mapping[str, Any] = field(default_factory=dict)
    timeout: float = PATIENCE
