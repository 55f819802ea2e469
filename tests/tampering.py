"""A proxy before a registry that changes what passes, for tests of digests."""

from __future__ import annotations

import http.server
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.certificates import make_authority, server_context
from tests.registry import Registry


class Tampering:
    """Hands on GETs to a registry without TLS, and `change` of what it answers, without the headers that `hide` names.

    With a folder for `tls` it speaks TLS itself, by an authority whose certificate is `ca`.
    """

    def __init__(
        self, registry: Registry, change: Callable[[bytes], bytes], *, hide: str = "", tls: Path | None = None
    ) -> None:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                headers = {name: self.headers[name] for name in ("Accept", "Authorization") if name in self.headers}
                try:
                    answer: Any = opener.open(
                        urllib.request.Request(registry.url + self.path, headers=headers), timeout=20
                    )
                except urllib.error.HTTPError as error:
                    answer = error
                with answer:
                    body = change(answer.read())
                    self.send_response(answer.status)
                    for name, value in answer.headers.items():
                        if name.lower() not in ("content-length", "date", "connection", hide):
                            self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words: Any) -> None:
                """Nobody reads it."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.name = f"127.0.0.1:{self._server.server_address[1]}"
        self.ca: Path | None = None
        if tls:
            authority = make_authority(tls / "tampering.pem")
            self._server.socket = server_context(authority, tls).wrap_socket(self._server.socket, server_side=True)
            self.ca = authority.path
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> Tampering:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
