"""A valid contract for tests, and ways to say where it is changed."""

from __future__ import annotations

import copy
from typing import Any

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + "B" * 43
OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + "C" * 43
CA_KEY = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB" + "D" * 40 + "=="
MISSING = object()


def hop(address: str = "10.88.0.2", **more: Any) -> dict[str, Any]:
    return {"address": address, "user": "jump", "port": 22, "host_keys": [KEY], **more}


def host(name: str = "demo-blue-1", address: str = "10.88.0.11", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "address": address,
        "user": "root",
        "port": 22,
        "jump": [],
        "host_keys": [KEY],
        "cloud": "lab",
        "pool": "blue",
        "zone": "a",
        "image": "lab:lab/x86_64/stable@1.0",
        "id": f"lab/demo/{name}",
        "labels": {},
        **more,
    }


def fleet(*hosts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "schema": "atomic.fleet/fleet/v1",
        "name": "demo",
        "hosts": list(hosts) or [host()],
        "pools": {"blue": {"image": "lab:lab/x86_64/stable@1.0", "size": 1, "zones": ["a"]}},
        "traffic": [],
        **more,
    }


def balancer(name: str = "web", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "adapter": "aws_elbv2",
        "address": "web.example.org",
        "port": 80,
        "settings": {"region": "eu-central-1"},
        "pools": {"blue": {"share": 100, "settings": {"target_group": "arn:1"}}},
        **more,
    }


def changed(document: dict[str, Any], path: tuple[str | int, ...], value: Any) -> Any:
    """A copy with one place changed; MISSING takes the place away."""
    document = copy.deepcopy(document)
    if not path:
        return value
    node: Any = document
    for step in path[:-1]:
        node = node[step]
    if value is MISSING:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return document
