# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: looking at how a host is secured, as a talk of one round trip."""

from __future__ import annotations

from collections.abc import Sequence

from .._model.host_posture import HostPosture
from .._model.talk import Talk
from .observe import observe


def look(host: str, verify: Sequence[str] = ()) -> Talk[HostPosture]:
    """The host as it is now. UnreachableError, or HostError where it is no ostree host."""
    state = yield from observe(host)
    return HostPosture(host, state=state)
