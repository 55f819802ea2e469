"""The part of the Kubernetes API that a drain needs, held to its published shapes: paths, methods, content types of
patches, selectors, Status objects, what an eviction answers (201, 404, 429 by a PodDisruptionBudget)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.atomic.fleet.tests.unit.plugins.loopback import Question, Reply

TOKEN = "s3cr3t-token"
PATCHES = ("application/strategic-merge-patch+json", "application/merge-patch+json")
EVICTION = re.compile(r"/api/v1/namespaces/([^/]+)/pods/([^/]+)/eviction\Z")
CLAIM = re.compile(r"/api/v1/namespaces/([^/]+)/persistentvolumeclaims/([^/]+)\Z")
LEASE = re.compile(r"/apis/coordination\.k8s\.io/v1/namespaces/kube-node-lease/leases/([^/]+)\Z")


def status(code: int, reason: str, message: str, **details: Any) -> Reply:
    return Reply(
        code,
        {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": reason,
            "details": details,
            "code": code,
        },
    )


def listed(kind: str, items: list[Any], version: str = "v1") -> Reply:
    return Reply(body={"kind": kind, "apiVersion": version, "metadata": {"resourceVersion": "7"}, "items": items})


def pod(name: str, node: str = "web1", namespace: str = "shop", owner: str | None = "ReplicaSet", **more: Any) -> Any:
    """A pod; ``more``: volumes, annotations, labels, phase, ready."""
    owners = [{"kind": owner, "name": "x", "uid": "1", "controller": True, "apiVersion": "apps/v1"}] if owner else []
    return {
        "metadata": {
            "name": name,
            "namespace": namespace,
            "annotations": more.get("annotations", {}),
            "labels": more.get("labels", {}),
            "ownerReferences": owners,
        },
        "spec": {"nodeName": node, "containers": [{"name": "c"}], "volumes": more.get("volumes", [])},
        "status": {
            "phase": more.get("phase", "Running"),
            "conditions": [{"type": "Ready", "status": "True" if more.get("ready", True) else "False"}],
        },
    }


def attachment(volume: str, node: str = "web1") -> Any:
    return {
        "metadata": {"name": f"csi-{volume}"},
        "spec": {"attacher": "csi.example", "nodeName": node, "source": {"persistentVolumeName": volume}},
        "status": {"attached": True},
    }


@dataclass
class KubernetesRules:
    """``budget`` is how many evictions the PodDisruptionBudget allows before it says 429; None: any number.

    A pod that was evicted is there until it was listed ``grace`` times, an attachment until it was listed once after.
    """

    nodes: dict[str, Any] = field(default_factory=dict)
    pods: list[Any] = field(default_factory=list)
    attachments: list[Any] = field(default_factory=list)
    claims: dict[tuple[str, str], str] = field(default_factory=dict)
    budget: int | None = None
    grace: int = 1
    evicted: list[str] = field(default_factory=list)
    detaches: set[str] = field(default_factory=set)
    renewed: str = "2026-11-24T03:00:00.000000Z"

    def __post_init__(self) -> None:
        self.nodes.setdefault("web1", self.node("web1"))

    @staticmethod
    def node(name: str, ready: str = "True", cordoned: bool = False) -> Any:
        return {
            "kind": "Node",
            "apiVersion": "v1",
            "metadata": {"name": name, "annotations": {}},
            "spec": {"unschedulable": True} if cordoned else {},
            "status": {
                "conditions": [{"type": "MemoryPressure", "status": "False"}, {"type": "Ready", "status": ready}]
            },
        }

    def __call__(self, question: Question) -> Reply:
        if question.headers.get("authorization") != f"Bearer {TOKEN}":
            return status(401, "Unauthorized", "Unauthorized")
        path = question.path
        if path.startswith("/api/v1/nodes/"):
            return self.of_node(path.removeprefix("/api/v1/nodes/"), question)
        if found := EVICTION.match(path):
            return self.evict(*found.groups(), question)
        if question.method != "GET":
            return status(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
        if path == "/api/v1/pods":
            return self.list_pods(question.query)
        if path == "/apis/storage.k8s.io/v1/volumeattachments":
            shown = list(self.attachments)
            gone = {each for each in self.detaches if not self.evicted_still_there()}
            self.attachments = [each for each in shown if each["spec"]["source"]["persistentVolumeName"] not in gone]
            return listed("VolumeAttachmentList", shown, "storage.k8s.io/v1")
        if (found := CLAIM.match(path)) and found.groups() in self.claims:
            return Reply(body={"metadata": {}, "spec": {"volumeName": self.claims[found.groups()]}})
        if (found := LEASE.match(path)) and found.group(1) in self.nodes:
            return Reply(body={"metadata": {}, "spec": {"holderIdentity": found.group(1), "renewTime": self.renewed}})
        return status(404, "NotFound", "the server could not find the requested resource")

    def of_node(self, name: str, question: Question) -> Reply:
        if name not in self.nodes:
            return status(404, "NotFound", f'nodes "{name}" not found', name=name, kind="nodes")
        node = self.nodes[name]
        if question.method == "PATCH":
            if question.headers.get("content-type") not in PATCHES:
                return status(415, "UnsupportedMediaType", "the body of the request was in an unknown format")
            merge(node, json.loads(question.body))
        elif question.method != "GET":
            return status(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
        return Reply(body=node)

    def list_pods(self, query: Any) -> Reply:
        node = query["fieldSelector"].removeprefix("spec.nodeName=")
        found = [each for each in self.pods if each["spec"]["nodeName"] == node]
        if "labelSelector" in query:
            key, _equal, value = query["labelSelector"].partition("=")
            found = [each for each in found if each["metadata"]["labels"].get(key) == value]
        shown = json.loads(json.dumps(found))
        for each in found:
            if "deletionTimestamp" in each["metadata"]:
                each["listed"] = each.get("listed", 0) + 1
        self.pods = [each for each in self.pods if each.get("listed", 0) < self.grace]
        return listed("PodList", shown)

    def evict(self, namespace: str, name: str, question: Question) -> Reply:
        body = json.loads(question.body)
        if question.method != "POST" or (body.get("apiVersion"), body.get("kind")) != ("policy/v1", "Eviction"):
            return status(400, "BadRequest", "this is no Eviction in version policy/v1")
        about = body["metadata"]
        if (about.get("name"), about.get("namespace")) != (name, namespace):
            return status(400, "BadRequest", "name in URL does not match name in Eviction object")
        found = [
            each for each in self.pods if (each["metadata"]["namespace"], each["metadata"]["name"]) == (namespace, name)
        ]
        if not found:
            return status(404, "NotFound", f'pods "{name}" not found', name=name, kind="pods")
        if self.budget is not None:
            if not self.budget:
                causes = [{"reason": "DisruptionBudget", "message": "The disruption budget web needs 2 healthy pods"}]
                told = "Cannot evict pod as it would violate the pod's disruption budget."
                return status(429, "TooManyRequests", told, causes=causes, retryAfterSeconds=10)
            self.budget -= 1
        found[0]["metadata"]["deletionTimestamp"] = "2026-11-24T03:00:00Z"
        self.evicted.append(f"{namespace}/{name}")
        return Reply(201, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201})

    def evicted_still_there(self) -> bool:
        return any("deletionTimestamp" in each["metadata"] for each in self.pods)


def merge(into: Any, patch: Any) -> None:
    """RFC 7386, which is all that these patches need."""
    for key, value in patch.items():
        if value is None:
            into.pop(key, None)
        elif isinstance(value, dict):
            merge(into.setdefault(key, {}), value)
        else:
            into[key] = value
