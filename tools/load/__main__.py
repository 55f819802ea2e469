"""Sends requests to one URL at a constant rate, whatever becomes of them, and counts every one.

Half of the requests go over connections that are kept, half over a new one each. One JSON line a second, and a summary
as the last line. SIGTERM and SIGINT end it in order: no request is started any more, those under way are waited for.
Exit code 0 where every request got a whole 2xx answer, 1 where one did not, 2 where it was asked for what cannot be.
"""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import json
import math
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from tools.load.client import Client, Failed, Target
from tools.load.counting import Tally

LONGEST = 24 * 3600
FASTEST = 2000
SPARE_FILES = 64
ENDED = {signal.SIGTERM: "SIGTERM", signal.SIGINT: "SIGINT"}


def target(url: str) -> Target:
    """Only loopback and private networks: this is no tool to aim at somebody else's service."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 80
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        url.encode("ascii")
    except ValueError:
        raise argparse.ArgumentTypeError(f"{url!r} is no http://ADDRESS:PORT/PATH") from None
    if parts.scheme != "http" or parts.username is not None or parts.fragment or any(one <= " " for one in url):
        raise argparse.ArgumentTypeError(f"{url!r} is no http://ADDRESS:PORT/PATH")
    if not (address.is_loopback or address.is_private) or address.is_unspecified:
        raise argparse.ArgumentTypeError(f"{host} is neither loopback nor of a private network")
    return Target(str(address), port, path)


def number(least: float, most: float, kind: type[int] | type[float] = float) -> Callable[[str], Any]:
    """A number within bounds; `nan` is in none."""

    def read(text: str) -> Any:
        try:
            found = kind(text)
        except ValueError:
            found = math.nan
        if not least <= found <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is no number from {least:g} to {most:g}")
        return found

    return read


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    told, _blank, more = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(prog="load", description=told, epilog=more)
    parser.add_argument(
        "url", type=target, metavar="URL", help="http://ADDRESS:PORT/PATH on loopback or a private network"
    )
    parser.add_argument(
        "--rate", type=number(0.1, FASTEST), default=250.0, metavar="N", help="requests a second (default: 250)"
    )
    parser.add_argument(
        "--pool", type=number(1, 1000, int), default=16, metavar="N", help="connections that are kept (default: 16)"
    )
    parser.add_argument(
        "--timeout", type=number(0.05, 60), default=5.0, metavar="SECONDS", help="for one request in all (default: 5)"
    )
    parser.add_argument(
        "--seconds", type=number(0.1, LONGEST), default=60.0, metavar="N", help="how long at most (default: 60)"
    )
    parser.add_argument("--requests", type=number(1, 10**8, int), metavar="N", help="how many at most")
    return parser.parse_args(words)


def allow_files(wanted: int) -> str | None:
    """One file a request under way. Why there cannot be as many, in a sentence."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and wanted > hard:
        return f"{wanted} requests could be under way at once and {hard} files may be open: lower --rate or --timeout."
    if soft != resource.RLIM_INFINITY and wanted > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return None


class Run:
    """One run. Unix seconds go by the monotonic clock, from the wall's at the beginning: they never go back."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.client = Client(options.url, options.pool, options.timeout)
        self.rate: float = options.rate
        most = math.ceil(options.seconds * options.rate - 1e-9)
        self.most = min(most, options.requests or most)
        self.ended = "requests" if options.requests and options.requests <= most else "seconds"
        self._offset = time.time() - time.monotonic()
        self._stop = asyncio.Event()
        self.tally = Tally(self.now())

    def now(self) -> float:
        return time.monotonic() + self._offset

    def stop(self, why: str) -> None:
        if not self._stop.is_set():
            self.ended = why
            self._stop.set()

    async def work(self) -> None:
        """Starts each request when it is due, never mind those before it; all of them are known when it returns."""
        telling = asyncio.create_task(self._tell())
        async with asyncio.TaskGroup() as group:
            for index in range(self.most):
                due = self.tally.began + index / self.rate
                if due > self.now() and await self._stopped(due - self.now()):
                    break
                if self._stop.is_set():
                    break
                self.tally.sent(self.now(), due)
                group.create_task(self._one(due, kept=index % 2 == 0))
        telling.cancel()
        self.client.close()

    async def _stopped(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self._stop.wait()
        except TimeoutError:
            return False

    async def _one(self, due: float, kept: bool) -> None:
        try:
            pool = await self.client.get(kept)
        except Failed as failed:
            self.tally.failed(self.now(), str(failed))
        else:
            self.tally.ok(self.now(), due, pool)

    async def _tell(self) -> None:
        try:
            while True:
                await asyncio.sleep(1.001 - self.now() % 1)
                self.write(self.now())
        except BrokenPipeError:
            self.stop("nobody reads")

    def write(self, now: float) -> None:
        for line in self.tally.lines(now):
            tell(line)


def tell(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)


async def main(options: argparse.Namespace) -> int:
    run = Run(options)
    loop = asyncio.get_running_loop()
    for caught, name in ENDED.items():
        loop.add_signal_handler(caught, run.stop, name)
    await run.work()
    now = run.now()
    run.write(math.floor(now) + 1.0)  # the last second is not over, and nothing more is in it
    summary = run.tally.summary(now)
    spent = time.process_time()
    tell({**summary, "connections": asdict(run.client.counts), "cpu_seconds": round(spent, 2), "ended": run.ended})
    return 1 if summary["failed"] or summary["missing"] else 0


def start(words: Sequence[str] | None = None) -> int:
    options = arguments(words)
    why = allow_files(math.ceil(options.rate * options.timeout) + options.pool + SPARE_FILES)
    if why:
        print(f"load: {why}", file=sys.stderr)
        return 2
    try:
        return asyncio.run(main(options))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads: not even Python's last flush
        return 1


if __name__ == "__main__":
    sys.exit(start())
