"""A double of OpenStack, of as much of Keystone and Octavia as moves traffic: tokens and their catalog, a load
balancer, and the members of one pool with their batch.

It answers as Octavia 19 does (`make test-openstack` runs the same tests against that): bodies are checked by the rules
of its API types, what a batch leaves out of a member is set to its default and what it leaves out altogether is
deleted, a change locks the load balancer (PENDING_UPDATE) for a moment, in which other changes are refused by 409.
Packets, it has none: how well members are is told to it.
"""

from __future__ import annotations

import http.server
import json
import re
import threading
import time
import urllib.parse
import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from tests.traffic.octavia_body import DEFAULTS, FaultError, checked

PENDING_SECONDS = 0.15
_DENIED = "The request you have made requires authentication."


class OctaviaServer:
    """Answers in threads until it is closed. ``users`` are passwords by name; only a name with `reader` may not write.

    ``ill`` are addresses whose checks fail. ``public_url`` is where the catalog says that Octavia is.
    """

    def __init__(self, users: Mapping[str, str], token_part: str, region: str) -> None:
        self.users, self.region = users, region
        self.balancer_id, self.pool_id, self.listener_id = (str(uuid.uuid4()) for _number in range(3))
        self.project_id, self.subnet_id = uuid.uuid4().hex, str(uuid.uuid4())
        self.members: dict[tuple[str, int], dict[str, Any]] = {}
        self.ill: set[str] = set()
        self.monitored = True
        # None: it works; else the state it goes into with the next change
        self.breaks: str | None = None
        self.public_url = ""
        self._tokens: dict[str, str] = {}
        self._token_part = token_part
        self._lock = threading.RLock()
        self._state, self._until = "ACTIVE", 0.0
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"double": self}))
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def token(self, user: str) -> str:
        """A token, as Keystone would give it."""
        with self._lock:
            token = f"{self._token_part}-{uuid.uuid4().hex}"
            self._tokens[token] = user
            return token

    # -- the state of the load balancer, and of members

    @property
    def state(self) -> str:
        with self._lock:
            if self._state.startswith("PENDING") and time.monotonic() >= self._until:
                self._state = self.breaks or "ACTIVE"
                for member in self.members.values():
                    member["provisioning_status"] = "ACTIVE"
            return self._state

    def hold(self, seconds: float) -> None:
        """Somebody else changes something of the load balancer for so long."""
        with self._lock:
            self._state, self._until = "PENDING_UPDATE", time.monotonic() + seconds

    def operating_status(self, member: Mapping[str, Any]) -> str:
        if not member["admin_state_up"]:
            return "OFFLINE"
        if not self.monitored:
            return "NO_MONITOR"
        if member["address"] in self.ill:
            return "ERROR"
        return "ONLINE" if member["weight"] else "DRAINING"

    def shown(self, member: dict[str, Any]) -> dict[str, Any]:
        # the amphora goes on with what it knows until a change has come to it
        if member["provisioning_status"] == "ACTIVE":
            member["operating_status"] = self.operating_status(member)
        return dict(member)

    def batch(self, body: Any, query: Mapping[str, list[str]]) -> None:
        """PUT /v2/lbaas/pools/{pool}/members."""
        if unknown := [name for name in query if name != "additive_only"]:
            raise FaultError(400, f'Unknown argument: "{unknown[0]}"')
        additive = query.get("additive_only", ["false"])[0].lower() in ("1", "t", "true", "on", "y", "yes")
        if unknown := [name for name in body if name != "members"]:
            raise FaultError(400, f"Unknown attribute for argument members_: {unknown[0]}")
        if "members" not in body:
            raise FaultError(500, "'UnsetType' object is not iterable")
        members = [checked(member) for member in body["members"]]
        with self._lock:
            if self.state != "ACTIVE":
                raise FaultError(409, f"Pool {self.pool_id} is immutable and cannot be updated.")
            keys = [(member["address"], member["protocol_port"]) for member in members]
            if len({key for key in keys if key in self.members}) < len([key for key in keys if key in self.members]):
                raise FaultError(400, "Validation failure: Member must be updated only once in the same request.")
            if not members and (additive or not self.members):
                return
            for key, member in zip(keys, members, strict=True):
                self._put(key, member)
            if not additive:
                self.members = {key: member for key, member in self.members.items() if key in keys}
            self.hold(PENDING_SECONDS)

    def _put(self, key: tuple[str, int], member: dict[str, Any]) -> None:
        now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
        old = self.members.get(key) or {
            "id": str(uuid.uuid4()), "name": "", "operating_status": "OFFLINE", "subnet_id": None, "created_at": now,
            "project_id": self.project_id, "tenant_id": self.project_id, "tags": [], "vnic_type": "normal",
        }  # fmt: skip
        said = {name: value for name, value in member.items() if name not in ("request_sriov", "project_id")}
        if said.get("tags", []) is None:
            del said["tags"]
        if said.get("name", "") is None:
            said["name"] = ""
        for name, default in DEFAULTS.items():
            if said.get(name) is None:
                said[name] = False if name in said and name == "admin_state_up" else default
        said["tags"] = sorted(set(said.get("tags", old["tags"])))
        self.members[key] = {**old, **said, "provisioning_status": "PENDING_UPDATE", "updated_at": now}

    # -- requests

    def answer(self, method: str, path: str, query: Mapping[str, list[str]], body: Any, who: str | None) -> Any:
        """The document of an answer; None for one without. Raises FaultError."""
        if who is None:
            raise FaultError(401, "", {"error": {"code": 401, "title": "Unauthorized", "message": _DENIED}})
        if found := re.fullmatch(r"/v2(?:\.0)?/lbaas/loadbalancers/([^/]+)", path):
            if found[1] != self.balancer_id:
                raise FaultError(404, f"Load Balancer {found[1]} not found.")
            if method == "GET":
                return {"loadbalancer": self._balancer()}
        elif found := re.fullmatch(r"/v2(?:\.0)?/lbaas/pools/([^/]+)/members", path):
            if found[1] != self.pool_id:
                said = f"Pool {found[1]} not found."
                raise FaultError(404, said, {"code": 404, "title": "Bad Request", "description": said})
            if method == "GET":
                with self._lock:
                    _settle = self.state
                    return {"members": [self.shown(member) for member in self.members.values()], "members_links": []}
            if method == "PUT":
                if "reader" in who:
                    raise FaultError(403, "Policy does not allow this request to be performed.")
                return self.batch(body, query)
        raise FaultError(404, "", {"code": 404, "title": "Not Found", "description": ""})

    def _balancer(self) -> dict[str, Any]:
        return {
            "id": self.balancer_id, "name": "demo", "description": "", "provisioning_status": self.state,
            "operating_status": "ONLINE", "admin_state_up": True, "project_id": self.project_id,
            "vip_address": "10.77.0.5", "vip_subnet_id": self.subnet_id, "provider": "amphora",
            "listeners": [{"id": self.listener_id}], "pools": [{"id": self.pool_id}], "tags": [],
        }  # fmt: skip

    def who(self, token: str | None) -> str | None:
        return self._tokens.get(token or "")

    def log_in(self, body: Any) -> tuple[str, dict[str, Any]]:
        """POST /v3/auth/tokens with a password."""
        user = body["auth"]["identity"]["password"]["user"]
        if self.users.get(user["name"]) != user["password"]:
            raise FaultError(401, "", {"error": {"code": 401, "title": "Unauthorized", "message": _DENIED}})
        domain = {"id": "default", "name": "Default"}

        def service(kind: str, name: str, url: str) -> dict[str, Any]:
            ends = [
                {"id": uuid.uuid4().hex, "interface": one, "region": self.region, "region_id": self.region, "url": url}
                for one in ("public", "internal", "admin")
            ]
            return {"id": uuid.uuid4().hex, "type": kind, "name": name, "endpoints": ends}

        now = time.time()
        stamp = "%Y-%m-%dT%H:%M:%S.000000Z"
        return self.token(user["name"]), {
            "token": {
                "methods": ["password"], "is_domain": False, "audit_ids": ["double"],
                "user": {"id": uuid.uuid4().hex, "name": user["name"], "domain": domain, "password_expires_at": None},
                "project": {"id": self.project_id, "name": "demo", "domain": domain},
                "roles": [{"id": uuid.uuid4().hex, "name": "load-balancer_member"}],
                "issued_at": time.strftime(stamp, time.gmtime(now)),
                "expires_at": time.strftime(stamp, time.gmtime(now + 3600)),
                "catalog": [
                    service("identity", "keystone", f"{self.url}/v3"),
                    service("load-balancer", "octavia", self.public_url or self.url),
                ],
            }
        }  # fmt: skip


def versions(here: str) -> dict[str, Any]:
    """GET / of Octavia."""
    states = [("SUPPORTED" if minor < 30 else "CURRENT") for minor in range(31)]
    return {
        "versions": [
            {"id": f"v2.{minor}", "status": state, "updated": "2016-12-11T00:00:00Z",
             "links": [{"href": f"{here}/v2", "rel": "self"}]}
            for minor, state in enumerate(states)
        ]
    }  # fmt: skip


class Handler(http.server.BaseHTTPRequestHandler):
    double: ClassVar[OctaviaServer]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        place = urllib.parse.urlsplit(self.path)
        try:
            self.say(*self.document(place, self.body(data)))
        except FaultError as fault:
            self.say(fault.status, fault.document, {})

    def do_PUT(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        self.do_GET()

    @staticmethod
    def body(data: bytes) -> Any:
        try:
            return json.loads(data) if data else {}
        except ValueError:
            raise FaultError(400, "Request is not in valid JSON format") from None

    def document(self, place: urllib.parse.SplitResult, body: Any) -> tuple[int, Any, dict[str, str]]:
        if place.path == "/":
            return 200, versions(f"http://{self.headers['Host']}"), {}
        if place.path == "/v2":
            return 200, "v2", {}
        if place.path.rstrip("/") == "/v3":
            links = [{"rel": "self", "href": f"{self.double.url}/v3/"}]
            return 200, {"version": {"id": "v3.14", "status": "stable", "links": links}}, {}
        if (self.command, place.path) == ("POST", "/v3/auth/tokens"):
            token, document = self.double.log_in(body)
            return 201, document, {"X-Subject-Token": token}
        query = urllib.parse.parse_qs(place.query, keep_blank_values=True)
        who = self.double.who(self.headers.get("X-Auth-Token"))
        found = self.double.answer(self.command, place.path, query, body, who)
        return (202 if found is None else 200), found, {}

    def say(self, status: int, document: Any, headers: dict[str, str]) -> None:
        data = b"" if document is None else json.dumps(document).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        if data:
            self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments: object) -> None:
        pass
