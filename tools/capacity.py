"""Watches from outside how many servers of a HAProxy can get requests, and writes down what changes.

Nothing of the fleet's own code is in here, none of its documents is read: HAProxy is asked by its runtime socket. A
server can get requests when it is up, has a weight, and nobody took it out. A pool has a share while one of its servers
that nobody took out has a weight, be it up or down. One JSON line a change, at least one a second, and a summary as the
last line. SIGTERM and SIGINT end it in order.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import math
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from typing import Any

LONGEST = 24 * 3600
MOST = 4 * 1024 * 1024
TIMEOUT = 2.0
_POOL = re.compile(r".+-([^-]+)-[0-9]+\Z")
_BACKEND = re.compile(r"[A-Za-z0-9_.:-]+\Z")
_AWAY = ("MAINT", "DRAIN")
_WANTED = ("pxname", "svname", "status", "uweight", "scur")


class Unknown(Exception):
    """HAProxy did not say how its servers are. Its only argument is a sentence."""


@dataclass(frozen=True)
class Server:
    """`weight` is the one that was set; `status` HAProxy's word."""

    weight: int
    status: str
    sessions: int

    @property
    def taken_out(self) -> bool:
        return self.status.startswith(_AWAY)

    @property
    def live(self) -> bool:
        """`UP 1/3` is on its way down, and still in use; so is one without checks."""
        return self.weight > 0 and (self.status.startswith("UP") or self.status == "no check")


def pool_of(server: str) -> str:
    """NAME-POOL-NUMBER -> POOL; empty where it is called otherwise."""
    found = _POOL.match(server)
    return found[1] if found else ""


@dataclass(frozen=True)
class Look:
    """The servers at one time, by name."""

    at: float
    servers: Mapping[str, Server]

    def weights(self) -> dict[str, int]:
        """Of every pool, over the servers that nobody took out."""
        found: dict[str, int] = {}
        for name, server in self.servers.items():
            found[pool_of(name)] = found.get(pool_of(name), 0) + (0 if server.taken_out else server.weight)
        return found

    def shares(self) -> dict[str, float]:
        """In percent; all 0 where nobody is sent anywhere."""
        weights = self.weights()
        total = sum(weights.values())
        return {pool: round(100 * weight / total, 1) if total else 0.0 for pool, weight in weights.items()}

    def live(self) -> dict[str, int]:
        """How many servers of each pool with a share can get requests."""
        having = [pool for pool, weight in self.weights().items() if weight]
        return {pool: sum(one.live for name, one in self.servers.items() if pool_of(name) == pool) for pool in having}

    def render(self) -> dict[str, Any]:
        servers = {name: asdict(server) for name, server in self.servers.items()}
        return {
            "at": round(self.at, 3), "capacity": sum(self.live().values()), "live": self.live(),
            "shares": self.shares(), "servers": servers,
        }  # fmt: skip


def read(text: str, at: float) -> Look:
    """What `show stat` says of servers. Raises Unknown."""
    if not text.startswith("# "):
        raise Unknown(f"it says {' '.join(text.split())[:100]!r}.")
    rows = csv.DictReader(io.StringIO(text[2:]))
    servers = {}
    for row in rows:
        proxy, name, status, weight, sessions = (row.get(key) or "" for key in _WANTED)
        if not weight.isdecimal():
            raise Unknown(f"it says no weight of {proxy}/{name}: it has to be HAProxy 2.6 or newer.")
        if name in servers:
            raise Unknown(f"it knows several servers {name}: name one --backend.")
        servers[name] = Server(int(weight), status, int(sessions) if sessions.isdecimal() else 0)
    if not servers:
        raise Unknown("it knows no server.")
    return Look(at, servers)


def ask(path: str, backend: str) -> str:
    """Raises Unknown."""
    data = b""
    try:
        with closing(socket.socket(socket.AF_UNIX)) as connection:
            connection.settimeout(TIMEOUT)
            connection.connect(path)
            connection.sendall(f"show stat {backend} 4 -1\n".encode("ascii"))
            while part := connection.recv(65536):
                data += part
                if len(data) > MOST:
                    raise Unknown("it answers without end.")
    except OSError as error:
        raise Unknown(f"{(error.strerror or 'it does not answer').lower()}.") from None
    return data.decode("utf-8", "replace").strip()


@dataclass
class Watch:
    """What was seen so far. `least` is the lowest capacity of all, and of each pool while it had a share."""

    looks: int = 0
    blind: int = 0
    gap: float = 0.0
    least: tuple[int, float] | None = None
    most: int = 0
    pools: dict[str, int] = field(default_factory=dict)
    _told: tuple[Mapping[str, Server], float] | None = None
    _seen: float | None = None

    def see(self, look: Look) -> Iterator[dict[str, Any]]:
        """The line to write, where there is one."""
        self.looks += 1
        self._pass(look.at)
        live = look.live()
        capacity = sum(live.values())
        self.most = max(self.most, capacity)
        if self.least is None or capacity < self.least[0]:
            self.least = (capacity, look.at)
        for pool, count in live.items():
            self.pools[pool] = min(self.pools.get(pool, count), count)
        if self._told is None or look.servers != self._told[0] or look.at >= self._told[1] + 1:
            self._told = (look.servers, look.at)
            yield look.render()

    def miss(self, at: float, why: str) -> dict[str, Any]:
        self.blind += 1
        self._told = None
        return {"at": round(at, 3), "unknown": why}

    def _pass(self, at: float) -> None:
        """The time between two looks that saw something: what was shorter than that may have been missed."""
        if self._seen is not None:
            self.gap = max(self.gap, at - self._seen)
        self._seen = at

    def summary(self) -> dict[str, Any]:
        least = {"capacity": self.least[0], "at": round(self.least[1], 3)} if self.least else None
        seen = {"looks": self.looks, "blind": self.blind, "longest_gap_ms": round(self.gap * 1000, 1)}
        return {"summary": True, "least": least, "most": self.most, "least_of_pools": self.pools, **seen}


def number(least: float, most: float) -> Callable[[str], float]:
    def check(text: str) -> float:
        try:
            found = float(text)
        except ValueError:
            found = math.nan
        if not least <= found <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is no number from {least:g} to {most:g}")
        return found

    return check


def backend_name(text: str) -> str:
    if not _BACKEND.match(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no name of a backend")
    return text


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    told, _blank, more = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(prog="capacity", description=told, epilog=more)
    parser.add_argument("socket", metavar="SOCKET", help="path of HAProxy's runtime socket")
    parser.add_argument("--backend", type=backend_name, default="-1", metavar="NAME", help="its servers only")
    parser.add_argument(
        "--every", type=number(0.01, 10), default=0.05, metavar="SECONDS", help="between looks (default: 0.05)"
    )
    parser.add_argument(
        "--seconds", type=number(0.1, LONGEST), default=3600.0, metavar="N", help="how long at most (default: 3600)"
    )
    return parser.parse_args(words)


def tell(line: Mapping[str, Any]) -> None:
    print(json.dumps(line), flush=True)


def watch(options: argparse.Namespace, wait: Callable[[float], bool]) -> int:
    """Looks until `wait` says that it is over, or the time is; the first look has to see something."""
    seen = Watch()
    offset = time.time() - time.monotonic()
    began = time.monotonic()
    while True:
        at = time.monotonic()
        try:
            for line in seen.see(read(ask(options.socket, options.backend), at + offset)):
                tell(line)
        except Unknown as error:
            if not seen.looks:
                print(f"capacity: HAProxy at {options.socket}: {error}", file=sys.stderr)
                return 2
            tell(seen.miss(at + offset, str(error)))
        now = time.monotonic()
        if now >= began + options.seconds or wait(max(0.0, at + options.every - now)):
            break
    tell(seen.summary())
    return 0


def main(words: Sequence[str] | None = None) -> int:
    options = arguments(words)
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # they are waited for, so that none comes in the middle of a line
    try:
        return watch(options, lambda seconds: signal.sigtimedwait(ends, seconds) is not None)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads: not even Python's last flush
        return 1


if __name__ == "__main__":
    sys.exit(main())
