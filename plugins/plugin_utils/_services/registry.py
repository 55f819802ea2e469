# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: which class knows a kind of drain or gate. Their words stand in module_utils/_fleet:
drain_policy.py and service_gates.py."""

from __future__ import annotations

from collections.abc import Mapping

from .ceph import CephDrain, CephGate
from .command import CommandDrain
from .consul import ConsulDrain, ConsulGate
from .fleet_lock import FleetLockDrain
from .haproxy import HAProxyDrain, HAProxyGate
from .http import HttpGate, TcpGate
from .kubernetes import KubernetesDrain, KubernetesGate
from .model import ServiceDrain, ServiceGate
from .prometheus import PrometheusGate
from .traffic import TrafficDrain, TrafficGate

DRAINS: Mapping[str, type[ServiceDrain]] = {
    "ceph": CephDrain,
    "command": CommandDrain,
    "consul": ConsulDrain,
    "fleet_lock": FleetLockDrain,
    "haproxy": HAProxyDrain,
    "kubernetes": KubernetesDrain,
    "traffic": TrafficDrain,
}
GATES: Mapping[str, type[ServiceGate]] = {
    "ceph": CephGate,
    "consul": ConsulGate,
    "haproxy": HAProxyGate,
    "http": HttpGate,
    "kubernetes": KubernetesGate,
    "prometheus": PrometheusGate,
    "tcp": TcpGate,
    "traffic": TrafficGate,
}
