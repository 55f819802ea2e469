# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: Azure's documents on a backend pool of its load balancer, and on what stands behind it."""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# An address with the admin state None gets traffic while it answers the probe, one with Up whether it does or not.
DOWN, PROBED = "Down", "None"
_SETTLED = ("", "succeeded")
_MOVING = ("updating", "creating", "deleting")
# Azure's words for a state that is not the probe's opinion
_BY_ADMIN = ("Up_Admin", "Down_Admin")
_ALL_SICK = "Up_Probe_AllDownIsUp"


@dataclass(frozen=True)
class Slot:
    """A host as a backend pool knows it: by the name and the private address of its machine."""

    host: str
    pool: str
    machine: str
    address: str


@dataclass(frozen=True)
class Entry:
    """An address of the backend pool; ``host`` is None where it is none of ours."""

    name: str
    address: str
    state: str
    host: str | None

    @property
    def up(self) -> bool:
        return self.state.lower() != DOWN.lower()


@dataclass(frozen=True)
class Backend:
    """The backend pool as it stands. ``provisioning`` is Azure's word for whether that is in force."""

    document: Mapping[str, Any]
    etag: str
    provisioning: str
    drain: int | None
    entries: tuple[Entry, ...]

    @property
    def settled(self) -> bool:
        return self.provisioning.lower() in _SETTLED

    @property
    def moving(self) -> bool:
        return self.provisioning.lower() in _MOVING

    @property
    def up(self) -> dict[str, bool]:
        """Every host that has an entry."""
        return {entry.host: entry.up for entry in self.entries if entry.host is not None}

    @property
    def strangers(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.host is None)

    @property
    def mark(self) -> str:
        """The same for the same entries in the same states."""
        said = json.dumps(sorted((entry.name, entry.up) for entry in self.entries))
        return hashlib.sha256(said.encode()).hexdigest()


def read_backend(document: Mapping[str, Any], slots: Iterable[Slot]) -> Backend:
    """What Azure says of a backend pool. An entry is a host's by its name, or else by its address."""
    properties = _part(document, "properties")
    found = [entry for entry in properties.get("loadBalancerBackendAddresses") or () if isinstance(entry, Mapping)]
    by_name = {slot.machine.lower(): slot.host for slot in slots}
    named = {by_name.get(_text(entry, "name").lower()) for entry in found}
    by_address = {slot.address: slot.host for slot in slots if slot.host not in named}
    entries = []
    for entry in found:
        name, address = _text(entry, "name"), _text(_part(entry, "properties"), "ipAddress")
        host = by_name.get(name.lower()) or by_address.pop(address, None)
        entries.append(Entry(name, address, _text(_part(entry, "properties"), "adminState") or PROBED, host))
    drain = properties.get("drainPeriodInSeconds")
    return Backend(
        document,
        _text(document, "etag"),
        _text(properties, "provisioningState"),
        drain if isinstance(drain, int) and not isinstance(drain, bool) and drain > 0 else None,
        tuple(entries),
    )


def rewritten(
    backend: Backend,
    states: Mapping[str, bool],
    slots: Mapping[str, Slot],
    network: str,
    drain: int | None = None,
    gone: Collection[str] = (),
) -> dict[str, Any]:
    """The whole pool as it is to be: hosts of ``states`` up or down, and entered where they are not; entries that are
    called like one of ``gone`` left out; all else as it was."""
    document: dict[str, Any] = copy.deepcopy(dict(backend.document))
    properties = document.setdefault("properties", {})
    host_of = {entry.name: entry.host for entry in backend.entries}
    kept = [one for one in properties.get("loadBalancerBackendAddresses") or () if one.get("name") not in gone]
    for one in kept:
        host = host_of.get(one.get("name"))
        if host is not None and host in states:
            # the contract's address: a machine that was made anew under its old name may have another one
            one.setdefault("properties", {}).update(
                adminState=PROBED if states[host] else DOWN, ipAddress=slots[host].address
            )
    # where the pool as a whole names its network, Azure wants none at its addresses
    where = {} if properties.get("virtualNetwork") else {"virtualNetwork": {"id": network}}
    kept += [
        {
            "name": slots[host].machine,
            "properties": {
                "ipAddress": slots[host].address,
                **where,
                "adminState": PROBED if states[host] else DOWN,
            },
        }
        for host in sorted(set(states) - set(backend.up))
    ]
    properties["loadBalancerBackendAddresses"] = kept
    if drain is not None:
        properties["drainPeriodInSeconds"] = drain
    return document


def is_of_fleet(name: str, fleet: str, pools: Iterable[str]) -> bool:
    """Whether a machine is called as the Terraform module calls those of a fleet: FLEET-POOL-NUMBER-IMAGE."""
    words = "|".join(re.escape(pool) for pool in pools)
    return re.fullmatch(rf"{re.escape(fleet)}-(?:{words})-[0-9]{{1,5}}-[0-9a-f]{{6}}", name) is not None


def read_health(document: Mapping[str, Any]) -> dict[str, tuple[bool | None, str]]:
    """Address -> what the rule's probe says of it: well, sick or None for neither; and in Azure's words."""
    found = {}
    for one in document.get("loadBalancerBackendAddresses") or ():
        state, reason = _text(one, "state"), _text(one, "reason")
        well: bool | None = {"up": True, "down": False}.get(state.lower())
        if reason == _ALL_SICK:
            well = False
        elif reason in _BY_ADMIN:
            well = None
        found[_text(one, "ipAddress")] = (well, ", ".join(word for word in (state, reason) if word))
    return found


def read_machine(document: Mapping[str, Any]) -> str:
    """What is the matter with a virtual machine, in a few words; nothing where it runs."""
    said = []
    for status in document.get("statuses") or ():
        kind, _slash, state = _text(status, "code").partition("/")
        word, _slash, why = state.partition("/")
        if kind == "PowerState" and word.lower() != "running":
            said.append(f"its machine is {word.lower()}")
        elif kind == "ProvisioningState" and word.lower() not in ("succeeded", "updating"):
            said.append(f"its machine's provisioning is {word.lower()}{f' ({why})' if why else ''}")
    return ", ".join(said)


def _part(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = document.get(key)
    return found if isinstance(found, Mapping) else {}


def _text(document: Mapping[str, Any], key: str) -> str:
    found = document.get(key)
    return found if isinstance(found, str) else ""
