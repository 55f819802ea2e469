"""A TCP server on loopback, its every connection in the hands of a test: what HTTP servers do when they go wrong."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from typing import Self

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Served-By: demo-blue-1\r\n\r\nok"


class Talk:
    """One connection, from the server's side. ``number`` counts connections from 1."""

    def __init__(self, connection: socket.socket, number: int) -> None:
        self.number = number
        self._connection = connection
        self._read = b""

    def hear(self) -> bytes:
        """The next request's head; empty where the client closed."""
        while b"\r\n\r\n" not in self._read:
            data = self._connection.recv(65536)
            if not data:
                return b""
            self._read += data
        head, _blank, self._read = self._read.partition(b"\r\n\r\n")
        return head

    def say(self, data: bytes) -> None:
        self._connection.sendall(data)

    def end(self) -> None:
        """No more is said; on loopback the client's kernel knows when this returns."""
        self._connection.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()

    def serve(self, answer: bytes = OK) -> None:
        """The same answer to every request, as long as the client asks."""
        while self.hear():
            self.say(answer)


class RawServer:
    """Each connection is talked to in a thread of its own, and closed when that ends."""

    def __init__(self, talk: Callable[[Talk], None]) -> None:
        self.connections = 0
        self._talk = talk
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *error: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self._listener.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads[1:]:
            thread.join()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection = self._listener.accept()[0]
                self.connections += 1
                self._open.append(connection)
                self._threads.append(threading.Thread(target=self._one, args=(connection, self.connections)))
                self._threads[-1].start()

    def _one(self, connection: socket.socket, number: int) -> None:
        with connection, contextlib.suppress(OSError):
            self._talk(Talk(connection, number))
