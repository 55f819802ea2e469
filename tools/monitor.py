"""A stand-in for a Prometheus that scrapes HAProxy: answers instant queries about the pools behind it.

    monitor SOCKET --listen ADDRESS:PORT

It knows two: `error_ratio{pool="green"}` (requests answered with a status of 5xx, of all, over the last seconds; no
sample where there was none) and `requests{pool="green"}` (a second). Pools are read off the servers' names,
NAME-POOL-NUMBER.
"""

from __future__ import annotations

import argparse
import csv
import http.server
import io
import json
import re
import signal
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

EVERY = 0.25
_POOL = re.compile(r".+-([^-]+)-[0-9]+\Z")
_QUERY = re.compile(r'(error_ratio|requests)\{pool="([^"]*)"\}\Z')


@dataclass(frozen=True)
class Count:
    """What a pool's servers answered since HAProxy began."""

    requests: int
    errors: int


def count(table: str) -> dict[str, Count]:
    """What `show stat` prints -> what each pool answered."""
    found: dict[str, Count] = {}
    for row in csv.DictReader(io.StringIO(table.removeprefix("# "))):
        pool = _POOL.match(row.get("svname") or "")
        if pool is not None:
            before = found.get(pool[1], Count(0, 0))
            answers = sum(int(row.get(f"hrsp_{kind}xx") or 0) for kind in range(1, 6))
            found[pool[1]] = Count(before.requests + answers, before.errors + int(row.get("hrsp_5xx") or 0))
    return found


def value(kind: str, first: Count, last: Count, seconds: float) -> float | None:
    """The answer to a query about what happened in between; None where nothing did."""
    requests = last.requests - first.requests
    if kind == "requests":
        return requests / seconds if seconds > 0 else 0.0
    return (last.errors - first.errors) / requests if requests > 0 else None


class Monitor:
    """Looks at HAProxy all the time, and keeps what it saw for ``window`` seconds."""

    def __init__(self, path: str, window: float) -> None:
        self._path = path
        self._seen: deque[tuple[float, Mapping[str, Count]]] = deque(maxlen=max(2, int(window / EVERY)))

    def watch(self) -> None:
        while True:
            try:
                self._seen.append((time.monotonic(), count(self._ask("show stat"))))
            except OSError:
                self._seen.clear()
            time.sleep(EVERY)

    def answer(self, query: str) -> Any:
        """As https://prometheus.io/docs/prometheus/latest/querying/api/ has it."""
        known = _QUERY.match(query.strip())
        if known is None:
            return {"status": "error", "errorType": "bad_data", "error": f"unknown query {query!r}"}
        seen, result = list(self._seen), []
        if len(seen) > 1:
            (began, first), (ended, last) = seen[0], seen[-1]
            none = Count(0, 0)
            found = value(known[1], first.get(known[2], none), last.get(known[2], none), ended - began)
            if found is not None:
                result.append({"metric": {"pool": known[2]}, "value": [time.time(), str(found)]})
        return {"status": "success", "data": {"resultType": "vector", "result": result}}

    def _ask(self, command: str) -> str:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2)
            connection.connect(self._path)
            connection.sendall(f"{command}\n".encode())
            parts = []
            while part := connection.recv(65536):
                parts.append(part)
        return b"".join(parts).decode()


def handler(monitor: Monitor) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path != "/api/v1/query":
                self.send_error(404)
                return
            said = monitor.answer(parse_qs(parts.query).get("query", [""])[0])
            data = json.dumps(said).encode()
            self.send_response(200 if said["status"] == "success" else 400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *words: object) -> None:
            """Nobody reads it."""

    return Handler


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="monitor", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("socket", metavar="SOCKET", help="HAProxy's runtime socket")
    parser.add_argument("--listen", default="127.0.0.1:9090", metavar="ADDRESS:PORT", help="default: %(default)s")
    parser.add_argument("--window", type=float, default=5.0, metavar="SECONDS", help="default: %(default)s")
    chosen = parser.parse_args(words)
    monitor = Monitor(chosen.socket, chosen.window)
    address, _colon, port = chosen.listen.rpartition(":")
    server = http.server.ThreadingHTTPServer((address, int(port)), handler(monitor))
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit(0))
    threading.Thread(target=monitor.watch, daemon=True).start()
    print(json.dumps({"listening": chosen.listen}), flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
