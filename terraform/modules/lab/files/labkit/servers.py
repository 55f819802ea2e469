"""The servers behind the balancer: which hosts they are, what their pools weigh, and what HAProxy says of them."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from .paths import Lab, pool_of, write_atomically

BACKEND = "web"
FIELDS = {"srv_name", "srv_addr", "srv_op_state", "srv_admin_state", "srv_uweight"}


@dataclass(frozen=True)
class Server:
    """What is worth keeping of a server. state: whether HAProxy found it well; admin: whether it was taken out."""

    address: str
    weight: int
    state: str
    admin: str


@dataclass(frozen=True)
class Book:
    """What the balancer is to be. weights: of each pool's hosts, as last seen; servers: address by host."""

    weights: Mapping[str, int] = field(default_factory=dict)
    servers: Mapping[str, str] = field(default_factory=dict)

    def seen(self, running: Mapping[str, Server]) -> Book:
        """With the weights that run now. The greatest counts: a host may have been given less than its pool."""
        found: dict[str, int] = {}
        for name, server in running.items():
            pool = pool_of(name)
            found[pool] = max(server.weight, found.get(pool, 0))
        return replace(self, weights={pool: found.get(pool, weight) for pool, weight in self.weights.items()})

    def knowing(self, weights: Mapping[str, int]) -> Book:
        """With these pools. A new one begins with its weight where no pool serves, else with 0."""
        serving = any(self.weights.get(pool, 0) for pool in weights)
        return replace(
            self, weights={pool: self.weights.get(pool, 0 if serving else weight) for pool, weight in weights.items()}
        )

    def with_server(self, name: str, address: str | None) -> Book:
        """With a host at an address, or without it."""
        rest = {one: where for one, where in self.servers.items() if one != name}
        return replace(self, servers=rest if address is None else {**rest, name: address})


def addresses(servers: Mapping[str, Server]) -> dict[str, str]:
    return {name: server.address for name, server in servers.items()}


def path(lab: Lab) -> Path:
    return lab.balancer / "servers.json"


def read_book(lab: Lab) -> Book:
    try:
        return Book(**json.loads(path(lab).read_text()))
    except FileNotFoundError:
        return Book()


def write_book(lab: Lab, book: Book) -> None:
    write_atomically(path(lab), json.dumps({"weights": book.weights, "servers": book.servers}) + "\n")


def parse_state(text: str) -> dict[str, Server]:
    """What `show servers state` prints, and what a state file holds; a line cut short is passed over."""
    names: list[str] = []
    found = {}
    for line in text.splitlines():
        if line.startswith("# "):
            names = line[2:].split()
        elif names and line.strip():
            row = dict(zip(names, line.split(), strict=False))
            if row.get("be_name") == BACKEND and row.keys() >= FIELDS:
                found[row["srv_name"]] = Server(
                    row["srv_addr"], int(row["srv_uweight"]), row["srv_op_state"], row["srv_admin_state"]
                )
    return found


def whole(text: str) -> bool:
    """Whether HAProxy was not killed in the middle of saying it."""
    return text.startswith("1\n# ") and text.endswith("\n\n")


def ask(place: Path, command: str) -> str:
    """What HAProxy answers at its socket. Raises OSError."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(str(place))
        connection.sendall(f"{command}\n".encode())
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts).decode()
