"""A real HTTP server on loopback that answers as a test says."""

from __future__ import annotations

import http.server
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


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


class ScriptedServer:
    """Answers each path with its answers in turn, the last one ever after; 404 for what it was not told of."""

    def __init__(self, script: Mapping[str, list[Say]], tls: ssl.SSLContext | None = None) -> None:
        self.heard: list[Heard] = []
        self.script = {path: list(answers) for path, answers in script.items()}
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
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

            def log_message(self, *words: Any) -> None:
                """Tests read what was heard."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.name = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"{'https' if tls else 'http'}://{self.name}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> ScriptedServer:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
