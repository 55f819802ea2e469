"""The lab's balancer: a real HAProxy that keeps its weights and loses no request while hosts come and go."""

from __future__ import annotations

import csv
import io
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.lab import Lab, lacking, processes

pytestmark = pytest.mark.lab
NAME = "weigh"
BLUE, GREEN = (f"{NAME}-blue-1", f"{NAME}-blue-2"), (f"{NAME}-green-1", f"{NAME}-green-2")
PRIVATE = GREEN[0]
POOLS: dict[str, Any] = {"blue": {"size": 2}, "green": {"size": 2}}
VISITOR = Path(__file__).with_name("visitor.py")
UNCHANGED = "No changes."


@dataclass(frozen=True)
class Answers:
    """What visitors got."""

    hosts: Counter[str]
    wrong: list[dict[str, Any]]


@dataclass(frozen=True)
class Balancer:
    """The lab's HAProxy, as the contract says where it is."""

    lab: Lab

    def run(self, command: str) -> str:
        (balancer,) = self.lab.fleet["traffic"]
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(balancer["settings"]["socket"])
            connection.sendall(f"{command}\n".encode())
            return b"".join(iter(lambda: connection.recv(65536), b"")).decode()

    def servers(self) -> dict[str, dict[str, str]]:
        rows = csv.DictReader(io.StringIO(self.run("show stat web 4 -1")[2:]))
        return {row["svname"]: row for row in rows}

    def weights(self) -> dict[str, int]:
        return {name: int(row["uweight"]) for name, row in self.servers().items()}

    def weigh(self, **weights: int) -> None:
        for name in self.lab.names():
            self.run(f"set server web/{name} weight {weights[self.lab.host(name)['pool']]}")

    def until(self, host: str, status: str) -> None:
        until(lambda: self.servers()[host]["status"] == status)

    @contextmanager
    def visited(self) -> Iterator[Future[Answers]]:
        """Visitors all the while; what they got is known afterwards."""
        argv = ["ip", "netns", "exec", self.lab.name, sys.executable, str(VISITOR)]
        with (
            ThreadPoolExecutor(1) as pool,
            subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as visitor,
        ):
            assert visitor.stdin
            assert visitor.stdout
            visitor.stdout.readline()
            answers = pool.submit(read, visitor.stdout)
            try:
                yield answers
            finally:
                visitor.stdin.close()
                wait([answers])

    def visit(self, requests: int = 40) -> Counter[str]:
        """Which hosts answer; all have to."""
        with self.visited() as answers:
            before = sum(int(row["stot"]) for row in self.servers().values())
            until(lambda: sum(int(row["stot"]) for row in self.servers().values()) >= before + requests)
        found = answers.result()
        assert found.wrong == []
        return found.hosts


def read(lines: Iterator[str]) -> Answers:
    answers = [json.loads(line) for line in lines]
    return Answers(Counter(one["host"] for one in answers), [one for one in answers if one["status"] != 200])


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not done():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def balancer() -> Iterator[Balancer]:
    why = lacking() or (None if shutil.which("haproxy") else "the lab needs HAProxy")
    if why:
        pytest.skip(why)
    lab = Lab(NAME, Path("/var/tmp/atomic-fleet-tests") / NAME)
    lab.down()
    try:
        lab.up(POOLS, jump_hosts=[PRIVATE])
        yield Balancer(lab)
    finally:
        lab.down()
    assert lab.leftovers() == []


@pytest.fixture
def even(balancer: Balancer) -> Iterator[Balancer]:
    """All hosts serve."""
    balancer.weigh(blue=100, green=100)
    yield balancer
    balancer.weigh(blue=100, green=0)


def test_the_first_pool_begins_with_everything(balancer: Balancer) -> None:
    assert balancer.weights() == {**dict.fromkeys(BLUE, 100), **dict.fromkeys(GREEN, 0)}
    assert set(balancer.visit()) == set(BLUE)
    assert {row["status"] for row in balancer.servers().values()} == {"UP"}
    (web,) = balancer.lab.fleet["traffic"]
    said = balancer.lab.run(["curl", "--silent", f"http://{web['address']}:{web['port']}/version"]).stdout
    assert said == "1.0\n"


def test_every_host_is_reached_the_private_one_too(even: Balancer) -> None:
    assert even.lab.host(PRIVATE)["address"].startswith("10.88.1.")
    assert set(even.visit()) == {*BLUE, *GREEN}


def test_scaling_keeps_what_was_moved_and_loses_nothing(balancer: Balancer) -> None:
    lab, last = balancer.lab, f"{NAME}-blue-3"
    more = {"amber": {"size": 1, "weight": 50}, "blue": {"size": 3}, "green": {"size": 3}}
    balancer.weigh(blue=30, green=90)
    balancer.run(f"set server web/{BLUE[1]} weight 15")
    with balancer.visited() as answers:
        lab.up(more)
        grown = balancer.weights()
        until(lambda: all(row["stot"] != "0" for name, row in balancer.servers().items() if grown[name]))
        with ThreadPoolExecutor(1) as pool, hanging(balancer, last):
            # another host goes first, so that the request is a former HAProxy's
            lab.program("stop", lab.name, f"{NAME}-green-3")
            assert balancer.servers()[last]["scur"] == "0"
            stopped = pool.submit(lab.program, "stop", lab.name, last)
            balancer.until(last, "MAINT")
            looks = [(time.sleep(0.03), last in balancer.servers())[1] for _look in range(12)]
        stopped.result()
        assert all(looks), "it was taken away with a request under way"
        lab.up({**POOLS, "blue": {"size": 2, "weight": 77}})
        shrunk = balancer.weights()
    assert answers.result().wrong == []
    assert grown == {
        f"{NAME}-amber-1": 0, BLUE[0]: 30, BLUE[1]: 15, last: 30,
        **{f"{NAME}-green-{number}": 90 for number in (1, 2, 3)},
    }  # fmt: skip
    assert shrunk == {BLUE[0]: 30, BLUE[1]: 15, GREEN[0]: 90, GREEN[1]: 90}
    assert UNCHANGED in lab.up(POOLS)


@contextmanager
def hanging(balancer: Balancer, host: str) -> Iterator[None]:
    """The host's web service does not go on, and a request waits for it."""
    web = min(services(host))
    os.kill(web, signal.SIGSTOP)
    try:
        until(lambda: services(host) == [web])
        # what those processes had answered is over when HAProxy has looked around once more
        for _again in range(2):
            until(lambda: balancer.servers()[host]["scur"] != "0")
        yield
    finally:
        with suppress(ProcessLookupError):  # its host was switched off: the test says so
            os.kill(web, signal.SIGCONT)


def services(host: str) -> list[int]:
    """The processes of a host's web service: one that listens, and one for each request."""
    inside = Path("/run/netns", host).stat().st_ino
    return [pid for pid, words in processes() if "httpd" in words.split() and network(pid) == inside]


def network(pid: int) -> int:
    try:
        return Path(f"/proc/{pid}/ns/net").stat().st_ino
    except OSError:
        return 0


@pytest.mark.parametrize("whole", [True, False])
def test_a_killed_balancer_comes_back_with_its_weights(balancer: Balancer, whole: bool) -> None:
    """HAProxy is killed, or what watches over it as well."""
    balancer.weigh(blue=20, green=60)
    balancer.run(f"set server web/{BLUE[1]} state maint")
    state = Path(balancer.lab.fleet["traffic"][0]["settings"]["state_file"])
    until(lambda: f"{BLUE[1]} 10.88.0.12 0 1 20" in state.read_text())
    watcher = balancer.lab.pid("balancer")
    haproxy = int(balancer.run("show info").partition("\nPid: ")[2].split()[0])
    handle = os.pidfd_open(watcher)
    if whole:
        os.kill(watcher, signal.SIGKILL)
    os.kill(haproxy, signal.SIGKILL)
    assert select.select([handle], [], [], 30)[0], "it outlives HAProxy"
    os.close(handle)
    assert "1 to add, 0 to change, 1 to destroy" in balancer.lab.up()
    assert balancer.weights() == {**dict.fromkeys(BLUE, 20), **dict.fromkeys(GREEN, 60)}
    assert balancer.servers()[BLUE[1]]["status"] == "MAINT"
    balancer.run(f"set server web/{BLUE[1]} state ready")
    balancer.until(BLUE[1], "UP")
    assert UNCHANGED in balancer.lab.up()


def test_a_host_that_reboots_is_noticed_and_nobody_else_notices(even: Balancer) -> None:
    last = even.lab.boot_id(BLUE[0])
    even.lab.boot_delay(1, BLUE[0])
    with even.visited() as answers:
        even.lab.ssh(BLUE[0], "(sleep 0.2; systemctl reboot) >/dev/null 2>&1 &")
        even.until(BLUE[0], "DOWN")
        even.lab.wait(BLUE[0], other_than=last)
        even.until(BLUE[0], "UP")
    assert answers.result().wrong == []
    assert BLUE[0] in even.visit()


def test_a_cable_that_is_pulled_is_noticed(even: Balancer) -> None:
    even.lab.cut(PRIVATE)
    even.until(PRIVATE, "DOWN")
    assert PRIVATE not in even.visit()
    even.lab.restore(PRIVATE)
    even.until(PRIVATE, "UP")
    assert PRIVATE in even.visit()


def test_a_host_switched_off_and_on_by_terraform_serves_again(even: Balancer) -> None:
    even.lab.power_off(GREEN[1])
    even.until(GREEN[1], "DOWN")
    with even.visited() as answers:
        assert "1 to add, 0 to change, 1 to destroy" in even.lab.up()
        even.until(GREEN[1], "UP")
    assert answers.result().wrong == []
    assert GREEN[1] in even.visit()
