# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what reads the consoles of which cloud."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...module_utils._errors import HostError
from ...module_utils._model.host_key import Machine
from . import aws, azure, gcp, openstack
from .model import Console

_CLOUDS: Mapping[str, Callable[[], Console]] = {
    "aws": aws.open_console,
    "azure": azure.open_console,
    "gcp": gcp.open_console,
    "openstack": openstack.open_console,
}


def open_console(machine: Machine) -> Console:
    """Raises HostError where machines of the cloud have no console that could be read, ArgumentError where the cloud's
    SDK is missing."""
    if machine.cloud not in _CLOUDS:
        raise HostError(
            machine.name,
            f"machines on {machine.cloud or 'no known cloud'} have no console that could be read "
            f"({', '.join(_CLOUDS)}); give its keys by hand as host_keys.",
        )
    return _CLOUDS[machine.cloud]()
