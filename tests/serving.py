"""An HTTP server on loopback, for as long as a test wants it."""

from __future__ import annotations

import http.server
import ssl
import threading
from typing import Any, Self


class Handler(http.server.BaseHTTPRequestHandler):
    """Says nothing on its own."""

    def log_message(self, *words: Any) -> None:
        """Nobody reads it."""


class Serving:
    """Serves while the block lasts. ``name`` is address and port."""

    def __init__(self, handler: type[Handler], tls: ssl.SSLContext | None = None) -> None:
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.name = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"{'https' if tls else 'http'}://{self.name}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
