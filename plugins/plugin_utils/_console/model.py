# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what reads the consoles of one cloud's machines."""

from __future__ import annotations

from typing import Any, Protocol

from ansible.module_utils.basic import missing_required_lib

from ...module_utils._errors import ArgumentError, HostError
from ...module_utils._model.host_key import Machine


class Console(Protocol):
    """Asked from one thread at a time: not every SDK allows for more."""

    def read(self, machine: Machine) -> str:
        """What the machine's console shows by now, which may be nothing. Raises HostError or ArgumentError."""


def missing(package: str, cloud: str) -> ArgumentError:
    return ArgumentError(missing_required_lib(package, reason=f"to read consoles on {cloud}"))


def refused(machine: Machine, error: Any) -> HostError:
    """The sentence for what the cloud's API said."""
    said = " ".join(str(error).split())[:300].rstrip(".")
    return HostError(machine.name, f"its console on {machine.cloud} cannot be read: {said or type(error).__name__}.")
