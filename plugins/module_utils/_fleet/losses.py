# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: which hosts a Terraform plan takes away, for good or for a while, and how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .._model.contract import Fleet, FleetHost
from .._model.terraform import FORGET, UPDATE, Loss, PlannedChange, SeenResource, TerraformPlan
from .providers import IDENTITY, REBUILDS, STOPS, SWITCHES


def known_as(fleet: Fleet, plan: TerraformPlan) -> dict[str, FleetHost]:
    """From everything a machine is known by, its id and addresses among it, to the host of the contract."""
    hosts = {host.id: host for host in fleet.hosts}
    names = {host.name: host for host in fleet.hosts}
    known = dict(hosts)
    for resource in plan.seen:
        if resource.type in STOPS:
            aliases = tuple(_aliases(resource.values))
            host = next((hosts[alias] for alias in aliases if alias in hosts), None) or names.get(_of_the_lab(resource))
            if host is not None:
                known.update(dict.fromkeys(aliases, host))
    for host in fleet.hosts:
        known.setdefault(host.ssh.address, host)
        known.setdefault(host.name, host)
    return known


def _aliases(values: Mapping[str, object]) -> Iterator[str]:
    for name in IDENTITY:
        value = values.get(name)
        if isinstance(value, str) and value:
            yield value
        elif isinstance(value, list):
            yield from (str(item) for item in value)
    interfaces = values.get("network_interface")
    for interface in interfaces if isinstance(interfaces, list) else ():
        if isinstance(interface, dict) and interface.get("network_ip"):
            yield str(interface["network_ip"])


def _of_the_lab(resource: SeenResource) -> str:
    given = resource.values.get("input")
    return str(given.get("host", "")) if resource.type == "terraform_data" and isinstance(given, dict) else ""


def find_losses(plan: TerraformPlan, known: Mapping[str, FleetHost]) -> Iterator[Loss]:
    told: set[str] = set()
    for change in plan.changes:
        if change.before is None or change.deposed:
            continue
        host, how = _hit(change, known)
        if host is not None and how and host.name not in told:
            told.add(host.name)
            yield Loss(host.name, host.pool, change.address, how, gone=change.removes, unfit=change.tainted)


def _hit(change: PlannedChange, known: Mapping[str, FleetHost]) -> tuple[FleetHost | None, str]:
    """The host that a change takes away or stops, and how, in words; no words where it does neither."""
    before = change.before or {}
    if change.type in SWITCHES:
        return known.get(str(before.get(SWITCHES[change.type]))), "switched"
    if change.type not in STOPS:
        return None, ""
    resource = SeenResource(change.address, change.type, before)
    alias = next((alias for alias in (*_aliases(before), _of_the_lab(resource)) if alias in known), "")
    host = known.get(alias)
    if change.tainted:
        return host, "replaced (tainted)"
    if change.replaces:
        return host, f"replaced ({', '.join(change.reasons)} changes)" if change.reasons else "replaced"
    if change.removes:
        return host, "destroyed"
    if change.actions == FORGET:
        return host, "forgotten"
    changed = _changed(change) if change.actions == UPDATE else set()
    for word, attributes in (("rebuilt", REBUILDS.get(change.type, frozenset())), ("stopped", STOPS[change.type])):
        if found := sorted(attributes & changed):
            return host, f"{word} ({', '.join(found)} changes)"
    return host, ""


def _changed(change: PlannedChange) -> set[str]:
    before, after = change.before or {}, change.after or {}
    unknown = change.unknown if isinstance(change.unknown, dict) else {}
    return {name for name in {*before, *after, *unknown} if before.get(name) != after.get(name) or unknown.get(name)}
