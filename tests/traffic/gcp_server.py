"""Compute Engine on loopback, as far as load balancing goes. Every request and every answer is held against Google's
own document; one that does not fit is answered with 400 and stands in `unfit`, which has to be empty in the end."""

from __future__ import annotations

import copy
import http.server
import json
import threading
import urllib.parse
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import exceptions, jwt

from tests.traffic.gcp_state import PERMISSIONS, URL, Operation, Refusal, State, plain
from tests.traffic.google_document import Call, Unfit, read_document

# an operation that nobody looks at takes so many seconds
_OPERATION = 1.0
ACCOUNT = "swap@demo-project.iam.gserviceaccount.com"


@dataclass
class Faults:
    """What goes wrong, until it is mended. ``failing`` and ``half`` are for the next operation alone."""

    throttled: int = 0
    hanging: bool = False
    down: bool = False
    forbidden: bool = False
    deaf: bool = False  # writes are accepted, and their answers lost
    failing: str = ""
    half: bool = False
    unready: int = 0
    stuck: bool = False  # operations go on for ever
    meanwhile: Callable[[], None] | None = None  # what somebody else does before the next write
    released: threading.Event = field(default_factory=threading.Event)


class ComputeServer:
    """Answers in threads until it is closed. `secret` is part of the key's id and of tokens."""

    def __init__(self, secret: str) -> None:
        self.state = State()
        self.faults = Faults()
        self.unfit: list[str] = []
        self.calls: list[str] = []
        self.document = read_document("compute.v1")
        self.lock = threading.RLock()
        self._key = _key()
        self._public = self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self._key_id, self.token = f"{secret}-{uuid.uuid4().hex}", f"ya29.{secret}"
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 1 << 16  # head and body in one go

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if outer.faults.hanging:
                    outer.faults.released.wait()
                    self.close_connection = True
                    return
                code, said = outer.reply(self.command, self.path, self.headers.get("Authorization", ""), body)
                if said is None:
                    self.close_connection = True
                    return
                data = json.dumps(said).encode()
                self.send_response(code)
                self.send_header("Content-Type", "application/json; charset=UTF-8")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def __getattr__(self, name: str) -> Any:
                if name.startswith("do_"):
                    return self.answer
                raise AttributeError(name)

            def log_message(self, *words: Any) -> None:
                """Tests read `calls`."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def close(self) -> None:
        self.mend()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def mend(self) -> None:
        self.faults.released.set()
        self.faults = Faults()
        with self.lock:
            self.state.settle()

    def writes(self) -> int:
        return sum(call in PERMISSIONS for call in self.calls)

    def account(self, folder: Path) -> Path:
        """A service account's file, as the console gives it out."""
        pem = self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        text = {
            "type": "service_account", "project_id": "demo-project", "private_key_id": self._key_id,
            "private_key": pem.decode(), "client_email": ACCOUNT, "client_id": "1",
            "token_uri": f"{self.url}/token", "universe_domain": "googleapis.com",
        }  # fmt: skip
        path = folder / "account.json"
        path.write_text(json.dumps(text), encoding="utf-8")
        path.chmod(0o600)
        return path

    # -- answers

    def reply(self, verb: str, target: str, authorization: str, body: bytes) -> tuple[int, Any]:
        """Code and body; no body: the connection is cut."""
        parts = urllib.parse.urlsplit(target)
        with self.lock:
            if parts.path == "/token":
                return self._grant(urllib.parse.parse_qs(body.decode()))
            try:
                call = self.document.call(
                    verb, parts.path, urllib.parse.parse_qs(parts.query), json.loads(body) if body else None
                )
                if not self._known(authorization.removeprefix("Bearer ")):
                    raise Refusal(401, "authError", "Request had invalid authentication credentials.")
                if not self.faults.stuck:
                    self.state.settle(_OPERATION)
                self._fail(call)
                said = self._do(call, json.loads(body) if body else {})
                self.document.answer(call, said)
            except Unfit as error:
                self.unfit.append(f"{verb} {target}: {error}")
                return 400, _error(Refusal(400, "invalid", str(error)))
            except Refusal as refusal:
                return refusal.code, _error(refusal)
            if call.id in PERMISSIONS and self.faults.deaf:
                return 0, None
            return 200, copy.deepcopy(said)

    def _grant(self, form: dict[str, list[str]]) -> tuple[int, Any]:
        if self._known(form.get("assertion", [""])[0]):
            return 200, {"access_token": self.token, "expires_in": 3600, "token_type": "Bearer"}
        return 400, {"error": "invalid_grant", "error_description": f"no such key: {self._key_id}"}

    def _known(self, token: str) -> bool:
        """Tokens of ours, and those that the account's key signed itself: https://google.aip.dev/auth/4111"""
        if token == self.token:
            return True
        try:
            claims = jwt.decode(token, certs={self._key_id: self._public})
        except (ValueError, exceptions.GoogleAuthError):
            return False
        return bool(claims["iss"] == ACCOUNT)

    def _fail(self, call: Call) -> None:
        faults = self.faults
        if faults.down:
            raise Refusal(503, "backendError", "Internal error. Please try again or contact Google Support.")
        if faults.throttled:
            faults.throttled -= 1
            code = 403 if faults.throttled % 2 else 429
            raise Refusal(
                code, "rateLimitExceeded", "Quota exceeded for quota metric 'Queries' and limit 'per minute'."
            )
        if call.id in PERMISSIONS:
            self.calls.append(call.id)
            if faults.meanwhile is not None:
                faults.meanwhile()
                faults.meanwhile = None
            if faults.unready:
                faults.unready -= 1
                raise Refusal(400, "resourceNotReady", f"The resource '{self._path(call)}' is not ready")
            if faults.forbidden:
                raise Refusal(
                    403, "forbidden", f"Required '{PERMISSIONS[call.id]}' permission for '{self._path(call)}'"
                )
        else:
            self.calls.append(call.id)

    def _path(self, call: Call) -> str:
        """The path of the resource that a call is about."""
        given = call.parameters
        _compute, collection, _method = call.id.split(".")
        kind = {"regionUrlMaps": "urlMaps", "regionBackendServices": "backendServices"}.get(collection, collection)
        singular = {"urlMaps": "urlMap", "backendServices": "backendService"}.get(kind, kind.removesuffix("s"))
        return f"{_scope(call)}/{kind}/{given[singular]}"

    def _do(self, call: Call, body: Any) -> Any:
        _compute, collection, method = call.id.split(".")
        if collection.endswith("Operations"):
            return self._operation(call)
        path = self._path(call)
        reads: dict[str, Callable[[], Any]] = {
            "get": lambda: self.state.get(path),
            "getHealth": lambda: self._health(path, body),
            "listInstances": lambda: self._list(path, "compute#instanceGroupsListInstances"),
            "listNetworkEndpoints": lambda: self._list(path, "compute#networkEndpointGroupsListNetworkEndpoints"),
        }
        if method in reads:
            return reads[method]()
        request = call.parameters.get("requestId", "")
        if request in self.state.requests:
            return self.state.operations[self.state.requests[request]].document
        effects: dict[str, Callable[[], Callable[[], None]]] = {
            "patch": lambda: self.state.change(path, body, whole=False),
            "update": lambda: self.state.change(path, body, whole=True),
            "addInstances": lambda: self.state.join(path, body["instances"]),
            "removeInstances": lambda: self.state.leave(path, body["instances"]),
            "attachNetworkEndpoints": lambda: self.state.join(path, body["networkEndpoints"]),
            "detachNetworkEndpoints": lambda: self.state.leave(path, body["networkEndpoints"]),
        }
        return self._begin(call, path, method, effects[method](), request)

    def _begin(self, call: Call, path: str, method: str, effect: Callable[[], None], request: str) -> Any:
        name, scope = f"operation-{uuid.uuid4().hex}", _scope(call)
        document: dict[str, Any] = {
            "kind": "compute#operation", "id": str(uuid.uuid4().int % 10**18), "name": name, "operationType": method,
            "status": "PENDING", "progress": 0, "targetLink": URL + path, "selfLink": f"{URL}{scope}/operations/{name}",
            "insertTime": "2026-11-28T12:00:00.000-08:00", "user": ACCOUNT,
        }  # fmt: skip
        place = scope.split("/")[2]
        if place != "global":
            document[place.removesuffix("s")] = URL + scope
        self.state.operations[name] = Operation(document, effect, self.faults.failing, self.faults.half)
        self.faults.failing, self.faults.half = "", False
        if request:
            self.state.requests[request] = name
        return document

    def _operation(self, call: Call) -> Any:
        operation = self.state.operations.get(call.parameters["operation"])
        if operation is None or not operation.document["selfLink"].startswith(f"{URL}{_scope(call)}/operations/"):
            raise Refusal(404, "notFound", f"The resource '{call.parameters['operation']}' was not found")
        if not self.faults.stuck:
            operation.step()
        return operation.document

    def _list(self, path: str, kind: str) -> Any:
        self.state.get(path)
        members = copy.deepcopy(self.state.members[path])
        if "/networkEndpointGroups/" in path:
            return {"kind": kind, "items": [{"networkEndpoint": member} for member in members]}
        return {"kind": kind, "items": [{**member, "status": "RUNNING"} for member in members]}

    def _health(self, path: str, body: Any) -> Any:
        group = plain(body["group"])
        groups = [plain(backend["group"]) for backend in self.state.get(path).get("backends", [])]
        if group not in groups:
            raise Refusal(404, "notFound", f"The resource '{group}' is no backend of '{path}'")
        statuses = []
        for member in self.state.members[group]:
            state = self.state.health.get(plain(member["instance"]), "HEALTHY")
            # one that was never checked is not listed
            if state != "UNKNOWN":
                address = member.get("ipAddress", "10.10.0.9")
                statuses.append(
                    {"instance": member["instance"], "ipAddress": address, "port": 80, "healthState": state}
                )
        return {"kind": "compute#backendServiceGroupHealth", "healthStatus": statuses}


def _scope(call: Call) -> str:
    given = call.parameters
    for word in ("region", "zone"):
        if word in given:
            return f"projects/{given['project']}/{word}s/{given[word]}"
    return f"projects/{given['project']}/global"


def _error(refusal: Refusal) -> Any:
    detail = {"message": refusal.message, "domain": "global", "reason": refusal.reason}
    return {"error": {"code": refusal.code, "message": refusal.message, "errors": [detail]}}


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)
