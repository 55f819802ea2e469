"""Consul: maintenance that is ours is ended, and nobody else's; what checks say of a node."""

from __future__ import annotations

import pytest
from ansible_collections.atomic.fleet.tests.unit.plugins.consul_server import ConsulRules
from ansible_collections.atomic.fleet.tests.unit.plugins.loopback import Loopback, Reply, Time

from ansible_collections.atomic.fleet.plugins.plugin_utils._http import HttpError
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.consul import TOKEN, Agent, Checks
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.rest import Place, Rest

WHO = "Consul at web1"
SECRET = "b1gs33cr3t"


def rest(server: Loopback, token: str | None = None) -> Rest:
    return Rest(Place(WHO, server.url, {TOKEN: token} if token else {}), Time().clock)


@pytest.mark.parametrize("service,check", [(None, "_node_maintenance"), ("web-1", "_service_maintenance:web-1")])
def test_maintenance_is_begun_and_ended_as_often_as_one_likes(service: str | None, check: str) -> None:
    rules = ConsulRules(token=SECRET)
    with Loopback(rules) as server:
        agent = Agent(rest(server, SECRET), service, "kernel & more")
        agent.undrain()
        agent.drain()
        agent.drain()
        assert rules.checks[check]["Notes"] == "kernel & more"
        agent.undrain()
        agent.undrain()
    assert check not in rules.checks
    assert [question.method for question in server.heard].count("PUT") == 2


def test_somebody_else_s_maintenance_stays() -> None:
    rules = ConsulRules()
    rules.put("_node_maintenance", "Node Maintenance Mode", "critical", notes="a disk is being changed")
    with Loopback(rules) as server:
        agent = Agent(rest(server), None, "ours")
        agent.drain()
        agent.undrain()
    assert rules.checks["_node_maintenance"]["Notes"] == "a disk is being changed"


@pytest.mark.parametrize("token", [None, "another"])
def test_a_token_that_may_not_is_never_told(token: str | None) -> None:
    with Loopback(ConsulRules(token=SECRET)) as server, pytest.raises(HttpError) as caught:
        Agent(rest(server, token), None, "ours").drain()
    assert caught.value.message == f"{WHO}: it refuses the token (403): give one that has node:read."


@pytest.mark.parametrize(
    "answer,said",
    [
        (Reply(500, f"No cluster leader {SECRET}"), "it did not do what it was asked to (500)"),
        (Reply(302, headers={"Location": "https://elsewhere/"}), "it did not do what it was asked to (302)"),
        (Reply(404, "404 page not found"), "it knows no such service or path (404)"),
        (Reply(200, "<html>"), "its answer (200) is no JSON"),
    ],
)
def test_answers_that_are_none(answer: Reply, said: str) -> None:
    with Loopback(lambda question: answer) as server, pytest.raises(HttpError) as caught:
        Agent(rest(server, SECRET), None, "ours").drain()
    assert caught.value.message.startswith(f"{WHO}: {said}")
    assert SECRET not in caught.value.message


def test_a_service_that_is_not_there() -> None:
    with Loopback(ConsulRules()) as server, pytest.raises(HttpError, match=r"it knows no such service or path \(404\)"):
        Agent(rest(server), "web", "ours").drain()


def test_the_agent_is_waited_for_while_it_starts() -> None:
    rules, answers, time = ConsulRules(), [Reply(503), Reply(502)], Time()
    with Loopback(lambda question: answers.pop(0) if answers else rules(question)) as server:
        Agent(Rest(Place(WHO, server.url), time.clock), None, "ours").drain()
    assert ("_node_maintenance" in rules.checks, time.slept) == (True, [1.0, 2.0])


OTHER = ("db-1", "db")


@pytest.mark.parametrize(
    "node,service,changes,said",
    [
        ("web1", None, {}, None),
        ("web1", "web", {}, None),
        ("web2", None, {}, "Consul has no node web2"),
        ("web1", "mail", {}, "Consul has no check of mail on web1"),
        ("web1", None, {"serfHealth": ("Serf", "critical", ("", ""))}, "Consul: Serf is critical"),
        ("web1", "web", {"serfHealth": ("Serf", "critical", ("", ""))}, "Consul: Serf is critical"),
        ("web1", None, {"service:db-1": ("db", "warning", OTHER)}, "Consul: db is warning"),
        ("web1", "web", {"service:db-1": ("db", "critical", OTHER)}, None),
        # what drains have put there themselves, before gates are asked
        ("web1", None, {"_node_maintenance": ("Node", "critical", ("", ""))}, None),
        ("web1", "web", {"_service_maintenance:web-1": ("Service", "critical", ("web-1", "web"))}, None),
        (
            "web1",
            None,
            {f"c{number}": (f"c{number}", "critical", ("", "")) for number in range(5)},
            "Consul: c0 is critical, c1 is critical, c2 is critical and 2 more",
        ),
    ],
)
def test_what_checks_say(
    node: str, service: str | None, changes: dict[str, tuple[str, str, tuple[str, str]]], said: str | None
) -> None:
    rules = ConsulRules()
    for check, (name, status, of) in changes.items():
        rules.put(check, name, status, of)
    with Loopback(rules) as server:
        assert Checks(rest(server), service, "dc 1").wrong(node) == said
    assert server.heard[0].query == {"dc": "dc 1"}


def test_a_node_s_name_stays_a_name() -> None:
    with Loopback(ConsulRules("a/b?c")) as server:
        assert Checks(rest(server), None).wrong("a/b?c") is None
