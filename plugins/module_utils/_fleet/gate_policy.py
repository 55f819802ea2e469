# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the gates of a policy: which kinds there are, and what their words are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._model.gate import Gate
from .named_words import ALWAYS, Kind, named_words
from .reader import Reader

KINDS: Mapping[str, Kind] = {
    "deployment": Kind(ALWAYS),
    "failed_units": Kind(ALWAYS),
    "greenboot": Kind(ALWAYS),
}


def gates(read: Reader, key: str, value: Any) -> tuple[Gate, ...]:
    return named_words(read, key, value, KINDS)
