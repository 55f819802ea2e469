# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: Consul: its maintenance mode, by the agent on the host, and what its checks say."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from .._http import Answer, HttpError
from .model import HOST, Patience, Served
from .rest import Rest, read_json
from .said import maybe, rest, text

TOKEN = "X-Consul-Token"
_OF_MAINTENANCE = "_node_maintenance"
_OF_SERVICES = "_service_maintenance:"


@dataclass(frozen=True)
class Agent:
    """The agent of one host; only it can put its node, or one ``service`` (its ID), into maintenance.

    ``reason`` is kept in Consul, and tells our maintenance from anybody else's.
    """

    rest: Rest
    service: str | None
    reason: str

    def drain(self) -> None:
        """Raises HttpError."""
        if self._reason_given() is None:
            self._put({"enable": "true", "reason": self.reason})

    def undrain(self) -> None:
        """End what drain began. Maintenance for another reason stays. Raises HttpError."""
        if self._reason_given() == self.reason:
            self._put({"enable": "false"})

    def needs(self, do: str) -> bool:
        """Whether drain or undrain would change anything. Raises HttpError."""
        given = self._reason_given()
        return given is None if do == "drain" else given == self.reason

    def _put(self, query: Mapping[str, str]) -> None:
        path = "/v1/agent/maintenance"
        if self.service is not None:
            path = f"/v1/agent/service/maintenance/{urllib.parse.quote(self.service, safe='')}"
        _good(
            self.rest.who, self.rest.ask("PUT", path, query), "node:write" if self.service is None else "service:write"
        )

    def _reason_given(self) -> str | None:
        """Why it is in maintenance; None where it is not."""
        answer = _good(self.rest.who, self.rest.ask("GET", "/v1/agent/checks"), "node:read")
        checks = read_json(self.rest.who, answer)
        name = _OF_MAINTENANCE if self.service is None else f"{_OF_SERVICES}{self.service}"
        found = checks.get(name) if isinstance(checks, dict) else None
        return str(found.get("Notes") or "") if isinstance(found, dict) else None


@dataclass(frozen=True)
class Checks:
    """What Consul's checks say of a node; ``service`` (its name) leaves out those of other services."""

    rest: Rest
    service: str | None
    datacenter: str | None = None

    def wrong(self, node: str) -> str | None:
        """Why the node is not well, in a few words. Maintenance is no illness. Raises HttpError."""
        query = {"dc": self.datacenter} if self.datacenter else None
        path = f"/v1/health/node/{urllib.parse.quote(node, safe='')}"
        answer = _good(self.rest.who, self.rest.ask("GET", path, query), "node:read and service:read")
        found = read_json(self.rest.who, answer)
        checks = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
        return judge(checks, node, self.service)


def judge(checks: Sequence[Mapping[str, Any]], node: str, service: str | None) -> str | None:
    """Why checks of a node are not as they should be; None where they are."""
    if not checks:
        return f"Consul has no node {node}"
    if service is not None and not any(check.get("ServiceName") == service for check in checks):
        return f"Consul has no check of {service} on {node}"
    ill = [
        f"{check.get('Name') or check.get('CheckID')} is {check.get('Status')}"
        for check in checks
        if check.get("Status") != "passing"
        and not str(check.get("CheckID")).startswith((_OF_MAINTENANCE, _OF_SERVICES))
        and (service is None or check.get("ServiceName") in ("", None, service))
    ]
    more = f" and {len(ill) - 3} more" if len(ill) > 3 else ""
    return f"Consul: {', '.join(ill[:3])}{more}" if ill else None


def _good(who: str, answer: Answer, right: str) -> Answer:
    if answer.status == 200:
        return answer
    if answer.status in (401, 403):
        raise HttpError(f"{who}: it refuses the token ({answer.status}): give one that has {right}.")
    if answer.status == 404:
        raise HttpError(f"{who}: it knows no such service or path (404): see that service is an ID there, and the url.")
    raise HttpError(f"{who}: it did not do what it was asked to ({answer.status}): see to it, or try again later.")


class ConsulDrain:
    scope: ClassVar[str] = HOST

    def drain(self, host: Served, patience: Patience) -> None:
        _agent(host, patience).drain()

    def undrain(self, host: Served, patience: Patience) -> None:
        _agent(host, patience).undrain()

    def needs(self, do: str, host: Served, patience: Patience) -> bool | None:
        return _agent(host, patience).needs(do)


class ConsulGate:
    scope: ClassVar[str] = HOST
    serving: ClassVar[bool] = False

    def ask(self, host: Served, patience: Patience) -> str | None:
        checks = Checks(_rest(host, patience), maybe(host, "service"), maybe(host, "datacenter"))
        return checks.wrong(text(host, "node", host.name))


def _agent(host: Served, patience: Patience) -> Agent:
    return Agent(_rest(host, patience), maybe(host, "service"), text(host, "reason", "atomic.fleet"))


def _rest(host: Served, patience: Patience) -> Rest:
    """By default the agent on the host itself, where it listens for others."""
    address = f"[{host.address}]" if ":" in host.address else host.address
    token = maybe(host, "token")
    url = text(host, "url", f"http://{address}:8500")
    return rest("Consul", host, url, patience, {TOKEN: token} if token else {})
