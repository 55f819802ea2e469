"""The load client against real servers that go wrong: each request is counted as what became of it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from tests.network import free_port
from tests.raw_server import OK, RawServer, Talk
from tools.load.client import Client, Connections, Failed, Target


def client(port: int, pool: int = 1, timeout: float = 20.0) -> Client:
    return Client(Target("127.0.0.1", port, "/"), pool, timeout)


async def outcome(asking: Client, kept: bool) -> str:
    """The pool that served, or the kind of the failure."""
    try:
        return await asking.get(kept)
    except Failed as failed:
        return str(failed)


def outcomes(talk: Callable[[Talk], None], kept: bool, times: int = 1) -> tuple[list[str], Connections]:
    async def ask(asking: Client) -> list[str]:
        try:
            return [await outcome(asking, kept) for _number in range(times)]
        finally:
            asking.close()

    with RawServer(talk) as server:
        asking = client(server.port)
        return asyncio.run(ask(asking)), asking.counts


def saying(data: bytes) -> Callable[[Talk], None]:
    """A server that says this to one request, and ends."""

    def talk(one: Talk) -> None:
        if one.hear():
            one.say(data)
            one.end()
            one.hear()

    return talk


def resetting(data: bytes) -> Callable[[Talk], None]:
    def talk(one: Talk) -> None:
        one.hear()
        one.say(data)
        one.reset()

    return talk


CUT = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut"


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "new"])
@pytest.mark.parametrize(
    "talk,said",
    [
        (saying(OK), "blue"),
        (saying(OK.replace(b"X-Served-By", b"X-Other")), ""),
        (saying(b"HTTP/1.1 200 OK\r\n\r\nuntil it ends"), ""),
        (saying(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"), "status 500"),
        (saying(b"HTTP/1.0 503 Service Unavailable\r\nConnection: close\r\n\r\nno server"), "status 503"),
        (saying(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"), "status 302"),
        (saying(CUT), "truncated"),
        (saying(b"HTTP/1.1 200 O"), "truncated"),
        (saying(b"220 mail.example.org ESMTP\r\n"), "malformed"),
        (saying(OK + OK), "malformed"),
        (saying(b""), "closed"),
        (resetting(b""), "reset"),
    ],
)
def test_what_becomes_of_a_request(talk: Callable[[Talk], None], said: str, kept: bool) -> None:
    assert outcomes(talk, kept)[0] == [said]


def test_a_reset_in_the_middle_of_an_answer() -> None:
    """A reset takes with it what waits to be read: more is sent than can wait, so that its beginning was read."""
    much = 16 * 1024 * 1024
    begun = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (2 * much)
    assert outcomes(resetting(begun + bytes(much)), True)[0] == ["reset"]


def test_nobody_listens() -> None:
    assert asyncio.run(outcome(client(free_port("127.0.0.1")), True)) == "refused"


def test_an_answer_that_does_not_come_in_time() -> None:
    over = threading.Event()

    def talk(one: Talk) -> None:
        one.hear()
        over.wait(20)

    with RawServer(talk) as server:
        assert asyncio.run(outcome(client(server.port, timeout=0.2), False)) == "timeout"
        over.set()


def test_kept_connections_are_kept_and_new_ones_are_new() -> None:
    assert outcomes(Talk.serve, True, 5) == (["blue"] * 5, Connections(opened=1, reused=4))
    assert outcomes(Talk.serve, False, 5) == (["blue"] * 5, Connections(opened=5))


def test_a_new_connection_says_that_it_is_the_only_time() -> None:
    heard: list[bytes] = []

    def talk(one: Talk) -> None:
        heard.append(one.hear())
        one.say(OK)

    outcomes(talk, False)
    outcomes(talk, True)
    assert [b"Connection: close" in head for head in heard] == [True, False]


def test_a_connection_that_says_it_closes_is_not_asked_again() -> None:
    last = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    assert outcomes(saying(last), True, 3) == (["blue"] * 3, Connections(opened=3))


def test_failures_do_not_stay_with_the_connection() -> None:
    def talk(one: Talk) -> None:
        one.hear()
        one.say(OK if one.number > 1 else b"no HTTP\r\n")
        one.hear()

    assert outcomes(talk, True, 2) == (["malformed", "blue"], Connections(opened=2))


def closing_idle(closed: threading.Event) -> Callable[[Talk], None]:
    def talk(one: Talk) -> None:
        one.hear()
        one.say(OK)
        one.end()
        closed.set()
        one.hear()

    return talk


@pytest.mark.parametrize("loop_looks", [True, False])
def test_a_connection_closed_while_idle_is_no_failure(loop_looks: bool) -> None:
    """Also where the event loop has had no occasion to read of the close: the kernel is asked."""
    closed = threading.Event()

    async def ask(asking: Client) -> list[str]:
        said = [await outcome(asking, True)]
        if loop_looks:
            await asyncio.to_thread(closed.wait, 20)
            await asyncio.sleep(0)
        else:
            closed.wait(20)
        said.append(await outcome(asking, True))
        asking.close()
        return said

    with RawServer(closing_idle(closed)) as server:
        asking = client(server.port)
        assert asyncio.run(ask(asking)) == ["blue", "blue"]
        assert asking.counts == Connections(opened=2, closed_idle=1)


def test_an_answer_to_nothing_is_not_taken_for_the_next() -> None:
    first, said = threading.Event(), threading.Event()

    def talk(one: Talk) -> None:
        one.hear()
        one.say(OK)
        if one.number == 1:
            first.wait(20)
            one.say(OK.replace(b"blue", b"gray"))
            said.set()
        one.hear()

    async def ask(asking: Client) -> list[str]:
        got = [await outcome(asking, True)]
        first.set()
        said.wait(20)
        got.append(await outcome(asking, True))
        asking.close()
        return got

    with RawServer(talk) as server:
        assert asyncio.run(ask(client(server.port))) == ["blue", "blue"]


@pytest.mark.parametrize("end", [Talk.end, Talk.reset])
def test_a_kept_connection_that_dies_with_a_request_on_it_is_a_failure_of_its_own_kind(
    end: Callable[[Talk], None],
) -> None:
    def talk(one: Talk) -> None:
        one.hear()
        one.say(OK)
        if one.hear():
            end(one)

    said, counts = outcomes(talk, True, 3)
    assert said == ["blue", "raced", "blue"]
    assert counts == Connections(opened=2, reused=1)


def test_the_pool_is_filled_and_then_used_in_turn() -> None:
    async def ask(asking: Client) -> None:
        for _number in range(12):
            await asking.get(True)
        asking.close()

    asked: dict[int, int] = {}

    def talk(one: Talk) -> None:
        while one.hear():
            asked[one.number] = asked.get(one.number, 0) + 1
            one.say(OK)

    with RawServer(talk) as server:
        asking = client(server.port, pool=4)
        asyncio.run(ask(asking))
    assert asked == {1: 3, 2: 3, 3: 3, 4: 3}


def test_no_request_waits_for_another() -> None:
    """Ten at once over a pool of two: the server answers none before it has them all."""
    all_there = threading.Barrier(10, timeout=20)

    def talk(one: Talk) -> None:
        while one.hear():
            all_there.wait()
            one.say(OK)

    async def ask(asking: Client) -> list[str]:
        said = await asyncio.gather(*(outcome(asking, True) for _number in range(10)))
        asking.close()
        return said

    with RawServer(talk) as server:
        assert asyncio.run(ask(client(server.port, pool=2))) == ["blue"] * 10
