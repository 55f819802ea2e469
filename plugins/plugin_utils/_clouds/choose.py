# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: which adapter moves a balancer's traffic. SDKs are loaded where they are used."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from ...module_utils._errors import ArgumentError
from ...module_utils._model.contract import Balancer
from ...module_utils._model.traffic import PoolHost
from .model import Adapter, Limits

# what the contract calls it -> the file here, which has open_adapter
_FILES = {
    "aws_elbv2": "aws_elbv2",
    "azure_lb": "azure_lb",
    "gcp_backend_service": "gcp_backend_service",
    "gcp_url_map": "gcp_url_map",
    "haproxy": "haproxy",
    "octavia": "octavia",
}


def open_adapter(balancer: Balancer, hosts: Sequence[PoolHost], limits: Limits) -> Adapter:
    """The adapter of a balancer; ``hosts`` are all those of its pools. Raises ArgumentError: a setting or an SDK is
    missing. Nothing is asked yet."""
    file = _FILES.get(balancer.adapter)
    if file is None:
        raise ArgumentError(
            f"{balancer.name}: its adapter is {balancer.adapter!r}; there are {', '.join(sorted(_FILES))}."
        )
    module = import_module(f".{file}", __package__)
    adapter: Adapter = module.open_adapter(balancer, tuple(hosts), limits)
    return adapter
