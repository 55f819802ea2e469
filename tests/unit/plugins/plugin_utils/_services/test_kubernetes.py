"""Nodes of Kubernetes: what leaves and what stays, budgets, volumes, whose cordon it is, when a node is well."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.atomic.fleet.tests.unit.plugins.kubernetes_server import (
    TOKEN,
    KubernetesRules,
    attachment,
    pod,
)
from ansible_collections.atomic.fleet.tests.unit.plugins.loopback import Loopback, Question, Reply, Time

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError, FleetError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.pods import OURS
from ansible_collections.atomic.fleet.plugins.plugin_utils._http import HttpError
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.kubernetes_api import Cluster, Login
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.kubernetes_node import Node

WHO = "Kubernetes"


def node(server: Loopback, time: Time, token: str = TOKEN, name: str = "web1") -> Node:
    return Node(Cluster(WHO, Login(url=server.url, token=token), time.clock), name)


def drain(rules: Any, timeout: float = 60, time: Time | None = None, **words: bool) -> list[str]:
    notes: list[str] = []
    said = {"delete_empty_dir": False, "evict_unmanaged": False, **words}
    with Loopback(rules) as server:
        node(server, time or Time()).drain(timeout, note=notes.append, **said)
    return list(dict.fromkeys(notes))


MIRROR = {"kubernetes.io/config.mirror": "x"}
SCRATCH = [{"name": "scratch", "emptyDir": {}}]


def test_what_leaves_and_what_stays() -> None:
    rules = KubernetesRules(
        pods=[
            pod("web-1"),
            pod("other", node="web2"),
            pod("flannel", owner="DaemonSet"),
            pod("kube-proxy", owner="Node", annotations=MIRROR),
            pod("done", owner="Job", phase="Succeeded", volumes=SCRATCH),
            pod("db-0", owner="StatefulSet"),
        ]
    )
    assert drain(rules) == ["2 pods are leaving"]
    assert rules.evicted == ["shop/web-1", "shop/db-0"]
    assert (rules.nodes["web1"]["spec"], rules.nodes["web1"]["metadata"]["annotations"]) == (
        {"unschedulable": True},
        {OURS: "true"},
    )


@pytest.mark.parametrize(
    "lost,words,said",
    [
        (pod("tmp-1", volumes=SCRATCH), {"delete_empty_dir": True}, "shop/tmp-1 keeps data in an emptyDir"),
        (
            pod("alone", owner=None),
            {"evict_unmanaged": True},
            "shop/alone has no controller that would start it elsewhere",
        ),
    ],
)
def test_what_would_be_lost_is_not_evicted_unasked(lost: Any, words: dict[str, bool], said: str) -> None:
    rules = KubernetesRules(pods=[pod("web-1"), lost])
    with pytest.raises(HttpError) as caught:
        drain(rules)
    assert caught.value.message == (
        f"{WHO}: web1 is not drained: {said}; move them, or let the drain have empty_dir: delete or unmanaged: evict."
    )
    assert (rules.evicted, rules.nodes["web1"]["spec"]) == ([], {})
    drain(rules, **words)
    assert len(rules.evicted) == 2


def test_a_disruption_budget_is_waited_for() -> None:
    rules, time = KubernetesRules(pods=[pod("web-1"), pod("web-2")], budget=1, grace=2), Time()

    def more() -> None:
        rules.budget = 1

    time.meanwhile[4] = more
    drain(rules, 120, time)
    assert rules.evicted == ["shop/web-1", "shop/web-2"]


def test_a_budget_that_never_allows_it_is_told() -> None:
    rules, time = KubernetesRules(pods=[pod("web-1")], budget=0), Time()
    with pytest.raises(HttpError) as caught:
        drain(rules, 30, time)
    assert caught.value.message == (
        f"{WHO}: 1 pods did not leave web1 within 30 s (shop/web-1: Cannot evict pod as it would violate the pod's "
        "disruption budget.): see what holds them, or give the drain a longer timeout."
    )
    assert sum(time.slept) <= 30


def test_a_pod_that_does_not_end_is_told() -> None:
    with pytest.raises(HttpError, match=r"1 pods did not leave web1 within 20 s \(shop/web-1\): "):
        drain(KubernetesRules(pods=[pod("web-1")], grace=1000), 20)


def test_volumes_are_detached_before_the_host_goes() -> None:
    stays = pod("agent", owner="DaemonSet", volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "logs"}}])
    rules = KubernetesRules(
        pods=[pod("db-0", volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "db"}}]), stays],
        attachments=[attachment("pv-db"), attachment("pv-logs"), attachment("pv-other", "web2")],
        claims={("shop", "logs"): "pv-logs", ("shop", "db"): "pv-db"},
        detaches={"pv-db"},
    )
    assert drain(rules) == ["1 pods are leaving", "1 volumes are being detached"]
    assert [each["metadata"]["name"] for each in rules.attachments] == ["csi-pv-logs", "csi-pv-other"]


def test_a_volume_that_stays_attached_is_told() -> None:
    rules = KubernetesRules(attachments=[attachment("pv-db")])
    with pytest.raises(HttpError, match=r"volumes of web1 were not detached within 30 s \(pv-db\): see to their CSI"):
        drain(rules, 30)


def test_cordoned_and_given_back_as_often_as_one_likes() -> None:
    rules, time = KubernetesRules(), Time()
    with Loopback(rules) as server:
        ours = node(server, time)
        ours.undrain()
        for _time in range(2):
            ours.drain(10, delete_empty_dir=False, evict_unmanaged=False, note=lambda note: None)
        for _time in range(2):
            ours.undrain()
    assert [each.method for each in server.heard].count("PATCH") == 2
    assert (rules.nodes["web1"]["spec"], rules.nodes["web1"]["metadata"]["annotations"]) == ({}, {})


def test_somebody_else_s_cordon_stays() -> None:
    rules = KubernetesRules(nodes={"web1": KubernetesRules.node("web1", cordoned=True)})
    with Loopback(rules) as server:
        ours = node(server, Time())
        ours.drain(10, delete_empty_dir=False, evict_unmanaged=False, note=lambda note: None)
        ours.undrain()
    assert rules.nodes["web1"]["spec"] == {"unschedulable": True}


def test_a_node_that_is_gone_needs_nothing() -> None:
    with Loopback(KubernetesRules()) as server:
        node(server, Time(), name="web9").undrain()
    assert {each.method for each in server.heard} == {"GET"}


@pytest.mark.parametrize(
    "rules,token,said",
    [
        (KubernetesRules(), "wrong", f"{WHO}: it refuses the login (401): renew the token or kubeconfig."),
        (
            lambda question: Reply(403, {"kind": "Status", "message": 'User "fleet" cannot list resource "pods"'}),
            TOKEN,
            f'{WHO}: it does not let us (403: User "fleet" cannot list resource "pods"): have that allowed over there.',
        ),
        (lambda question: Reply(404, "nope"), TOKEN, f"{WHO}: it refuses (404)."),
        (lambda question: Reply(200, "<html>"), TOKEN, f"{WHO}: its answer is no JSON: see that the url leads to it."),
    ],
)
def test_what_is_wrong_is_a_sentence_without_the_token(rules: Any, token: str, said: str) -> None:
    with Loopback(rules) as server, pytest.raises(FleetError) as caught:
        node(server, Time(), token).drain(10, delete_empty_dir=False, evict_unmanaged=False, note=lambda note: None)
    assert caught.value.message == said


def test_a_busy_api_is_asked_again() -> None:
    rules, time, answers = KubernetesRules(), Time(), [Reply(503), Reply(429)]

    def busy(question: Question) -> Reply:
        return answers.pop(0) if answers else rules(question)

    drain(busy, time=time)
    assert time.slept == [1.0, 2.0]


FLANNEL = {"labels": {"app": "flannel"}, "owner": "DaemonSet", "namespace": "kube-flannel"}


@pytest.mark.parametrize(
    "ready,cordoned,annotated,pods,agents,said",
    [
        ("True", False, False, [], [], None),
        ("True", True, True, [], [], None),
        ("True", True, False, [], [], "node web1 is cordoned, and not by us"),
        ("Unknown", False, False, [], [], "node web1 is not Ready"),
        ("False", False, False, [], [], "node web1 is not Ready"),
        ("True", False, False, [], ["flannel"], "there is no pod of flannel on node web1"),
        ("True", False, False, [pod("f", **FLANNEL)], ["flannel"], None),
        ("True", False, False, [pod("f", **FLANNEL, ready=False)], ["flannel"], "flannel on node web1 is not Ready"),
        ("True", False, False, [pod("f", "web2", **FLANNEL)], ["flannel"], "there is no pod of flannel on node web1"),
        ("True", False, False, [pod("a", labels={"k": "v"})], ["k=v"], None),
        ("True", False, False, [pod("f", **FLANNEL)], ["flannel", "calico"], "there is no pod of calico on node web1"),
    ],
)
def test_when_a_node_is_well(
    ready: str, cordoned: bool, annotated: bool, pods: list[Any], agents: list[str], said: str | None
) -> None:
    rules = KubernetesRules(nodes={"web1": KubernetesRules.node("web1", ready, cordoned)}, pods=pods)
    if annotated:
        rules.nodes["web1"]["metadata"]["annotations"][OURS] = "true"
    with Loopback(rules) as server:
        assert node(server, Time()).wrong(agents) == said
        assert node(server, Time()).heartbeat() == rules.renewed


def test_the_login_of_a_kubeconfig(tmp_path: Path) -> None:
    rules = KubernetesRules()
    with Loopback(rules) as server:
        config = {
            "clusters": [{"name": "c", "cluster": {"server": server.url}}],
            "users": [{"name": "u", "user": {"token": TOKEN}}],
            "contexts": [{"name": "prod", "context": {"cluster": "c", "user": "u"}}],
        }
        (tmp_path / "config").write_text(json.dumps(config))
        login = Login(kubeconfig=str(tmp_path / "config"), context="prod")
        assert Node(Cluster(WHO, login, Time().clock), "web1").wrong([]) is None


@pytest.mark.parametrize("text", ["", "nonsense: [", "{}"])
def test_a_kubeconfig_that_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "config").write_text(text)
    with pytest.raises(ArgumentError, match=r"^Kubernetes: \S+/config cannot be used \("):
        Node(Cluster(WHO, Login(kubeconfig=str(tmp_path / "config")), Time().clock), "web1").wrong([])


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kubernetes", None)
    with pytest.raises(ArgumentError, match=r"^Failed to import the required Python library \(kubernetes\)"):
        Node(Cluster(WHO, Login(), Time().clock), "web1").wrong([])
