"""A web service on loopback that says its name, and can be slow, sick and gone."""

from __future__ import annotations

import contextlib
import http.server
import random
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field


class _Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """HAProxy's checks hang up when they know enough."""


@dataclass
class App:
    """On a port that stays its own: it can be ended and started; `/slow` lasts until it is let go."""

    name: str
    port: int
    slow: threading.Event = field(default_factory=threading.Event)
    waiting: int = 0
    sick: bool = False
    served: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    _server: http.server.ThreadingHTTPServer | None = None

    def start(self) -> None:
        app = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/slow":
                    with app.lock:
                        app.waiting += 1
                    app.slow.wait(20)
                if self.path != "/health":
                    app.served.append(self.path)
                self.send_response(503 if app.sick and self.path == "/health" else 200)
                self.send_header("Content-Length", str(len(app.name)))
                self.end_headers()
                self.wfile.write(app.name.encode())

            def log_message(self, *words: object) -> None:
                """Tests read what was served."""

        self._server = _Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def end(self) -> None:
        self.slow.set()
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


def free_ports(count: int) -> list[int]:
    """Of those that the kernel gives to nobody's outgoing connection while a server of ours is down."""
    with contextlib.ExitStack() as stack:
        found: list[int] = []
        while len(found) < count:
            port = random.randrange(15_000, 32_000)
            with contextlib.suppress(OSError):
                stack.enter_context(socket.create_server(("127.0.0.1", port)))
                found.append(port)
        return found


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not done():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.02)
