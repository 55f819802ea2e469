"""The watcher of HAProxy: who counts as able to get requests, what is written, what is refused."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tools.capacity import Look, Server, Unknown, Watch, main, pool_of, read
from tools.stages import ROOT

HEAD = "# pxname,svname,qcur,scur,status,weight,uweight,\n"


def stat(*servers: tuple[str, str, int], proxy: str = "web") -> str:
    """As HAProxy writes it: name, status, weight."""
    return HEAD + "".join(f"{proxy},{name},0,3,{status},{weight},{weight},\n" for name, status, weight in servers)


def look(*servers: tuple[str, str, int], at: float = 100.0) -> Look:
    return read(stat(*servers), at)


def test_what_haproxy_says_is_read() -> None:
    found = look(("demo-blue-1", "UP", 100), ("demo-green-1", "no check", 5))
    assert found.servers == {"demo-blue-1": Server(100, "UP", 3), "demo-green-1": Server(5, "no check", 3)}
    assert found.shares() == {"blue": 95.2, "green": 4.8}
    assert found.render() == {
        "at": 100.0,
        "capacity": 2,
        "live": {"blue": 1, "green": 1},
        "shares": {"blue": 95.2, "green": 4.8},
        "servers": {
            "demo-blue-1": {"weight": 100, "status": "UP", "sessions": 3},
            "demo-green-1": {"weight": 5, "status": "no check", "sessions": 3},
        },
    }


@pytest.mark.parametrize(
    "status,weight,live",
    [
        ("UP", 1, 1),
        ("UP 1/3", 1, 1),
        ("no check", 1, 1),
        ("DOWN", 1, 0),
        ("DOWN 1/2", 1, 0),
        ("DOWN (agent)", 1, 0),
        ("NOLB", 1, 0),
    ],
)
def test_which_server_can_get_requests(status: str, weight: int, live: int) -> None:
    assert look(("demo-blue-1", status, weight), ("demo-blue-2", "UP", 1)).live() == {"blue": 1 + live}


def test_a_server_without_a_weight_gets_nothing_though_its_pool_does() -> None:
    assert look(("demo-blue-1", "UP", 0), ("demo-blue-2", "UP", 1)).live() == {"blue": 1}


@pytest.mark.parametrize("status,weight", [("UP", 0), ("DRAIN", 1), ("MAINT", 1), ("MAINT (via web/a)", 1)])
def test_a_pool_without_a_share_is_no_capacity_and_no_lack_of_it(status: str, weight: int) -> None:
    found = look(("demo-blue-1", "UP", 1), ("demo-green-1", status, weight))
    assert found.live() == {"blue": 1}
    assert found.shares() == {"blue": 100.0, "green": 0.0}


def test_a_pool_that_is_down_keeps_its_share_and_has_no_capacity() -> None:
    found = look(("demo-blue-1", "DOWN", 50), ("demo-green-1", "UP", 50))
    assert (found.live(), found.shares()) == ({"blue": 0, "green": 1}, {"blue": 50.0, "green": 50.0})


def test_nobody_is_sent_anywhere() -> None:
    found = look(("demo-blue-1", "MAINT", 50), ("demo-green-1", "UP", 0))
    assert (found.live(), found.shares()) == ({}, {"blue": 0.0, "green": 0.0})


@pytest.mark.parametrize("name,pool", [("demo-blue-1", "blue"), ("a-b-green-12", "green"), ("web1", ""), ("a-b-c", "")])
def test_pool_of_a_server(name: str, pool: str) -> None:
    assert pool_of(name) == pool


@pytest.mark.parametrize(
    "text,said",
    [
        ("", "it says ''."),
        ("No such proxy.", "it says 'No such proxy.'."),
        (HEAD, "it knows no server."),
        ("# pxname,svname,status\nweb,a,UP\n", "it says no weight of web/a: it has to be HAProxy 2.6 or newer."),
        (stat(("a", "UP", 1)) + "shop,a,0,0,UP,1,1,\n", "it knows several servers a: name one --backend."),
    ],
)
def test_what_cannot_be_read_is_told(text: str, said: str) -> None:
    with pytest.raises(Unknown) as caught:
        read(text, 0.0)
    assert str(caught.value) == said


def test_changes_are_written_and_the_least_is_kept() -> None:
    watch = Watch()
    all_up = (("demo-blue-1", "UP", 1), ("demo-blue-2", "UP", 1))
    one_up = (("demo-blue-1", "UP", 1), ("demo-blue-2", "DOWN", 1))
    seen = [(100.0, all_up), (100.1, all_up), (100.2, one_up), (100.3, all_up), (101.2, all_up), (101.3, all_up)]
    lines = [line for at, servers in seen for line in watch.see(look(*servers, at=at))]
    assert [(line["at"], line["capacity"]) for line in lines] == [(100.0, 2), (100.2, 1), (100.3, 2), (101.3, 2)]
    assert watch.summary() == {
        "summary": True,
        "least": {"capacity": 1, "at": 100.2},
        "most": 2,
        "least_of_pools": {"blue": 1},
        "looks": 6,
        "blind": 0,
        "longest_gap_ms": 900.0,
    }


def test_the_least_of_a_pool_is_that_while_it_had_a_share() -> None:
    watch = Watch()
    for green in (("UP", 0), ("UP", 5), ("DOWN", 5), ("DOWN", 0)):
        list(watch.see(look(("demo-blue-1", "UP", 9), ("demo-green-1", *green))))
    assert watch.pools == {"blue": 1, "green": 0}


def test_not_to_see_is_not_to_know() -> None:
    watch = Watch()
    list(watch.see(look(("demo-blue-1", "UP", 1), at=100.0)))
    assert watch.miss(100.05, "gone.") == {"at": 100.05, "unknown": "gone."}
    assert [line["at"] for line in watch.see(look(("demo-blue-1", "UP", 1), at=100.1))] == [100.1]
    found = watch.summary()
    assert (found["looks"], found["blind"], found["longest_gap_ms"]) == (2, 1, 100.0)


class Haproxy:
    """A runtime socket that says what it is told to; `asked` is released with every question."""

    def __init__(self, path: Path) -> None:
        self.text = stat(("demo-blue-1", "UP", 1))
        self.asked = threading.Semaphore(0)
        self.heard: list[bytes] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                with self._listener.accept()[0] as connection, contextlib.suppress(OSError):
                    self.heard.append(connection.recv(1000))
                    connection.sendall(self.text.encode())
                self.asked.release()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()


@pytest.fixture
def haproxy(tmp_path: Path) -> Iterator[Haproxy]:
    made = Haproxy(tmp_path / "sock")
    yield made
    made.close()


def started(path: Path, *words: str) -> subprocess.Popen[str]:
    argv = [sys.executable, "-m", "tools.capacity", str(path), "--every", "0.02", *words]
    return subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def twice(haproxy: Haproxy) -> None:
    """The first question that is answered from now on may have been asked before."""
    for _number in range(2):
        assert haproxy.asked.acquire(timeout=30)
    while haproxy.asked.acquire(blocking=False):
        pass
    assert haproxy.asked.acquire(timeout=30)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_it_watches_until_it_is_told_to_end(haproxy: Haproxy, tmp_path: Path, number: signal.Signals) -> None:
    with started(tmp_path / "sock", "--backend", "web") as process:
        twice(haproxy)
        haproxy.text = stat(("demo-blue-1", "DOWN", 1))
        twice(haproxy)
        haproxy.text = "nothing"
        twice(haproxy)
        process.send_signal(number)
        said, wrong = process.communicate(timeout=30)
    assert (process.returncode, wrong) == (0, "")
    assert set(haproxy.heard) == {b"show stat web 4 -1\n"}
    lines: list[dict[str, Any]] = list(map(json.loads, said.splitlines()))
    told = [line.get("capacity") for line in lines[:-1]]
    assert [one for index, one in enumerate(told) if not index or one != told[index - 1]] == [1, 0, None]
    assert lines[-1]["least"]["capacity"] == 0
    assert lines[-1]["least_of_pools"] == {"blue": 0}
    assert lines[-1]["blind"] > 0


def test_it_ends_with_the_time(haproxy: Haproxy, tmp_path: Path) -> None:
    with started(tmp_path / "sock", "--seconds", "0.2") as process:
        said = process.communicate(timeout=30)[0]
    assert process.returncode == 0
    assert json.loads(said.splitlines()[-1])["looks"] == len(haproxy.heard)


def test_without_haproxy_it_does_not_begin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    try:
        assert main([str(tmp_path / "none")]) == 2
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    assert capsys.readouterr().err == f"capacity: HAProxy at {tmp_path / 'none'}: {os.strerror(2).lower()}.\n"


@pytest.mark.parametrize(
    "words,said",
    [
        (["s", "--every", "0"], "'0' is no number from 0.01 to 10"),
        (["s", "--seconds", "nan"], "'nan' is no number from 0.1 to 86400"),
        (["s", "--backend", "a; shutdown"], "'a; shutdown' is no name of a backend"),
        ([], "the following arguments are required: SOCKET"),
    ],
)
def test_what_cannot_be_is_refused(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert said in capsys.readouterr().err
