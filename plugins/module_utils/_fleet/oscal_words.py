# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the words of OSCAL: names that stay, properties, lines."""

from __future__ import annotations

from typing import Any

from .._model.audit import Audit, Judged, Waiver
from .stable_uuid import stable_uuid
from .text import printable

OSCAL_NAMESPACE = "https://github.com/atomic-fleet/atomic.fleet/ns/oscal"
TOOL = stable_uuid("tool", "atomic.fleet")


class Names:
    """The identifiers in one document. What is the fleet's (a host, a risk, an owner) keeps its own from audit to
    audit; what was seen is of this audit alone. ``name`` is the audit's id."""

    def __init__(self, audit: Audit, name: str) -> None:
        self.fleet = audit.fleet
        self.name = name

    def lasting(self, *names: str) -> str:
        return stable_uuid(self.fleet, *names)

    def once(self, *names: str) -> str:
        return stable_uuid(self.name, *names)

    def host(self, host: str) -> str:
        return self.lasting("host", host)

    def owner(self, owner: str) -> str:
        return self.lasting("party", owner)

    def observation(self, one: Judged) -> str:
        return self.once("observation", *one.key)

    def calm(self, check: str, outcome: str) -> str:
        """The observation of all hosts on which a check gave that outcome."""
        return self.once("observations", check, outcome)

    def risk(self, check: str, waiver: Waiver | None) -> str:
        return self.lasting("risk", check, *([] if waiver is None else [waiver.hosts, waiver.subject, waiver.owner]))


def origin() -> dict[str, Any]:
    return {"actors": [{"type": "tool", "actor-uuid": TOOL}]}


def prop(name: str, value: str) -> dict[str, Any]:
    return {"name": name, "ns": OSCAL_NAMESPACE, "value": one_line(value)}


def party(uuid: str, owner: str) -> dict[str, Any]:
    found: dict[str, Any] = {"uuid": uuid, "type": "person", "name": one_line(owner)}
    name, _at, domain = owner.partition("@")
    if name and "." in domain and " " not in owner:
        found["email-addresses"] = [owner]
    return found


def one_line(text: str) -> str:
    """One line that is not empty and has no blank at its ends, which is what a value of OSCAL has to be."""
    return printable(" ".join(text.split())) or "-"
