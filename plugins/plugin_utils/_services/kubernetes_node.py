# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a node of Kubernetes or OpenShift: cordoned, emptied, given back; whether it is ready."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ...module_utils._fleet.pods import Pod, Sorted, attached, cordon, is_cordoned, is_ours, is_ready, sort_out
from .._http import HttpError
from .kubernetes_api import Cluster, Refused

_PAUSE = 5.0
# the labels by which the network's agents are known; others are given as label=value
AGENTS = {"calico": "k8s-app=calico-node", "cilium": "k8s-app=cilium", "flannel": "app=flannel"}


@dataclass(frozen=True)
class Node:
    cluster: Cluster
    name: str

    def drain(
        self, timeout: float, *, delete_empty_dir: bool, evict_unmanaged: bool, note: Callable[[str], None]
    ) -> None:
        """No new pods, then no pods but those that stay, then no volumes but theirs. Raises HttpError."""
        clock, who = self.cluster.clock, self.cluster.who
        until = clock.now() + timeout
        pods = self._sorted(delete_empty_dir, evict_unmanaged)
        self._cordon()
        blocked: dict[Pod, str] = {}
        while pods.go:
            note(f"{len(pods.go)} pods are leaving")
            blocked = {pod: why for pod in pods.go if not pod.leaving and (why := self._evict(pod))}
            if clock.now() + _PAUSE > until:
                told = "; ".join(f"{pod}: {why}" for pod, why in list(blocked.items())[:3])
                names = ", ".join(str(pod) for pod in pods.go[:5])
                raise HttpError(
                    f"{who}: {len(pods.go)} pods did not leave {self.name} within {timeout:.0f} s "
                    f"({told or names}): see what holds them, or give the drain a longer timeout."
                )
            clock.sleep(_PAUSE)
            pods = self._sorted(delete_empty_dir, evict_unmanaged)
        kept = [self._volume(*claim) for claim in pods.claims]
        while volumes := self._attached(kept):
            note(f"{len(volumes)} volumes are being detached")
            if clock.now() + _PAUSE > until:
                raise HttpError(
                    f"{who}: volumes of {self.name} were not detached within {timeout:.0f} s "
                    f"({', '.join(volumes[:5])}): see to their CSI driver, or give the drain a longer timeout."
                )
            clock.sleep(_PAUSE)

    def undrain(self) -> None:
        """Take pods again, where it was us who said it should not. Raises HttpError."""
        if self.is_ours():
            self.cluster.ask(self.cluster.core.patch_node, self.name, cordon(False))

    def is_ours(self) -> bool:
        """Whether it was us who said that it should take no pods. Raises HttpError."""
        try:
            return is_ours(self.cluster.ask(self.cluster.core.read_node, self.name))
        except Refused as error:
            # a node that is gone is nobody's to give back
            if error.status != 404:
                raise
            return False

    def takes_pods(self) -> bool:
        """Raises HttpError."""
        return not is_cordoned(self.cluster.ask(self.cluster.core.read_node, self.name))

    def has_pods(self, *, delete_empty_dir: bool, evict_unmanaged: bool) -> bool:
        """Whether there are pods that would have to leave. Raises HttpError."""
        return bool(self._sorted(delete_empty_dir, evict_unmanaged).go)

    def _cordon(self) -> None:
        if self.takes_pods():
            self.cluster.ask(self.cluster.core.patch_node, self.name, cordon(True))

    def _sorted(self, delete_empty_dir: bool, evict_unmanaged: bool) -> Sorted:
        found = self.cluster.ask(
            self.cluster.core.list_pod_for_all_namespaces, field_selector=f"spec.nodeName={self.name}"
        )
        pods = sort_out(found.get("items") or (), delete_empty_dir, evict_unmanaged)
        if pods.refused:
            more = f", and {len(pods.refused) - 3} more" if len(pods.refused) > 3 else ""
            raise HttpError(
                f"{self.cluster.who}: {self.name} is not drained: {', '.join(pods.refused[:3])}{more}; "
                "move them, or let the drain have empty_dir: delete or unmanaged: evict."
            )
        return pods

    def _evict(self, pod: Pod) -> str:
        """Why a pod may not leave yet; empty where it may, or is gone."""
        body = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": pod.name, "namespace": pod.namespace},
        }
        evict = self.cluster.core.create_namespaced_pod_eviction
        try:
            self.cluster.once(evict, pod.name, pod.namespace, body)
        except Refused as error:
            if error.status == 404:
                return ""
            # a budget (429), and two budgets for one pod (500), are for the time that is left; the rest is an error
            if error.status in (429, 500, 502, 503, 504):
                return error.said or str(error.status)
            raise
        return ""

    def _attached(self, kept: Iterable[str]) -> tuple[str, ...]:
        found = self.cluster.ask(self.cluster.storage.list_volume_attachment)
        return attached(found.get("items") or (), self.name, kept)

    def _volume(self, namespace: str, claim: str) -> str:
        try:
            read = self.cluster.core.read_namespaced_persistent_volume_claim
            found = self.cluster.ask(read, claim, namespace)
        except Refused as error:
            if error.status != 404:
                raise
            return ""
        return str((found.get("spec") or {}).get("volumeName") or "")

    # -- the gate -----------------------------------------------------------------------------------

    def wrong(self, agents: Iterable[str]) -> str | None:
        """Why the node is not well, in a few words; its being cordoned by us is no illness. Raises HttpError."""
        core = self.cluster.core
        node = self.cluster.ask(core.read_node, self.name)
        if not is_ready(node):
            return f"node {self.name} is not Ready"
        if is_cordoned(node) and not is_ours(node):
            return f"node {self.name} is cordoned, and not by us"
        for agent in agents:
            selector = AGENTS.get(agent, agent)
            found = self.cluster.ask(
                core.list_pod_for_all_namespaces,
                field_selector=f"spec.nodeName={self.name}",
                label_selector=selector,
            )
            pods = found.get("items") or ()
            if not pods:
                return f"there is no pod of {agent} on node {self.name}"
            if not all(is_ready(pod) for pod in pods):
                return f"{agent} on node {self.name} is not Ready"
        return None

    def heartbeat(self) -> str:
        """When its kubelet was last heard of, in the API's own words. Raises HttpError."""
        read = self.cluster.leases.read_namespaced_lease
        found = self.cluster.ask(read, self.name, "kube-node-lease")
        return str((found.get("spec") or {}).get("renewTime") or "")
