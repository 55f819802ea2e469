"""Asking real HTTP servers: which answers are waited for, what is never sent on, and the sentences."""

from __future__ import annotations

import pytest
from ansible_collections.atomic.fleet.tests.unit.plugins.scripted_server import Say, ScriptedServer

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.plugin_utils import _http
from ansible_collections.atomic.fleet.plugins.plugin_utils._http import Clock, HttpError, Web, WebSettings, tls_context

MONDAY = 784111740.0  # Sun, 06 Nov 1994 08:49:00 GMT


class Time:
    """A clock that waits at once, and remembers for how long."""

    def __init__(self) -> None:
        self.at = MONDAY
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        assert len(self.slept) < 9, "it is asked in a circle"
        self.slept.append(seconds)
        self.at += seconds

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.at, self.sleep)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    "answers,slept,body",
    [
        ([Say(body=b"at once")], [], b"at once"),
        ([Say(429, headers={"Retry-After": "7"}), Say(body=b"later")], [7.0], b"later"),
        ([Say(503, headers={"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT"}), Say(body=b"later")], [37.0], b"later"),
        ([Say(429, headers={"Retry-After": "0"})] * 2 + [Say(body=b"later")], [1.0, 1.0], b"later"),
        ([Say(429, headers={"Retry-After": "50"})] * 2 + [Say(body=b"later")], [50.0, 50.0], b"later"),
        ([Say(429, b"no word of when")], [], b"no word of when"),
        ([Say(500, b"broken", {"Retry-After": "3"})], [], b"broken"),
    ],
)
def test_a_server_that_says_when_to_come_back_is_asked_again_then(
    answers: list[Say], slept: list[float], body: bytes
) -> None:
    time = Time()
    with ScriptedServer({"/x": answers}) as server:
        assert Web(clock=time.clock).ask("it", f"{server.url}/x").body == body
    assert time.slept == slept


@pytest.mark.parametrize(
    "pauses,slept", [(["121"], []), (["60", "61"], [60.0]), (["Sun, 06 Nov 1994 09:49:00 GMT"], [])]
)
def test_patience_has_an_end(pauses: list[str], slept: list[float]) -> None:
    time = Time()
    answers = [Say(429, b"secret words", {"Retry-After": pause}) for pause in pauses]
    with (
        ScriptedServer({"/x": answers}) as server,
        pytest.raises(
            HttpError, match=r"^quay\.io: it is busy \(429\) and wants to be asked again in \d+ s, and 120 s"
        ),
    ):
        Web(clock=time.clock).ask("quay.io", f"{server.url}/x")
    assert time.slept == slept


def test_an_answer_s_headers_and_what_is_asked() -> None:
    with ScriptedServer({"/x": [Say(401, headers={"WWW-Authenticate": "Basic realm=a", "X": "y"})]}) as server:
        answer = Web().ask("it", f"{server.url}/x", {"Accept": "application/json"}, form=b"a=b")
    assert (answer.status, answer.header("www-authenticate"), answer.header("nothing")) == (401, "Basic realm=a", None)
    heard = server.heard[0]
    assert (heard.method, heard.body, heard.headers["Accept"]) == ("POST", b"a=b", "application/json")
    assert heard.headers["User-Agent"] == "atomic.fleet"


def test_credentials_are_not_sent_on_to_where_a_redirect_leads() -> None:
    with (
        ScriptedServer({"/blob": [Say(body=b"config")]}) as cdn,
        ScriptedServer({"/x": [Say(307, headers={"Location": f"{cdn.url}/blob"})]}) as registry,
    ):
        assert Web().ask("it", f"{registry.url}/x", {"Authorization": "Bearer secret"}).body == b"config"
    assert registry.heard[0].headers["Authorization"] == "Bearer secret"
    assert "Authorization" not in cdn.heard[0].headers


def test_credentials_go_along_to_another_place_of_the_same_server() -> None:
    script = {"/x": [Say(308, headers={"Location": "y"})], "/y": [Say(body=b"there")]}
    with ScriptedServer(script) as server:
        assert Web().ask("it", f"{server.url}/x", {"Authorization": "Bearer secret"}).body == b"there"
    assert [heard.headers.get("Authorization") for heard in server.heard] == ["Bearer secret"] * 2


@pytest.mark.parametrize(
    "place,why",
    [
        ("/x", "it sends from one place to the next without end"),
        ("file:///etc/passwd", "it sends on to a server without TLS"),
        ("ftp://127.0.0.1/", "it sends on to a server without TLS"),
        ("http://[", "it could not be asked"),
    ],
)
def test_a_redirect_that_is_not_followed(place: str, why: str) -> None:
    with (
        ScriptedServer({"/x": [Say(302, headers={"Location": place})]}) as server,
        pytest.raises(HttpError, match=f"^it: {why}"),
    ):
        Web().ask("it", f"{server.url}/x")
    assert len(server.heard) < 10


def test_a_form_is_not_sent_on() -> None:
    with ScriptedServer({"/x": [Say(307, headers={"Location": "/y"})]}) as server:
        assert Web().ask("it", f"{server.url}/x", form=b"password=secret").status == 307
    assert len(server.heard) == 1


def test_no_password_of_netrc_is_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    path = f"{tmp_path}/netrc"
    with open(path, "w", encoding="utf-8") as file:
        file.write("default login anna password hunter2\n")
    monkeypatch.setenv("NETRC", path)
    with ScriptedServer({"/x": [Say()]}) as server:
        Web().ask("it", f"{server.url}/x")
    assert "Authorization" not in server.heard[0].headers


def test_a_proxy_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(
        {"http://builds.example/x": [Say(body=b"by proxy")], "registry-1.docker.io:443": [Say(403)]}
    ) as proxy:
        monkeypatch.setenv("http_proxy", f"http://anna:hunter2@{proxy.name}")
        monkeypatch.setenv("https_proxy", f"http://anna:hunter2@{proxy.name}")
        assert Web().ask("it", "http://builds.example/x").body == b"by proxy"
        with pytest.raises(HttpError, match=r"docker\.io: it could not be asked") as caught:
            Web().ask("docker.io", "https://registry-1.docker.io/v2/")
    assert "hunter2" not in caught.value.message
    assert [heard.method for heard in proxy.heard] == ["GET", "CONNECT"]


@pytest.mark.parametrize(
    "url,why",
    [
        ("http://nosuch.invalid/x", "there is no such server"),
        ("https://127.0.0.1:1/x", "it refuses connections"),
        ("gopher://x/", "it could not be asked"),
    ],
)
def test_what_cannot_be_asked(url: str, why: str) -> None:
    with pytest.raises(HttpError, match=f"^it: {why}"):
        Web(WebSettings(timeout=5)).ask("it", url)


def test_a_server_that_hangs_up() -> None:
    with ScriptedServer({"/x": [Say(None)]}) as server, pytest.raises(HttpError, match=r"^it: it could not be asked"):
        Web().ask("it", f"{server.url}/x")


def test_an_answer_without_end_is_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_http, "LIMIT", 1024 * 1024)
    with (
        ScriptedServer({"/x": [Say(body=b"x" * (1024 * 1024 + 1))]}) as server,
        pytest.raises(HttpError, match="it answers with more than 1 MiB"),
    ):
        Web().ask("it", f"{server.url}/x")


@pytest.mark.parametrize(
    "settings,why",
    [
        (WebSettings(ca_file=__file__), "ca_file: .*test_http.py holds no certificates"),
        (WebSettings(ca_file="/nosuch.pem"), "ca_file: /nosuch.pem holds no certificates in PEM"),
        (WebSettings(client_cert="/nosuch.pem"), "client_cert: /nosuch.pem and its key cannot be used"),
    ],
)
def test_files_that_are_none(settings: WebSettings, why: str) -> None:
    with pytest.raises(ArgumentError, match=why):
        tls_context(settings)
