# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what the contract says of a load balancer of Azure."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from ...module_utils._errors import ArgumentError
from ...module_utils._model.contract import Balancer
from ...module_utils._model.traffic import PoolHost
from ...module_utils._parse.azure_pool import Slot
from ...module_utils._parse.cloud_id import azure_machine
from .azure_arm import Place

_NAMES = ("subscription_id", "resource_group", "load_balancer", "backend_pool", "rule")
_NAME = re.compile(r"[A-Za-z0-9_().-]{1,90}")
_NETWORK = re.compile(
    r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Network/virtualNetworks/[^/]+", re.I
)
_LONGEST_DRAIN = 86400


@dataclass(frozen=True)
class Settings:
    """``known`` are the names of all machines of the contract, also of those that are no hosts of the inventory."""

    place: Place
    network: str
    drain: int | None
    slots: dict[str, Slot]
    known: frozenset[str]


def read_settings(balancer: Balancer, hosts: Sequence[PoolHost]) -> Settings:
    """Raises ArgumentError."""
    who, given = balancer.name, balancer.settings
    lacking = [name for name in (*_NAMES, "virtual_network_id") if not given.get(name)]
    if lacking:
        raise ArgumentError(f"{who}: its settings lack {', '.join(lacking)}; the Terraform module azure gives them.")
    for name in _NAMES:
        if not _NAME.fullmatch(given[name]):
            raise ArgumentError(f"{who}: {name} is {given[name]!r}, which is no name that Azure takes.")
    if not _NETWORK.fullmatch(given["virtual_network_id"]):
        raise ArgumentError(
            f"{who}: virtual_network_id is {given['virtual_network_id']!r}; give the resource id of a virtual network."
        )
    addresses = {share.pool: _addresses(who, share.pool, share.settings.get("addresses")) for share in balancer.shares}
    place = Place(**{name: given[name] for name in _NAMES}, arm_endpoint=_endpoint(who, given.get("arm_endpoint")))
    return Settings(
        place,
        given["virtual_network_id"],
        _drain(who, given.get("drain_period")),
        {host.name: _slot(who, host, addresses.get(host.pool, {})) for host in hosts},
        frozenset(machine.lower() for of_pool in addresses.values() for machine in of_pool),
    )


def _addresses(who: str, pool: str, text: str | None) -> dict[str, str]:
    """Machine -> private address."""
    try:
        found = json.loads(text or "")
        return {str(machine): str(ipaddress.ip_address(address)) for machine, address in found.items()}
    except (ValueError, AttributeError, RecursionError):
        raise ArgumentError(
            f"{who}: addresses of pool {pool} has to be a JSON object of machines and their private addresses; the "
            "Terraform module azure gives it."
        ) from None


def _slot(who: str, host: PoolHost, addresses: dict[str, str]) -> Slot:
    place = azure_machine(host.id)
    machine = place.machine if place else host.id
    if machine not in addresses:
        raise ArgumentError(
            f"{who}: addresses of pool {host.pool} has no machine {machine}, which is {host.name}: take the inventory "
            "anew, so that both are of one apply."
        )
    return Slot(host.name, host.pool, machine, addresses[machine])


def _drain(who: str, text: str | None) -> int | None:
    if not text:
        return None
    seconds = int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0
    if not 0 < seconds <= _LONGEST_DRAIN:
        raise ArgumentError(
            f"{who}: drain_period is {text!r}; give a whole number of seconds from 1 to {_LONGEST_DRAIN}."
        )
    return seconds


def _endpoint(who: str, text: str | None) -> str | None:
    """Tokens go there, so TLS is a must."""
    if not text:
        return None
    try:
        parts = urlsplit(text)
        fits = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits or parts.username or parts.query or parts.fragment or parts.path.strip("/"):
        raise ArgumentError(
            f"{who}: arm_endpoint is to be https:// and a server, such as https://management.azure.com."
        )
    return text
