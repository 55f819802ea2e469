"""What stands between an adapter and the TCP socket of HAProxy's runtime API: it counts, and lets go wrong what can."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass

from tests.traffic.web_app import free_ports

_PROMPT = b"\n> "
WHOLE = 1000


@dataclass
class Interruption:
    """After ``at`` commands of a line that sets weights: do ``then`` and go on, or cut the connection where there is
    none. HAProxy has done by then what it was told, and its answer is lost."""

    at: int
    then: Callable[[], None] | None = None
    times: int = 1


class Front:
    def __init__(self, upstream: int) -> None:
        self.upstream = upstream
        self.writes = 0
        self.interruption: Interruption | None = None
        self._hanging: threading.Event | None = None
        (self.port,) = free_ports(1)
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._listen()

    def _listen(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _address = listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def hang(self) -> None:
        self._hanging = threading.Event()

    def refuse(self) -> None:
        # a thread that is in accept() keeps the port until it is woken
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def mend(self) -> None:
        if self._hanging:
            self._hanging.set()
            self._hanging = None
        if self._listener.fileno() < 0:
            self._listener = socket.create_server(("127.0.0.1", self.port))
            self._listen()
        self.interruption = None

    def close(self) -> None:
        self.mend()
        self.refuse()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            if self._hanging:
                self._hanging.wait(60)
                return
            with socket.create_connection(("127.0.0.1", self.upstream), 10) as haproxy:
                client.settimeout(60)
                _Conversation(self, client, haproxy).go()


class _Conversation:
    def __init__(self, front: Front, client: socket.socket, haproxy: socket.socket) -> None:
        self._front = front
        self._client = client
        self._haproxy = haproxy
        self._wrote = False

    def go(self) -> None:
        interactive = False
        with self._client.makefile("rb") as said:
            for line in said:
                interactive = interactive or line == b"prompt\n"
                if not interactive:
                    self._haproxy.sendall(line)
                    while part := self._haproxy.recv(65536):
                        self._client.sendall(part)
                    return
                if not self._line(line.decode().strip().split(";")):
                    return

    def _line(self, commands: list[str]) -> bool:
        front = self._front
        interruption = front.interruption
        writes = commands[0].startswith("set server ")
        if writes and not self._wrote:
            self._wrote = True
            front.writes += 1
        if not writes or interruption is None or not interruption.times:
            self._client.sendall(self._told(commands))
            return True
        interruption.times -= 1
        answer = self._told(commands[: interruption.at])
        if interruption.then is None:
            return False
        interruption.then()
        self._client.sendall(answer + self._told(commands[interruption.at :]))
        return True

    def _told(self, commands: list[str]) -> bytes:
        if not commands:
            return b""
        self._haproxy.sendall(";".join(commands).encode() + b"\n")
        answer = b""
        while answer.count(_PROMPT) < len(commands):
            part = self._haproxy.recv(65536)
            if not part:
                raise OSError("HAProxy closed it")
            answer += part
        return answer
