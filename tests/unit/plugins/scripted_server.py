"""A real HTTP server on loopback that answers as a test says."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.serving import Handler, Serving


@dataclass(frozen=True)
class Say:
    """One answer. Without a status the connection is closed instead."""

    status: int | None = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Heard:
    """One request."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


class ScriptedServer(Serving):
    """Answers each path with its answers in turn, the last one ever after; 404 for what it was not told of."""

    def __init__(self, script: Mapping[str, list[Say]], tls: ssl.SSLContext | None = None) -> None:
        self.heard: list[Heard] = []
        self.script = {path: list(answers) for path, answers in script.items()}
        server = self

        class Answering(Handler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                server.heard.append(Heard(self.command, self.path, dict(self.headers.items()), body))
                answers = server.script.get(self.path, [Say(404)])
                said = answers.pop(0) if len(answers) > 1 else answers[0]
                self.close_connection = True
                if said.status is None:
                    return
                self.send_response(said.status)
                for name, value in said.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(said.body)))
                self.end_headers()
                self.wfile.write(said.body)

            do_GET = do_POST = do_CONNECT = answer  # noqa: N815

        super().__init__(Answering, tls)
