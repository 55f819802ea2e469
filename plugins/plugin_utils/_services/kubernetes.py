# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the drain and the gate of a policy that are called kubernetes; for OpenShift too."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from .kubernetes_api import Cluster, Login
from .kubernetes_node import Node
from .model import HOST, Patience, Served
from .said import answer_time, maybe, server_of, text


class KubernetesDrain:
    """Cordons the node and evicts its pods; one for all hosts of a wave, so logins are made once each."""

    scope: ClassVar[str] = HOST

    def __init__(self) -> None:
        self._clusters = _Clusters()

    def drain(self, host: Served, patience: Patience) -> None:
        self._clusters.node(host, patience).drain(
            patience.timeout - answer_time(patience),
            delete_empty_dir=text(host, "empty_dir", "refuse") == "delete",
            evict_unmanaged=text(host, "unmanaged", "refuse") == "evict",
            note=patience.note,
        )

    def undrain(self, host: Served, patience: Patience) -> None:
        self._clusters.node(host, patience).undrain()

    def needs(self, do: str, host: Served, patience: Patience) -> bool | None:
        node = self._clusters.node(host, patience)
        if do == "undrain":
            return node.is_ours()
        return node.takes_pods() or node.has_pods(
            delete_empty_dir=text(host, "empty_dir", "refuse") == "delete",
            evict_unmanaged=text(host, "unmanaged", "refuse") == "evict",
        )


class KubernetesGate:
    """The node is Ready, and its kubelet was heard of since the first question: for 40 s after a kubelet fell silent
    the API still calls its node Ready."""

    scope: ClassVar[str] = HOST
    serving: ClassVar[bool] = False

    def __init__(self) -> None:
        self._clusters = _Clusters()
        self._first: dict[str, str] = {}

    def ask(self, host: Served, patience: Patience) -> str | None:
        node = self._clusters.node(host, patience)
        wrong = node.wrong(_agents(host))
        if wrong is not None:
            return wrong
        beat = node.heartbeat()
        if self._first.setdefault(host.name, beat) == beat:
            return f"nothing was heard of the kubelet on node {node.name} since its reboot"
        return None


class _Clusters:
    def __init__(self) -> None:
        self._known: dict[Login, Cluster] = {}

    def node(self, host: Served, patience: Patience) -> Node:
        login = Login(*[maybe(host, word) for word in ("kubeconfig", "context", "url", "token", "ca_file")])
        where = login.context or (server_of(login.url) if login.url else "")
        who = f"Kubernetes at {where}" if where else "Kubernetes"
        wait = min(60.0, patience.timeout / 4)
        # threads that come at once may each make one: the last stays
        cluster = self._known.get(login) or Cluster(who, login, patience.clock, answer_time(patience), wait)
        self._known[login] = cluster
        return Node(cluster, text(host, "node", host.name))


def _agents(host: Served) -> Iterable[str]:
    return [str(one) for one in host.words.get("agents", ())]
