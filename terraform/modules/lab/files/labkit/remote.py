"""The remote: the lab's ostree repository and its system extensions over HTTP, in the main and the private network,
with faults to order.

The file remote.fault orders them: `cut N` serves N more bytes of objects and then breaks every connection half-way;
`slow N` lets at most N bytes a second through each connection; no file, no fault.
"""

from __future__ import annotations

import functools
import http.server
import io
import os
import signal
import socket
import socketserver
import sys
import threading
import time
from http import HTTPStatus

from . import daemon, network
from .paths import BASTION_PRIVATE_ADDRESS, CONTROLLER_ADDRESS, REMOTE_PORT, Lab

CHUNK = 16384


class Faults:
    """What the fault file orders, counted over all connections since it was written."""

    def __init__(self, lab: Lab) -> None:
        self.path = lab.fault
        self.guard = threading.Lock()
        self.stamp = 0
        self.kind = ""
        self.amount = 0

    def look(self) -> tuple[str, int]:
        """The present fault and its amount (bytes left, or bytes a second)."""
        with self.guard:
            try:
                stamp = self.path.stat().st_mtime_ns
                if stamp != self.stamp:
                    kind, amount = self.path.read_text().split()
                    self.stamp, self.kind, self.amount = stamp, kind, int(amount)
            except (OSError, ValueError):
                self.stamp, self.kind, self.amount = 0, "", 0
            return self.kind, self.amount

    def spend(self, count: int) -> bool:
        """Take bytes from what may still be served; False when the connection has to break."""
        kind = self.look()[0]
        if kind != "cut":
            return True
        with self.guard:
            self.amount -= count
            return self.amount > 0


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files of the repository, and below /extensions/ those; keeps connections open, since a pull asks for thousands
    of objects."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536

    def __init__(self, *args: object, lab: Lab, faults: Faults) -> None:
        self.lab = lab
        self.faults = faults
        super().__init__(*args)  # type: ignore[arg-type]

    def log_message(self, *_: object) -> None:
        """Silent: a pull would write thousands of lines."""

    def translate_path(self, path: str) -> str:
        inside = path.removeprefix("/extensions/")
        self.directory = str(self.lab.repo if inside == path else self.lab.extensions)
        return super().translate_path(inside)

    def list_directory(self, path: str | os.PathLike[str]) -> io.BytesIO | None:
        self.send_error(HTTPStatus.NOT_FOUND)
        return None

    def copyfile(self, source: object, outputfile: object) -> None:
        while chunk := source.read(CHUNK):  # type: ignore[attr-defined]
            if not self.faults.spend(len(chunk)):
                outputfile.write(chunk[: len(chunk) // 2])  # type: ignore[attr-defined]
                outputfile.flush()  # type: ignore[attr-defined]
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                raise ConnectionAbortedError
            outputfile.write(chunk)  # type: ignore[attr-defined]
            kind, rate = self.faults.look()
            if kind == "slow":
                outputfile.flush()  # type: ignore[attr-defined]
                time.sleep(len(chunk) / max(rate, 1))


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)  # HTTPServer's would ask DNS for our name
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away, or that we cut off: no news."""


def serve(lab: Lab, unit: str) -> None:
    handler = functools.partial(Handler, lab=lab, faults=Faults(lab))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    servers = []
    for namespace, address in ((lab.jump_namespace, BASTION_PRIVATE_ADDRESS), (lab.name, CONTROLLER_ADDRESS)):
        with network.inside(namespace):
            servers.append(Server((address, REMOTE_PORT), handler))
    daemon.report(lab, unit)
    threading.Thread(target=servers[0].serve_forever, daemon=True).start()
    servers[1].serve_forever()
