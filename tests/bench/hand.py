"""Reboots hosts all at once by plain ssh and waits until all are up: python hand.py HOSTS.json

What a careful person would do by hand, as cheaply as it can be done: one ssh to trigger, then a look at the port
twice a second, and one ssh once it answers. Up means: another boot id, and systemd has finished starting.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from pathlib import Path
from typing import Any

BOOT_ID = "cat /proc/sys/kernel/random/boot_id"
PAUSE = 0.5
PATIENCE = 300.0


async def ask(ssh: list[str], command: str, timeout: float) -> str | None:
    """Standard output of a command on a host; None where it failed or did not end in time."""
    process = await asyncio.create_subprocess_exec(
        *ssh,
        command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(timeout):
            printed, _errors = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return None
    return printed.decode() if process.returncode == 0 else None


async def listening(address: str, port: int) -> bool:
    """Whether an SSH server says its name there."""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(1):
            reader, writer = await asyncio.open_connection(address, port)
            with contextlib.closing(writer):
                return (await reader.read(4)) == b"SSH-"
    return False


async def reboot(host: dict[str, Any]) -> None:
    ssh = host["ssh"]
    printed = await ask(ssh, f"{BOOT_ID}; systemctl reboot", 30)
    before = (printed or "").strip()
    if not before:
        raise SystemExit(f"{host['name']} could not be told to reboot")
    look = f"if [ $({BOOT_ID}) = {before} ]; then exit 75; fi; systemctl is-system-running --wait >/dev/null; {BOOT_ID}"
    while True:
        await asyncio.sleep(PAUSE)
        if await listening(host["address"], host["port"]) and await ask(ssh, look, 60) is not None:
            return


async def main(hosts: list[dict[str, Any]]) -> None:
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(reboot(host) for host in hosts))


if __name__ == "__main__":
    asyncio.run(main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
