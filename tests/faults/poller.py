"""Looks at hosts from outside, several times a second: poller.py HOSTS.json SEEN.jsonl

A host is up when its web service answers. Nothing of the fleet's own code is in here, none of its documents is
read. Each line of SEEN.jsonl is a change: when the look began and when it ended, by the machine's monotonic clock.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
import time
from pathlib import Path
from typing import TextIO

PAUSE = 0.2
PATIENCE = 1.5
REQUEST = b"GET / HTTP/1.0\r\n\r\n"


async def answers(address: str) -> bool:
    """Whether the host's web service gives a status line in time."""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(address, 80)
            with contextlib.closing(writer):
                writer.write(REQUEST)
                return (await reader.read(5)).startswith(b"HTTP/")
    return False


async def follow(name: str, address: str, seen: TextIO) -> None:
    """Looks for ever, and writes down what changed."""
    last = None
    while True:
        began = time.monotonic()
        up = await answers(address)
        if up != last:
            seen.write(json.dumps({"host": name, "began": began, "ended": time.monotonic(), "up": up}) + "\n")
            seen.flush()
            last = up
        await asyncio.sleep(max(0.0, began + PAUSE - time.monotonic()))


async def main(hosts: dict[str, str], seen: TextIO) -> None:
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asyncio.current_task().cancel)  # type: ignore[union-attr]
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(*(follow(name, address, seen) for name, address in hosts.items()))


if __name__ == "__main__":
    with Path(sys.argv[2]).open("w", encoding="utf-8") as file:
        asyncio.run(main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), file))
