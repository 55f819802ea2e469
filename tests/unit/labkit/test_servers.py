"""What the balancer's servers begin with, and what they keep."""

from __future__ import annotations

from pathlib import Path

import pytest
from labkit.balancer import configuration
from labkit.paths import Lab
from labkit.servers import Book, Server, parse_state, whole

# HAProxy 2.6.12, after `set server web/l-blue-2 weight 7` and `set server web/l-green-1 state maint`
STATE = """\
1
# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight \
srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state \
bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl \
srv_check_port srv_check_addr srv_agent_addr srv_agent_port
3 web 1 l-blue-1 10.88.0.11 2 0 100 100 1 15 3 3 6 0 0 0 - 80 - 0 0 - - 0
3 web 2 l-blue-2 10.88.0.12 2 0 7 100 1 15 3 3 6 0 0 0 - 80 - 0 0 - - 0
3 web 3 l-green-1 10.88.1.13 0 1 0 0 2 8 2 0 14 0 0 0 - 80 - 0 0 - - 0

"""
RUNNING = {
    "l-blue-1": Server("10.88.0.11", 100, "2", "0"),
    "l-blue-2": Server("10.88.0.12", 7, "2", "0"),
    "l-green-1": Server("10.88.1.13", 0, "0", "1"),
}


def test_haproxys_words_are_read() -> None:
    assert parse_state(STATE) == RUNNING
    assert parse_state("1\n") == parse_state("") == {}


def test_what_was_cut_short_is_never_kept() -> None:
    assert whole(STATE)
    assert not any(whole(STATE[:length]) for length in range(len(STATE)))
    for length in range(len(STATE)):
        assert parse_state(STATE[:length]).keys() <= RUNNING.keys()


@pytest.mark.parametrize(
    "known,given,weights",
    [
        ({}, {"blue": 100, "green": 0}, {"blue": 100, "green": 0}),
        # a changed weight moves nothing, whoever serves now
        ({"blue": 0, "green": 90}, {"blue": 50, "green": 50}, {"blue": 0, "green": 90}),
        # a pool that comes later waits for its share; where nobody serves it begins with its own
        ({"blue": 0, "green": 90}, {"amber": 100, "blue": 0, "green": 0}, {"amber": 0, "blue": 0, "green": 90}),
        ({"blue": 0}, {"amber": 100, "blue": 0}, {"amber": 100, "blue": 0}),
        # one that went is forgotten, and does not count as serving
        ({"blue": 100}, {"green": 100}, {"green": 100}),
        ({"blue": 100, "green": 0}, {"green": 100}, {"green": 0}),
    ],
)
def test_what_pools_begin_with(known: dict[str, int], given: dict[str, int], weights: dict[str, int]) -> None:
    assert Book(known).knowing(given).weights == weights


def test_a_pools_weight_is_what_runs_and_stays_when_its_hosts_go() -> None:
    book = Book({"blue": 1, "green": 50, "red": 3}).seen(RUNNING)
    assert book.weights == {"blue": 100, "green": 0, "red": 3}
    assert book.seen({}).weights == book.weights


def test_hosts_come_and_go() -> None:
    book = Book({}, {"l-blue-1": "10.88.0.11"})
    assert book.with_server("l-blue-2", "10.88.0.12").servers == {"l-blue-1": "10.88.0.11", "l-blue-2": "10.88.0.12"}
    assert book.with_server("l-blue-1", None) == book.with_server("l-blue-1", None).with_server("l-blue-9", None)


def servers(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.startswith("  server ")]


def test_servers_keep_their_weights_and_new_ones_take_their_pools() -> None:
    book = Book({"blue": 100, "green": 0}, {name: server.address for name, server in RUNNING.items()})
    book = book.with_server("l-blue-3", "10.88.0.14").with_server("l-green-2", "10.88.0.15")
    assert servers(configuration(Lab("l", Path("/lab")), book, RUNNING)) == [
        "server l-blue-1 10.88.0.11:80 weight 100",
        "server l-blue-2 10.88.0.12:80 weight 7",
        "server l-blue-3 10.88.0.14:80 weight 100",
        "server l-green-1 10.88.1.13:80 weight 0 namespace l-jump",
        "server l-green-2 10.88.0.15:80 weight 0",
    ]


@pytest.mark.parametrize("hosts,interval", [(0, 200), (10, 200), (48, 960), (200, 4000)])
def test_checks_of_many_hosts_are_rarer(hosts: int, interval: int) -> None:
    book = Book({"blue": 1}, {f"l-blue-{number}": f"10.88.0.{number + 11}" for number in range(hosts)})
    assert f" check inter {interval}ms " in configuration(Lab("l", Path("/lab")), book, {})
