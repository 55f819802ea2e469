"""A Consul agent that holds to the published HTTP API: methods, parameters, tokens, the shape of answers.

As https://developer.hashicorp.com/consul/api-docs/agent and …/health tell it; error texts are those of Consul 1.x.
"""

from __future__ import annotations

import urllib.parse
from typing import Any

from ansible_collections.atomic.fleet.tests.unit.plugins.loopback import Question, Reply

DENIED = Reply(403, "Permission denied: anonymous token lacks permission 'node:write' on \"web1\"")


class ConsulRules:
    """One agent, whose node has a service `web` with ID `web-1`."""

    def __init__(self, node: str = "web1", token: str | None = None) -> None:
        self.node = node
        self.token = token
        self.checks: dict[str, dict[str, Any]] = {}
        self.put("serfHealth", "Serf Health Status")
        self.put("service:web-1", "Service 'web' check", service=("web-1", "web"))

    def put(
        self, check: str, name: str, status: str = "passing", service: tuple[str, str] = ("", ""), notes: str = ""
    ) -> None:
        self.checks[check] = {
            "Node": self.node,
            "CheckID": check,
            "Name": name,
            "Status": status,
            "Notes": notes,
            "Output": "",
            "ServiceID": service[0],
            "ServiceName": service[1],
            "ServiceTags": [],
            "Type": "",
            "Definition": {},
        }

    def __call__(self, question: Question) -> Reply:
        path = urllib.parse.unquote(question.path)
        ways = {
            "/v1/agent/maintenance": ("PUT", self.maintenance),
            "/v1/agent/checks": ("GET", lambda question: Reply(body=self.checks)),
            f"/v1/health/node/{self.node}": ("GET", lambda question: Reply(body=list(self.checks.values()))),
        }
        if path.startswith("/v1/agent/service/maintenance/"):
            method, way = "PUT", self.service_maintenance
        elif path.startswith("/v1/health/node/") and path not in ways:
            method, way = "GET", self.no_checks
        elif path in ways:
            method, way = ways[path]
        else:
            return Reply(404, "404 page not found")
        if question.method != method:
            return Reply(405, f"method {question.method} not allowed", {"Allow": method})
        if self.token is not None and question.headers.get("x-consul-token") != self.token:
            return DENIED
        return way(question)

    @staticmethod
    def no_checks(_question: Question) -> Reply:
        return Reply(body=[])

    def maintenance(self, question: Question) -> Reply:
        return self.set("_node_maintenance", "Node Maintenance Mode", ("", ""), question)

    def service_maintenance(self, question: Question) -> Reply:
        service = urllib.parse.unquote(question.path).removeprefix("/v1/agent/service/maintenance/")
        if service != "web-1":
            return Reply(
                404, f'Unknown service ID "{service}". Ensure that the service ID is passed, not the service name.'
            )
        return self.set(f"_service_maintenance:{service}", "Service Maintenance Mode", (service, "web"), question)

    def set(self, check: str, name: str, service: tuple[str, str], question: Question) -> Reply:
        if "enable" not in question.query:
            return Reply(400, "Missing value for enable")
        if question.query["enable"] not in ("true", "false"):
            return Reply(400, f'Invalid value for enable: "{question.query["enable"]}"')
        if question.query["enable"] == "false":
            self.checks.pop(check, None)
        elif check not in self.checks:
            notes = question.query.get("reason") or "Maintenance mode is enabled, but no reason was given."
            self.put(check, name, "critical", service, notes)
        return Reply()
