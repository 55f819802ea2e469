"""The load client as a program: what it prints, how it ends, what it refuses."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import threading
from collections import Counter
from typing import Any

import pytest

from tests.raw_server import OK, RawServer, Talk
from tools.load import __main__ as load
from tools.stages import ROOT

pytestmark = pytest.mark.slow
PROGRAM = (sys.executable, "-m", "tools.load")


def run(*words: str) -> tuple[int, list[dict[str, Any]], dict[str, Any]]:
    """Exit code, the lines of seconds, the summary."""
    done = subprocess.run([*PROGRAM, *words], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    *seconds, summary = map(json.loads, done.stdout.splitlines())
    return done.returncode, seconds, summary


def started(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen([*PROGRAM, *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_every_request_is_counted_half_of_them_over_kept_connections() -> None:
    served = threading.Lock()
    heard = Counter[str]()

    def talk(one: Talk) -> None:
        while head := one.hear():
            with served:
                heard["new" if b"Connection: close" in head else "kept"] += 1
            one.say(OK.replace(b"blue", b"green") if one.number % 2 else OK)

    with RawServer(talk) as server:
        code, seconds, summary = run(server.url, "--rate", "500", "--requests", "200", "--pool", "3")
    assert code == 0
    assert heard == {"new": 100, "kept": 100}
    assert (summary["sent"], sum(summary["ok"].values()), summary["failed"]) == (200, 200, {})
    assert set(summary["ok"]) == {"blue", "green"}
    assert (summary["missing"], summary["ended"]) == (0, "requests")
    connections = summary["connections"]
    assert connections["opened"] == server.connections
    assert connections["opened"] + connections["reused"] == 200
    assert sum(line["sent"] for line in seconds) == 200
    assert sum((Counter(line["ok"]) for line in seconds), Counter()) == summary["ok"]
    assert all(line["p50_ms"] <= line["p99_ms"] <= line["max_ms"] for line in seconds if line["ok"])


def test_one_failure_among_many_is_seen() -> None:
    def talk(one: Talk) -> None:
        one.serve(OK if one.number != 7 else OK.replace(b"200 OK", b"500 No"))

    with RawServer(talk) as server:
        code, seconds, summary = run(server.url, "--rate", "300", "--requests", "60")
    assert code == 1
    assert summary["failed"].keys() == {"status 500"}
    assert sum((Counter(line["failed"]) for line in seconds), Counter()) == summary["failed"]
    assert sum(summary["ok"].values()) + summary["failed"]["status 500"] == 60


def test_the_rate_does_not_wait_for_answers() -> None:
    """No answer is given before all requests are there: a client that waited for one would never send the last."""
    all_there = threading.Barrier(40, timeout=30)

    def talk(one: Talk) -> None:
        while one.hear():
            all_there.wait()
            one.say(OK)

    with RawServer(talk) as server:
        code, _seconds, summary = run(server.url, "--rate", "400", "--requests", "40", "--timeout", "30")
    assert (code, summary["ok"]) == (0, {"blue": 40})


def test_it_ends_with_the_time() -> None:
    with RawServer(Talk.serve) as server:
        code, _seconds, summary = run(server.url, "--rate", "20", "--seconds", "0.5")
    assert (code, summary["sent"], summary["ended"]) == (0, 10, "seconds")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_ends_it_in_order_with_what_is_under_way(number: signal.Signals) -> None:
    heard, answer = threading.Event(), threading.Event()

    def talk(one: Talk) -> None:
        one.hear()
        heard.set()
        answer.wait(30)
        one.say(OK)

    with RawServer(talk) as server, started(server.url, "--rate", "0.1", "--timeout", "30") as process:
        assert heard.wait(30)
        process.send_signal(number)
        answer.set()
        said, wrong = process.communicate(timeout=30)
    summary = json.loads(said.splitlines()[-1])
    assert (process.returncode, wrong) == (0, "")
    assert (summary["sent"], summary["ok"], summary["ended"]) == (1, {"blue": 1}, number.name)


def test_it_ends_where_nobody_reads() -> None:
    with RawServer(Talk.serve) as server, started(server.url, "--rate", "5") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["sent"] >= 0
        process.stdout.close()
        assert process.wait(30) == 1
        assert process.stderr.read() == ""


@pytest.mark.parametrize(
    "words,said",
    [
        (["http://8.8.8.8/"], "8.8.8.8 is neither loopback nor of a private network"),
        (["http://[2001:4860:4860::8888]:80/"], "neither loopback nor of a private network"),
        (["http://0.0.0.0/"], "neither loopback nor of a private network"),
        (["http://example.org/"], "is no http://ADDRESS:PORT/PATH"),
        (["https://127.0.0.1/"], "is no http://ADDRESS:PORT/PATH"),
        (["http://127.0.0.1:99999/"], "is no http://ADDRESS:PORT/PATH"),
        (["http://127.0.0.1/a b"], "is no http://ADDRESS:PORT/PATH"),
        (["http://127.0.0.1/\r\nX: y"], "is no http://ADDRESS:PORT/PATH"),
        (["http://127.0.0.1/ö"], "is no http://ADDRESS:PORT/PATH"),
        (["http://user@127.0.0.1/"], "is no http://ADDRESS:PORT/PATH"),
        (["http://127.0.0.1/", "--rate", "nan"], "'nan' is no number from 0.1 to 2000"),
        (["http://127.0.0.1/", "--rate", "2001"], "'2001' is no number from 0.1 to 2000"),
        (["http://127.0.0.1/", "--seconds", "inf"], "'inf' is no number from 0.1 to 86400"),
        (["http://127.0.0.1/", "--pool", "1.5"], "'1.5' is no number from 1 to 1000"),
        (["http://127.0.0.1/", "--requests", "0"], "'0' is no number from 1 to 1e+08"),
        ([], "the following arguments are required: URL"),
    ],
)
def test_what_cannot_be_is_refused(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        load.start(words)
    assert caught.value.code == 2
    assert said in capsys.readouterr().err


def test_addresses_of_labs_and_of_this_machine_are_taken() -> None:
    assert load.target("http://localhost:8080").request(True).startswith(b"GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n")
    assert b"Host: [fd00::1]:80\r\n" in load.target("http://[fd00::1]/").request(True)
    assert load.target("http://10.1.2.3/a?b=c").request(False).startswith(b"GET /a?b=c HTTP/1.1\r\n")


def test_more_than_files_may_be_open_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (100, 100))
    assert load.start(["http://127.0.0.1:1/", "--rate", "100"]) == 2
    assert capsys.readouterr().err == (
        "load: 580 requests could be under way at once and 100 files may be open: lower --rate or --timeout.\n"
    )
