# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: which class knows a kind of drain or gate. Their words stand in module_utils/_fleet:
drain_policy.py and service_gates.py."""

from __future__ import annotations

from collections.abc import Mapping

from .command import CommandDrain
from .http import HttpGate, TcpGate
from .model import ServiceDrain, ServiceGate

DRAINS: Mapping[str, type[ServiceDrain]] = {"command": CommandDrain}
GATES: Mapping[str, type[ServiceGate]] = {"http": HttpGate, "tcp": TcpGate}
