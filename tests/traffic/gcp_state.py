"""What Compute Engine keeps of load balancing, and the rules that its documentation states for changing it."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

URL = "https://www.googleapis.com/compute/v1/"
# methods that change something -> the permission they need
PERMISSIONS = {
    "compute.urlMaps.patch": "compute.urlMaps.update",
    "compute.urlMaps.update": "compute.urlMaps.update",
    "compute.regionUrlMaps.patch": "compute.regionUrlMaps.update",
    "compute.regionUrlMaps.update": "compute.regionUrlMaps.update",
    "compute.backendServices.patch": "compute.backendServices.update",
    "compute.regionBackendServices.patch": "compute.regionBackendServices.update",
    "compute.instanceGroups.addInstances": "compute.instanceGroups.update",
    "compute.instanceGroups.removeInstances": "compute.instanceGroups.update",
    "compute.networkEndpointGroups.attachNetworkEndpoints": "compute.networkEndpointGroups.attachNetworkEndpoints",
    "compute.networkEndpointGroups.detachNetworkEndpoints": "compute.networkEndpointGroups.detachNetworkEndpoints",
}


class Refusal(Exception):
    """An answer that is an error."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.code, self.reason, self.message = code, reason, message


@dataclass
class Operation:
    """What was accepted and goes on: a step further at every look. ``effect`` happens at the end of it."""

    document: dict[str, Any]
    effect: Callable[[], None]
    error: str = ""
    half: bool = False
    began: float = field(default_factory=time.monotonic)

    def step(self) -> None:
        status = self.document["status"]
        if status == "PENDING":
            self.document |= {"status": "RUNNING", "progress": 50}
        elif status == "RUNNING":
            self._end()

    def end(self) -> None:
        if self.document["status"] != "DONE":
            self._end()

    def _end(self) -> None:
        self.document |= {"status": "DONE", "progress": 100}
        if not self.error or self.half:
            try:
                self.effect()
            except Refusal as refusal:
                self.error = refusal.message
        if self.error:
            self.document |= {
                "httpErrorStatusCode": 503,
                "httpErrorMessage": "SERVICE UNAVAILABLE",
                "error": {"errors": [{"code": "BACKEND_ERROR", "message": self.error}]},
            }


@dataclass
class State:
    """Resources by path. Members of instance groups and endpoints of NEGs are lists beside them."""

    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    members: dict[str, list[Any]] = field(default_factory=dict)
    health: dict[str, str] = field(default_factory=dict)
    operations: dict[str, Operation] = field(default_factory=dict)
    requests: dict[str, str] = field(default_factory=dict)

    def put(self, path: str, resource: Mapping[str, Any]) -> None:
        """As somebody with another program would; the fingerprint is of what it is now."""
        plain = {name: value for name, value in resource.items() if name != "fingerprint"}
        digest = hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).digest()[:6]
        self.resources[path] = {**plain, "fingerprint": base64.b64encode(digest).decode()}

    def get(self, path: str) -> dict[str, Any]:
        if path not in self.resources:
            raise Refusal(404, "notFound", f"The resource '{path}' was not found")
        return self.resources[path]

    def settle(self, age: float = 0.0) -> None:
        """What has gone on so long comes to its end."""
        for operation in self.operations.values():
            if time.monotonic() - operation.began >= age:
                operation.end()

    # -- changes: each is checked when it is asked for, and happens when its operation ends

    def change(self, path: str, body: Mapping[str, Any], *, whole: bool) -> Callable[[], None]:
        """A patch (https://www.rfc-editor.org/rfc/rfc7396) or an update."""
        found = self.get(path)
        if "fingerprint" not in body:
            raise Refusal(400, "required", "Required field 'resource.fingerprint' not specified")
        if body["fingerprint"] != found["fingerprint"]:
            raise Refusal(412, "conditionNotMet", "Invalid fingerprint.")
        after = copy.deepcopy(dict(body)) if whole else merged(found, body)
        (_check_url_map if "/urlMaps/" in path else _check_service)(self, path, after)
        seen = found["fingerprint"]

        def effect() -> None:
            if self.resources[path]["fingerprint"] != seen:
                raise Refusal(412, "conditionNotMet", "Invalid fingerprint.")
            self.put(path, after)

        return effect

    def join(self, path: str, entries: list[Any]) -> Callable[[], None]:
        for entry in entries:
            if self._index(path, entry) is not None:
                raise Refusal(400, "memberAlreadyExists", f"{_instance(entry)} is already a member of '{path}'.")
            if _zone(_instance(entry)) != _zone(path):
                raise Refusal(400, "invalid", f"{_instance(entry)} is not in the zone of '{path}'.")
        return lambda: self.members[path].extend([entry for entry in entries if self._index(path, entry) is None])

    def leave(self, path: str, entries: list[Any]) -> Callable[[], None]:
        for entry in entries:
            if self._index(path, entry) is None:
                raise Refusal(400, "memberNotFound", f"{_instance(entry)} is not a member of '{path}'.")

        def effect() -> None:
            for entry in entries:
                at = self._index(path, entry)
                if at is not None:
                    del self.members[path][at]

        return effect

    def _index(self, path: str, entry: Mapping[str, Any]) -> int | None:
        self.get(path)
        there = [at for at, member in enumerate(self.members[path]) if _same(member, entry)]
        return there[0] if there else None


def merged(found: Any, patch: Any) -> Any:
    if not isinstance(patch, Mapping):
        return copy.deepcopy(patch)
    result = copy.deepcopy(dict(found)) if isinstance(found, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def plain(link: str) -> str:
    """The path of whatever a link names."""
    return re.sub(r"^https?://[^/]+/(compute/[a-z0-9]+/)?", "", link)


def _instance(entry: Mapping[str, Any]) -> str:
    return plain(entry["instance"])


def _same(member: Mapping[str, Any], entry: Mapping[str, Any]) -> bool:
    ports = ("port" not in entry) or member.get("port") == entry["port"]
    return _instance(member) == _instance(entry) and ports


def _zone(path: str) -> str:
    return path.split("/")[3]


def _full(text: str, path: str) -> str:
    """A backend service by its path, where the resource at ``path`` names it by less."""
    scope = path.partition("/urlMaps/")[0]
    text = plain(text)
    if text.startswith("projects/"):
        return text
    project = "/".join(path.split("/")[:2])
    return f"{project}/{text}" if "/" in text else f"{scope}/backendServices/{text}"


def _check_url_map(state: State, path: str, after: Mapping[str, Any]) -> None:
    holders = [after, *after.get("pathMatchers", [])]
    for holder in holders:
        weighted = holder.get("defaultRouteAction", {}).get("weightedBackendServices", [])
        given = [bool(weighted), "defaultService" in holder, "defaultUrlRedirect" in holder]
        if sum(given) != 1:
            raise Refusal(
                400, "invalid", "Invalid value for field 'resource': only one of defaultUrlRedirect, defaultService or "
                "defaultRouteAction.weightedBackendService can be set.",
            )  # fmt: skip
        if any(not 0 <= entry.get("weight", 0) <= 1000 for entry in weighted):
            raise Refusal(400, "invalid", "Invalid value for field 'weight': the value must be from 0 to 1000.")
        if weighted and not sum(entry.get("weight", 0) for entry in weighted):
            raise Refusal(400, "invalid", "At least one weight of weightedBackendServices must not be zero.")
        for entry in weighted:
            state.get(_full(entry["backendService"], path))


def _check_service(state: State, path: str, after: Mapping[str, Any]) -> None:
    backends = after.get("backends", [])
    for backend in backends:
        scaler = backend.get("capacityScaler", 1.0)
        if scaler and not 0.1 <= scaler <= 1.0:
            raise Refusal(400, "invalid", "Invalid value for field 'capacityScaler': it must be 0 or from 0.1 to 1.0.")
        if not scaler and len(backends) == 1:
            raise Refusal(400, "invalid", "capacityScaler cannot be 0 when there is only one backend.")
        if not backend["group"].startswith("https://"):
            raise Refusal(400, "invalid", "Invalid value for field 'group': the URL is malformed.")
        state.get(plain(backend["group"]))
