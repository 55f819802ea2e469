# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: where a cloud's API finds a machine, by the ids that the contract has."""

from __future__ import annotations

import re
from typing import NamedTuple

from .._errors import HostError
from .._model.host_key import Machine

_REGION = re.compile(r"([a-z]{2}(?:-[a-z]+){1,3}-[0-9]{1,2})(?:[a-z]|-.+)?")
_INSTANCE = re.compile(r"i-[0-9a-f]{8,17}")
_GCP = re.compile(r"(?:.*/)?projects/([^/]+)/zones/([^/]+)/instances/([^/]+)")
_AZURE = re.compile(
    r"/subscriptions/([^/]+)/resourceGroups/([^/]+)/providers/Microsoft\.Compute/virtualMachines/([^/]+)", re.I
)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)


class AwsPlace(NamedTuple):
    region: str
    instance: str


class GcpPlace(NamedTuple):
    project: str
    zone: str
    instance: str


class AzurePlace(NamedTuple):
    subscription: str
    group: str
    machine: str


def aws_place(machine: Machine) -> AwsPlace:
    """Raises HostError, as the others do, where the ids are not those of that cloud's machines."""
    region = _REGION.fullmatch(machine.zone)
    if region is None or not _INSTANCE.fullmatch(machine.id):
        raise _wrong(machine, "an instance (i-…) in an availability zone")
    return AwsPlace(region.group(1), machine.id)


def gcp_place(machine: Machine) -> GcpPlace:
    found = _GCP.fullmatch(machine.id)
    if found is None:
        raise _wrong(machine, "an instance (projects/…/zones/…/instances/…)")
    return GcpPlace(*found.groups())


def azure_place(machine: Machine) -> AzurePlace:
    place = azure_machine(machine.id)
    if place is None:
        raise _wrong(machine, "a virtual machine (/subscriptions/…/virtualMachines/…)")
    return place


def azure_machine(name: str) -> AzurePlace | None:
    """Where a resource id leads; None where it is not that of a virtual machine."""
    found = _AZURE.fullmatch(name)
    return AzurePlace(*found.groups()) if found else None


def openstack_place(machine: Machine) -> str:
    if not _UUID.fullmatch(machine.id):
        raise _wrong(machine, "a server (a UUID)")
    return machine.id


def _wrong(machine: Machine, what: str) -> HostError:
    return HostError(
        machine.name,
        f"its id {machine.id} in zone {machine.zone} is not that of {what}, so its console on {machine.cloud} cannot "
        "be read; correct the contract, or give its keys by hand as host_keys.",
    )
