"""Azure Resource Manager on loopback, for one load balancer and its machines: as strict as the SDK's own models are.

What Azure would refuse is answered as Azure does, and remembered in ``complaints``: a test that leaves some has failed.
"""

from __future__ import annotations

import itertools
import json
import ssl
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from azure.mgmt.compute.operations._operations import build_virtual_machines_instance_view_request
from azure.mgmt.network.models import BackendAddressPool, LoadBalancerBackendAddressAdminState
from azure.mgmt.network.operations._operations import (
    build_load_balancer_backend_address_pools_create_or_update_request,
    build_load_balancer_load_balancing_rules_health_request,
)

from tests.serving import Handler, Serving
from tests.traffic.world import SECRET

SUBSCRIPTION, GROUP, BALANCER, POOL, RULE = "6f1d6c1e-8f2b-4a6e-9d0c-3a5b7e9f1c2d", "rg-demo", "demo", "web", "web"
_PLACE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers"
NETWORK = f"{_PLACE}/Microsoft.Network/virtualNetworks/demo"
_BALANCER = f"{_PLACE}/Microsoft.Network/loadBalancers/{BALANCER}"
_POOL = f"{_BALANCER}/backendAddressPools/{POOL}"
_HEALTH = f"{_BALANCER}/loadBalancingRules/{RULE}/health"
_OPERATION = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Network/locations/westeurope/operations/"
_RESULT = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Network/locations/westeurope/operationResults/"
_MACHINES = f"{_PLACE}/Microsoft.Compute/virtualMachines/"
TOKEN, HEADER = f"{SECRET}-token", f"{SECRET}-header"
WRITE = "Microsoft.Network/loadBalancers/backendAddressPools/write"
HEALTH = "Microsoft.Network/loadBalancers/loadBalancingRules/health/action"


def _version(request: Any) -> str:
    return urllib.parse.parse_qs(urllib.parse.urlsplit(request.url).query)["api-version"][0]


# the versions that the installed SDKs speak
NETWORK_VERSION = _version(build_load_balancer_backend_address_pools_create_or_update_request("g", "b", "p", "s"))
COMPUTE_VERSION = _version(build_virtual_machines_instance_view_request("g", "m", "s"))
assert _version(build_load_balancer_load_balancing_rules_health_request("g", "b", "r", "s")) == NETWORK_VERSION


@dataclass
class Answer:
    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


def refusal(status: int, code: str, message: str, **headers: str) -> Answer:
    return Answer(status, {"error": {"code": code, "message": message}}, headers)


@dataclass
class Operation:
    """Goes on for so many looks, then ends as ``outcome`` says."""

    looks: int
    outcome: Callable[[], None]
    failed: bool = False
    over: bool = False

    def look(self) -> bool:
        self.looks -= 1
        if self.looks <= 0 and not self.over:
            self.over = True
            self.outcome()
        return self.over


class AzureServer:
    """State and faults; ``lock`` is held while a request is answered."""

    def __init__(self, entries: Mapping[str, tuple[str, str]]) -> None:
        """``entries``: name -> address and admin state."""
        self.lock = threading.Lock()
        self.complaints: list[str] = []
        self.properties: dict[str, Any] = {
            "loadBalancerBackendAddresses": [entry(name, *rest) for name, rest in entries.items()]
        }
        self.provisioning = "Succeeded"
        self.sick: dict[str, str] = {}
        self.machines: dict[str, list[str]] = dict.fromkeys(entries, RUNNING)
        self.asked: list[str] = []
        self.puts = 0
        self._etags = itertools.count(1)
        self.etag = ""
        self.changed()
        self._operations: dict[str, Operation] = {}
        self._numbers = itertools.count(1)
        self.mend()

    def mend(self) -> None:
        self.throttled = self.busy = 0
        self.down = self.half = self.cut = self.hanging = False
        self.forbidden: set[str] = set()
        self.before_put: Callable[[], None] = lambda: None
        self.go_on = getattr(self, "go_on", threading.Event())
        self.go_on.set()
        self.go_on = threading.Event()

    # -- what the pool is

    def changed(self) -> None:
        self.etag = f'W/"{next(self._etags):08d}"'

    @property
    def entries(self) -> dict[str, dict[str, Any]]:
        return {one["name"]: one["properties"] for one in self.properties["loadBalancerBackendAddresses"]}

    def set_states(self, states: Mapping[str, str]) -> None:
        """By somebody else."""
        with self.lock:
            for name, state in states.items():
                self.entries[name]["adminState"] = state
            self.changed()

    def document(self) -> dict[str, Any]:
        """With all that Azure adds for reading."""
        found = json.loads(json.dumps(self.properties))
        for one in found["loadBalancerBackendAddresses"]:
            card = f"{_PLACE}/Microsoft.Network/networkInterfaces/{one['name']}/ipConfigurations/primary"
            one["properties"]["networkInterfaceIPConfiguration"] = {"id": card}
        found["provisioningState"] = self.provisioning
        found["loadBalancingRules"] = [{"id": f"{_BALANCER}/loadBalancingRules/{RULE}"}]
        return {
            "id": _POOL, "name": POOL, "type": "Microsoft.Network/loadBalancers/backendAddressPools",
            "etag": self.etag, "properties": found,
        }  # fmt: skip

    # -- requests

    def answer(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
        """None: the connection is cut."""
        parts = urllib.parse.urlsplit(url)
        self.asked.append(f"{method} {parts.path}")
        if headers.get("authorization") != f"Bearer {TOKEN}":
            return refusal(401, "InvalidAuthenticationToken", "The access token is invalid.")
        if self.throttled > 0:
            self.throttled -= 1
            return refusal(429, "TooManyRequests", "The request is being throttled.", **{"Retry-After": "1"})
        if self.down:
            return refusal(503, "ServerTimeout", "The request timed out.")
        version = COMPUTE_VERSION if parts.path.startswith(_MACHINES) else NETWORK_VERSION
        given = urllib.parse.parse_qs(parts.query).get("api-version")
        if given != [version]:
            return self._complain("InvalidApiVersionParameter", f"The api-version {given} is invalid.")
        return self._routed(method, parts.path, headers, body)

    def _routed(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
        if path.startswith(_OPERATION) and method == "GET":
            return self._operation(path.removeprefix(_OPERATION))
        if path.startswith(_RESULT) and method == "GET":
            return self._result(path.removeprefix(_RESULT))
        if path.startswith(_MACHINES) and method == "GET":
            return self._machine(path.removeprefix(_MACHINES).removesuffix("/instanceView"))
        if path == _HEALTH and method == "POST":
            return self._health()
        if path == _POOL and method == "GET":
            for operation in self._operations.values():
                operation.look()
            return Answer(200, self.document(), {"ETag": self.etag})
        if path == _POOL and method == "PUT":
            return self._put(headers, body)
        return refusal(404, "ResourceNotFound", f"The Resource '{path}' under resource group '{GROUP}' was not found.")

    def _complain(self, code: str, message: str) -> Answer:
        self.complaints.append(message)
        return refusal(400, code, message)

    def _forbidden(self, action: str) -> Answer | None:
        message = (
            f"The client 'x' with object id 'y' does not have authorization to perform action '{action}' over scope "
            f"'{_POOL}' or the scope is invalid. If access was recently granted, please refresh your credentials."
        )
        return refusal(403, "AuthorizationFailed", message) if action in self.forbidden else None

    def _put(self, headers: Mapping[str, str], body: bytes) -> Answer | None:
        self.puts += 1
        self.before_put()
        if refused := self._forbidden(WRITE):
            return refused
        if self.busy > 0 or self.provisioning == "Updating":
            self.busy -= 1
            return refusal(409, "AnotherOperationInProgress", "Another operation is in progress.")
        if headers.get("if-match") != self.etag:
            if "if-match" not in headers:
                self.complaints.append("a PUT without If-Match")
            message = f"Etag provided in if-match header {headers.get('if-match')} does not match etag {self.etag}."
            return refusal(412, "PreconditionFailed", message)
        document = json.loads(body)
        if wrong := "; ".join(faults(document)):
            return self._complain("InvalidRequestFormat", wrong)
        before, properties = self.properties, strip(document["properties"])
        self.provisioning = "Updating"
        self.properties = halved(before, properties) if self.half else properties
        self.changed()
        name, failed = f"op-{next(self._numbers)}", self.half
        self._operations[name] = Operation(2, lambda: self._end("Failed" if failed else "Succeeded"), failed)
        self.half = False
        if self.cut:
            self.cut = False
            return None
        where = f"{_OPERATION}{name}?api-version={NETWORK_VERSION}"
        # one that exists is answered with 200, one that Azure makes anew with 201
        return Answer(200 + self.puts % 2, self.document(), {"Azure-AsyncOperation": where, "Retry-After": "1"})

    def _end(self, state: str) -> None:
        self.provisioning = state
        self.changed()

    def _operation(self, name: str) -> Answer:
        operation = self._operations[name]
        if not operation.look():
            return Answer(200, {"status": "InProgress"}, {"x-ms-retry-after-ms": "20"})
        if operation.failed:
            said = {"code": "InternalServerError", "message": "An error occurred.", "details": []}
            return Answer(200, {"status": "Failed", "error": said})
        return Answer(200, {"status": "Succeeded"})

    def _health(self) -> Answer:
        if refused := self._forbidden(HEALTH):
            return refused
        name = f"health-{next(self._numbers)}"
        self._operations[name] = Operation(2, lambda: None)
        where = f"{_RESULT}{name}?api-version={NETWORK_VERSION}"
        return Answer(202, None, {"Location": where, "Retry-After": "1"})

    def _result(self, name: str) -> Answer:
        if not self._operations[name].look():
            where = f"{_RESULT}{name}?api-version={NETWORK_VERSION}"
            return Answer(202, None, {"Location": where, "x-ms-retry-after-ms": "20"})
        told = [self._told(one, of) for one, of in self.entries.items()]
        up = sum(one["state"] == "Up" for one in told)
        return Answer(200, {"up": up, "down": len(told) - up, "loadBalancerBackendAddresses": told})

    def _told(self, name: str, of: Mapping[str, Any]) -> dict[str, str]:
        state = str(of.get("adminState", "None"))
        if state != "None":
            return {"ipAddress": of["ipAddress"], "state": state, "reason": f"{state}_Admin"}
        reason = self.sick.get(name, "Up_Probe_Success")
        return {"ipAddress": of["ipAddress"], "state": reason.partition("_")[0], "reason": reason}

    def _machine(self, name: str) -> Answer:
        if refused := self._forbidden("Microsoft.Compute/virtualMachines/instanceView/read"):
            return refused
        if name not in self.machines:
            return refusal(404, "ResourceNotFound", f"The Resource 'virtualMachines/{name}' was not found.")
        return Answer(200, {"statuses": [{"code": code, "level": "Info"} for code in self.machines[name]]})


RUNNING = ["ProvisioningState/succeeded", "PowerState/running"]


def entry(name: str, address: str, state: str) -> dict[str, Any]:
    return {
        "name": name,
        "properties": {"ipAddress": address, "virtualNetwork": {"id": NETWORK}, "adminState": state},
    }


def halved(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Of what changes, the first half does."""
    old = {one["name"]: one for one in before["loadBalancerBackendAddresses"]}
    new = {one["name"]: one for one in after["loadBalancerBackendAddresses"]}
    names = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    for name in names[: len(names) // 2]:
        if name in new:
            old[name] = new[name]
        else:
            del old[name]
    return {**after, "loadBalancerBackendAddresses": list(old.values())}


def faults(document: Any) -> Iterator[str]:
    """What Azure would not take of a backend pool."""
    model = BackendAddressPool(document)
    yield from _unknown(model, document, "pool")
    if model.as_dict() != document:
        yield f"the SDK's model makes another document of it: {model.as_dict()}"
    entries = list(model.properties.load_balancer_backend_addresses or ())
    for kind, values in (("name", [one.name for one in entries]), ("address", [one.ip_address for one in entries])):
        if len(set(values)) != len(values) or not all(values):
            yield f"every entry needs a {kind} of its own"
    states = {state.value for state in LoadBalancerBackendAddressAdminState}
    for one in entries:
        if one.admin_state not in states:
            yield f"{one.name} has the admin state {one.admin_state}"
        network = one.virtual_network or model.properties.virtual_network
        if network is None or network.id != NETWORK:
            yield f"{one.name} is in no virtual network"
    drain = document["properties"].get("drainPeriodInSeconds")
    if drain is not None and (isinstance(drain, bool) or not isinstance(drain, int)):
        yield f"drainPeriodInSeconds is {drain!r}"


def _unknown(model: Any, document: Any, where: str) -> Iterator[str]:
    fields = {known._rest_name: name for name, known in model._attr_to_rest_field.items()}
    for key, value in document.items():
        if key not in fields:
            yield f"{where} has an unknown property {key}"
            continue
        inside = getattr(model, fields[key])
        for one, text in zip(inside, value, strict=True) if isinstance(value, list) else [(inside, value)]:
            if hasattr(one, "_attr_to_rest_field"):
                yield from _unknown(one, text, f"{where}.{key}")


def strip(properties: dict[str, Any]) -> dict[str, Any]:
    """Without what is only for reading, which Azure tolerates in a request and ignores."""
    kept = {
        key: value
        for key, value in properties.items()
        if key in ("loadBalancerBackendAddresses", "drainPeriodInSeconds", "virtualNetwork", "syncMode", "location")
    }
    for one in kept.get("loadBalancerBackendAddresses", ()):
        one.pop("type", None)
        one["properties"].pop("networkInterfaceIPConfiguration", None)
    return kept


def serve(server: AzureServer, tls: ssl.SSLContext) -> Serving:
    """The server behind HTTPS."""

    class Arm(Handler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # an answer in one piece, or the client's machine waits with its acknowledgement

        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if server.hanging:
                server.go_on.wait(60)
                self.close_connection = True
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            with server.lock:
                answer = server.answer(self.command, self.path, headers, body)
            if answer is None:
                self.close_connection = True
                return
            text = b"" if answer.body is None else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                # ARM names its operations by whole addresses
                place = f"https://{self.headers['Host']}{value}" if value.startswith("/") else value
                self.send_header(name, place)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = _any  # noqa: N815

    return Serving(Arm, tls)


def serve_identity() -> Serving:
    """What App Service gives its applications tokens by: the SDK asks it where IDENTITY_ENDPOINT names it."""

    class Identity(Handler):
        def do_GET(self) -> None:  # noqa: N802
            right = self.headers.get("X-IDENTITY-HEADER") == HEADER
            expires = int(time.time()) + 86400
            told = {"access_token": TOKEN, "expires_on": str(expires), "resource": "x", "token_type": "Bearer"}
            text = json.dumps(told if right else {"statusCode": 401, "message": "no"}).encode()
            self.send_response(200 if right else 401)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    return Serving(Identity)
