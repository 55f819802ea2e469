# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what becomes of the pods of a node that is drained. As with kubectl drain, and as its words
have it: pods of DaemonSets and mirror pods stay, and what would be lost is not evicted unasked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MIRROR = "kubernetes.io/config.mirror"
OURS = "atomic.fleet/cordoned"


@dataclass(frozen=True)
class Pod:
    namespace: str
    name: str
    leaving: bool = False

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True)
class Sorted:
    """``go`` are to leave, ``refused`` say why they are not made to; ``claims`` (namespace, name) are in use by those
    that stay."""

    go: tuple[Pod, ...] = ()
    refused: tuple[str, ...] = ()
    claims: tuple[tuple[str, str], ...] = ()


def sort_out(pods: Iterable[Mapping[str, Any]], delete_empty_dir: bool, evict_unmanaged: bool) -> Sorted:
    """``pods`` are as the API tells them."""
    go: list[Pod] = []
    refused: list[str] = []
    claims: list[tuple[str, str]] = []
    for pod in pods:
        about = pod.get("metadata") or {}
        one = Pod(str(about.get("namespace")), str(about.get("name")), bool(about.get("deletionTimestamp")))
        phase = (pod.get("status") or {}).get("phase")
        owner = next((each for each in about.get("ownerReferences") or () if each.get("controller")), None)
        volumes = (pod.get("spec") or {}).get("volumes") or ()
        if phase in ("Succeeded", "Failed"):
            continue
        if MIRROR in (about.get("annotations") or {}) or (owner or {}).get("kind") == "DaemonSet":
            claims += [(one.namespace, claim) for claim in _claims(one.name, volumes)]
        elif one.leaving:
            go.append(one)
        elif owner is None and not evict_unmanaged:
            refused.append(f"{one} has no controller that would start it elsewhere")
        elif any(each.get("emptyDir") is not None for each in volumes) and not delete_empty_dir:
            refused.append(f"{one} keeps data in an emptyDir")
        else:
            go.append(one)
    return Sorted(tuple(go), tuple(refused), tuple(claims))


def _claims(pod: str, volumes: Sequence[Mapping[str, Any]]) -> list[str]:
    named = [(each.get("persistentVolumeClaim") or {}).get("claimName") for each in volumes]
    own = [f"{pod}-{each.get('name')}" for each in volumes if each.get("ephemeral") is not None]
    return [*[name for name in named if name], *own]


def attached(attachments: Iterable[Mapping[str, Any]], node: str, kept: Iterable[str]) -> tuple[str, ...]:
    """The volumes of a node that are not detached yet, without those that are ``kept`` by what stays."""
    names = set()
    for one in attachments:
        spec = one.get("spec") or {}
        if spec.get("nodeName") == node:
            names.add(str((spec.get("source") or {}).get("persistentVolumeName") or one["metadata"]["name"]))
    return tuple(sorted(names - set(kept)))


def is_ready(of: Mapping[str, Any]) -> bool:
    """Whether a node or a pod says that it is ready."""
    conditions = (of.get("status") or {}).get("conditions") or ()
    return any(each.get("type") == "Ready" and each.get("status") == "True" for each in conditions)


def is_cordoned(node: Mapping[str, Any]) -> bool:
    return bool((node.get("spec") or {}).get("unschedulable"))


def is_ours(node: Mapping[str, Any]) -> bool:
    """Whether it was us who cordoned it."""
    return OURS in ((node.get("metadata") or {}).get("annotations") or {})


def cordon(on: bool) -> dict[str, Any]:
    """The patch of a node that cordons it and says by whom, or undoes both."""
    return {
        "metadata": {"annotations": {OURS: "true" if on else None}},
        "spec": {"unschedulable": True if on else None},
    }
