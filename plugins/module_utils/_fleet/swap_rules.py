# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what a user says of a swap -> its rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._errors import ArgumentError
from .._model.gate import Gate
from .._model.policy import Policy
from .._model.swap import SwapRules
from .amounts import at_most, budget
from .named_words import Kind, named_words
from .reader import Reader
from .service_words import GATES
from .shares import WHOLE

_DIGITS = re.compile(r"[0-9]{1,9}", re.ASCII)
# they ask about the service as a whole; all others are about a host
SWAP_GATES: Mapping[str, Kind] = {name: GATES[name] for name in ("http", "prometheus", "tcp")}
# what a user may say: share of the new pool, how long it is watched, and so on
DEFAULTS: Mapping[str, Any] = {
    "steps": [5, 25, WHOLE],
    "bake_time": "5m",
    "gates": [],
    "drain_time": "5m",
    "hold_time": 0,
    "health_timeout": "2m",
}


def parse_rules(said: Mapping[str, Any], policy: Policy, live: int, new: int) -> SwapRules:
    """``live`` hosts carry the traffic now, ``new`` hosts are to. Raises ArgumentError."""
    read = Reader("fleet_swap", {})
    words = {name: default if said.get(name) is None else said[name] for name, default in DEFAULTS.items()}
    return SwapRules(
        steps=_steps(words["steps"]),
        bake_time=_seconds(read, words, "bake_time"),
        gates=_gates(read, words["gates"]),
        drain_time=_seconds(read, words, "drain_time"),
        hold_time=_seconds(read, words, "hold_time"),
        health_timeout=_seconds(read, words, "health_timeout"),
        floor=max(live - at_most(policy.max_unavailable, live), 1 if live else 0),
        budget=budget(policy.failure_budget, new),
    )


def _seconds(read: Reader, words: Mapping[str, Any], name: str) -> float:
    """A number that came as a text, from a command line, is seconds."""
    value = words[name]
    return read.seconds(name, int(value) if isinstance(value, str) and _DIGITS.fullmatch(value) else value)


def _steps(value: Any) -> tuple[int, ...]:
    steps = [int(one) if isinstance(one, str) and one.isascii() and one.isdigit() else one for one in value]
    whole = all(isinstance(one, int) and not isinstance(one, bool) and 0 < one <= WHOLE for one in steps)
    if not steps or not whole or sorted(set(steps)) != steps or steps[-1] != WHOLE:
        raise ArgumentError(
            f"fleet_swap: steps is {value}; it is a list of percentages that rise to 100, such as [5, 25, 100]."
        )
    return tuple(steps)


def _gates(read: Reader, value: Any) -> tuple[Gate, ...]:
    return named_words(read, "gates", value, SWAP_GATES)
