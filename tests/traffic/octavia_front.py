"""Stands on loopback before Octavia's API, the real one or its double: passes requests on, counts what writes, and is
itself what goes wrong: a busy gateway, a silent one, an answer that is lost."""

from __future__ import annotations

import http.client
import http.server
import threading
import urllib.parse
from collections.abc import Callable
from typing import Any

# headers of one connection, not of what is passed on
_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class Front:
    """Answers in threads until it is closed. ``target`` is the API's address without the version, ``reader`` gives
    the token of somebody who may only read."""

    def __init__(self, target: str, reader: Callable[[], str]) -> None:
        self._target = urllib.parse.urlsplit(target)
        self._reader = reader
        self._silence = threading.Event()
        self.written: list[tuple[str, bytes]] = []
        self.mend()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                outer._answer(self, body)

            def do_PUT(self) -> None:
                self.do_GET()

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        self.mend()
        self._server.shutdown()
        self._server.server_close()

    def mend(self) -> None:
        """All is as it should be; who still waits for an answer gets none."""
        self._silence.set()
        # how many requests more are turned away, with which status
        self.turned_away, self.status = 0, 429
        self.busy_writes = 0
        self.only_reads = False
        # the next write: "unanswered" is done and nobody is told, "undone" does not even arrive
        self.next_write = ""
        # what happens before the next write is passed on
        self.meanwhile: Callable[[], None] | None = None

    def hang(self) -> None:
        """Connections are taken, and nothing is answered."""
        self._silence.clear()

    def _answer(self, handler: Any, body: bytes) -> None:
        handler.close_connection = True
        if not self._silence.is_set():
            self._silence.wait(60)
            return
        if self.turned_away > 0:
            self.turned_away -= 1
            self._say(handler, self.status, {"Retry-After": "1"} if self.status == 429 else {}, b"busy")
            return
        fate, writes = "", handler.command != "GET"
        if writes and self.busy_writes > 0:
            self.busy_writes -= 1
            self._say(handler, 429, {"Retry-After": "1"}, b"busy")
            return
        if writes:
            self.written.append((f"{handler.command} {handler.path}", body))
            fate, self.next_write = self.next_write, ""
            meanwhile, self.meanwhile = self.meanwhile, None
            if meanwhile:
                meanwhile()
        if fate == "undone":
            return
        answer = self._passed_on(handler, body)
        if fate != "unanswered":
            self._say(handler, *answer)

    def _passed_on(self, handler: Any, body: bytes) -> tuple[int, dict[str, str], bytes]:
        headers = {name: value for name, value in handler.headers.items() if name.lower() not in _HOP}
        if self.only_reads:
            headers["X-Auth-Token"] = self._reader()
        secure = self._target.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(str(self._target.hostname), self._target.port or (443 if secure else 80), timeout=30)
        try:
            place = self._target.path.rstrip("/") + handler.path
            connection.request(handler.command, place, body or None, headers)
            answer = connection.getresponse()
            kept = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP}
            return answer.status, kept, answer.read()
        finally:
            connection.close()

    @staticmethod
    def _say(handler: Any, status: int, headers: dict[str, str], body: bytes) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Connection", "close")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
