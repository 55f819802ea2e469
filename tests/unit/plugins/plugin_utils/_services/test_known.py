"""The drains and gates that a policy names, each called as a wave calls it: with rendered words and some patience."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.atomic.fleet.tests.unit.plugins import kubernetes_server
from ansible_collections.atomic.fleet.tests.unit.plugins.consul_server import ConsulRules
from ansible_collections.atomic.fleet.tests.unit.plugins.fleet_lock_server import FleetLockRules
from ansible_collections.atomic.fleet.tests.unit.plugins.kubernetes_server import KubernetesRules
from ansible_collections.atomic.fleet.tests.unit.plugins.loopback import Loopback, Question, Reply, Time

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError, FleetError
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.consul import ConsulDrain, ConsulGate
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.fleet_lock import FleetLockDrain
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.haproxy import HAProxyDrain, HAProxyGate
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.kubernetes import KubernetesDrain, KubernetesGate
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.model import Patience, Served

NODE = "975228d46dc94622b9bbe16671e2b58d"
SECRET = "b1gs33cr3t"


def host(name: str = "web1", **words: Any) -> Served:
    return Served(name, "127.0.0.1", words, NODE)


def patience(time: Time, timeout: float = 60.0, note: Callable[[str], None] = lambda text: None) -> Patience:
    return Patience(timeout, time.clock, note)


def needs(drain: Any, some: Served) -> tuple[bool | None, ...]:
    """Whether there would be something to drain, and something to undo."""
    return tuple(drain.needs(do, some, patience(Time())) for do in ("drain", "undrain"))


def test_fleet_lock_takes_the_slot_that_zincati_on_the_host_would() -> None:
    rules, notes = FleetLockRules({"default": 1, "etcd": 1}), list[str]()
    with Loopback(rules) as server:
        drain, some = FleetLockDrain(), patience(Time(), note=notes.append)
        assert needs(drain, host(url=server.url)) == (None, None)
        drain.drain(host(url=server.url), some)
        drain.drain(host(url=server.url, group="etcd", id="web one"), some)
        assert rules.holders == {"default": [NODE], "etcd": ["web one"]}
        drain.undrain(host(url=server.url), some)
        drain.undrain(host(url=server.url, group="etcd", id="web one"), some)
    assert (rules.holders, notes[0]) == ({"default": [], "etcd": []}, "waiting for a slot of group default")


def test_fleet_lock_gives_up_before_it_is_given_up_on() -> None:
    rules, time = FleetLockRules({"default": 0}), Time()
    with Loopback(rules) as server, pytest.raises(FleetError) as caught:
        FleetLockDrain().drain(host(url=server.url), patience(time, 60))
    assert caught.value.message.startswith(
        f"FleetLock at {server.name}: no slot of group default was free for 45 s (500, failed_lock_semaphore_full: "
    )
    assert sum(time.slept) == 45


def test_fleet_lock_waits_for_its_server_too() -> None:
    rules, time = FleetLockRules({"default": 1}), Time()
    with Loopback(rules) as server:
        there = server.url
    with pytest.raises(FleetError, match=r"was free for 45 s \(it refuses connections\)"):
        FleetLockDrain().drain(host(url=there), patience(time, 60))


@pytest.mark.parametrize(
    "words,node,said",
    [
        ({"url": "http://127.0.0.1:1", "group": "a b"}, NODE, "group is 'a b'; FleetLock knows groups of letters,"),
        ({"url": "http://127.0.0.1:1"}, None, "what Zincati calls the host is not known"),
        ({"url": ""}, NODE, "url is empty; give it a text, or see to the variables of its template."),
        ({"url": "locks:3333"}, NODE, "FleetLock: its url must begin with http:// or https:// and name a server."),
        ({"url": f"http://me:{SECRET}@locks"}, NODE, "FleetLock at locks: its url is to be a server and a path,"),
    ],
)
def test_words_that_came_out_wrong(words: dict[str, Any], node: str | None, said: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        FleetLockDrain().drain(replace(host(**words), node_id=node), patience(Time()))
    assert caught.value.message.startswith(said)
    assert SECRET not in caught.value.message


def test_consul_on_the_host_itself() -> None:
    rules = ConsulRules(token=SECRET)
    with Loopback(rules) as server:
        words = {"url": server.url, "token": SECRET}
        assert needs(ConsulDrain(), host(**words)) == (True, False)
        ConsulDrain().drain(host(**words), patience(Time()))
        assert needs(ConsulDrain(), host(**words)) == (False, True)
        # drained by somebody else, as far as we are concerned
        assert needs(ConsulDrain(), host(**words, reason="ours")) == (False, False)
        assert rules.checks["_node_maintenance"]["Notes"] == "atomic.fleet"
        assert ConsulGate().ask(host(**words), patience(Time())) is None
        assert ConsulGate().ask(host(**words, node="web2"), patience(Time())) == "Consul has no node web2"
        assert ConsulGate().ask(host("web3", **words), patience(Time())) == "Consul has no node web3"
        ConsulDrain().undrain(host(**words), patience(Time()))
    assert "_node_maintenance" not in rules.checks


def test_consul_s_own_port_is_where_it_is_looked_for() -> None:
    with pytest.raises(FleetError, match=r"^Consul at \[::1\]:8500: "):
        ConsulDrain().drain(Served("web1", "::1"), patience(Time(), 4))


@pytest.mark.parametrize("call", [HAProxyDrain().drain, HAProxyDrain().undrain, HAProxyGate().ask])
def test_haproxy_is_named_by_its_socket(call: Callable[[Served, Patience], object]) -> None:
    with pytest.raises(FleetError, match=r"^HAProxy at /nowhere: its socket /nowhere cannot be used"):
        call(host(socket="/nowhere", backend="app"), patience(Time()))


def test_a_node_of_kubernetes() -> None:
    rules, notes = (
        KubernetesRules(pods=[kubernetes_server.pod("a", volumes=[{"name": "s", "emptyDir": {}}])]),
        list[str](),
    )
    with Loopback(rules) as server:
        words = {"url": server.url, "token": kubernetes_server.TOKEN}
        drain, some = KubernetesDrain(), patience(Time(), note=notes.append)
        with pytest.raises(FleetError, match=rf"^Kubernetes at {server.name}: web1 is not drained: shop/a keeps data"):
            drain.drain(host(**words), some)
        assert needs(drain, host(**words, empty_dir="delete")) == (True, False)
        drain.drain(host(**words, empty_dir="delete"), some)
        assert needs(drain, host(**words, empty_dir="delete")) == (False, True)
        assert rules.nodes["web1"]["spec"] == {"unschedulable": True}
        drain.undrain(host("elsewhere", **words, node="web1"), some)
    assert (rules.nodes["web1"]["spec"], rules.evicted, notes[0]) == ({}, ["shop/a"], "1 pods are leaving")


def test_a_node_is_believed_when_its_kubelet_was_heard_of() -> None:
    rules = KubernetesRules()
    with Loopback(rules) as server:
        asked, some = KubernetesGate(), patience(Time())
        one = host(url=server.url, token=kubernetes_server.TOKEN)
        silent = "nothing was heard of the kubelet on node web1 since its reboot"
        assert [asked.ask(one, some), asked.ask(one, some)] == [silent, silent]
        rules.renewed = "2026-11-24T03:00:10.000000Z"
        assert asked.ask(one, some) is None
        agents = replace(one, words={**one.words, "agents": ("flannel",)})
        assert asked.ask(agents, some) == "there is no pod of flannel on node web1"


def test_a_token_is_in_no_sentence() -> None:
    def echoing(question: Question) -> Reply:
        return Reply(500, {"kind": SECRET, "message": "no"})

    with Loopback(echoing) as server:
        for call in (ConsulDrain().drain, KubernetesDrain().drain, KubernetesGate().ask, ConsulGate().ask):
            with pytest.raises(FleetError) as caught:
                call(host(url=server.url, token=SECRET), patience(Time(), 4))
            assert SECRET not in caught.value.message
    assert SECRET not in repr(host(token=SECRET))
