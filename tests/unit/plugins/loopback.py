"""A real HTTP server on loopback that runs a service's own rules, and a clock for the clients of such."""

from __future__ import annotations

import json
import ssl
import threading
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.atomic.fleet.plugins.plugin_utils._http import Clock
from tests.serving import Handler, Serving


@dataclass(frozen=True)
class Question:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Loopback(Serving):
    """Asks ``rules`` what to answer, one question at a time. What is no text or bytes is sent as JSON."""

    def __init__(self, rules: Callable[[Question], Reply], tls: ssl.SSLContext | None = None) -> None:
        self.heard: list[Question] = []
        one_at_a_time = threading.Lock()
        server = self

        class Answering(Handler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                place = urllib.parse.urlsplit(self.path)
                query = dict(urllib.parse.parse_qsl(place.query, keep_blank_values=True))
                headers = {name.lower(): value for name, value in self.headers.items()}
                question = Question(self.command, place.path, query, headers, body)
                with one_at_a_time:
                    server.heard.append(question)
                    reply = rules(question)
                self.close_connection = True
                plain = isinstance(reply.body, (str, bytes))
                sent = reply.body if plain else b"" if reply.body is None else json.dumps(reply.body)
                data = sent.encode() if isinstance(sent, str) else sent
                self.send_response(reply.status)
                kind = "text/plain" if plain else "application/json"
                for name, value in {"Content-Type": kind, **reply.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

        super().__init__(Answering, tls)


class Time:
    """A clock that waits at once, remembers for how long, and lets something happen meanwhile."""

    def __init__(self) -> None:
        self.at = 1000.0
        self.slept: list[float] = []
        self.meanwhile: dict[int, Callable[[], object]] = {}

    def sleep(self, seconds: float) -> None:
        assert len(self.slept) < 1000, "it waits in a circle"
        self.slept.append(seconds)
        self.at += seconds
        self.meanwhile.pop(len(self.slept), lambda: None)()

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.at, self.sleep)
