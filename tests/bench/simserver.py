"""Many simulated hosts behind one SSH server: simserver.py FOLDER

The server answers at 127.x addresses, each of them a host with a state of its own: what it runs, what is staged, how
often it was booted. It knows the scripts of a rollout by what stands in them, and runs none. FOLDER gets the keys, and
`port` as the last thing of all.
"""

from __future__ import annotations

import asyncio
import re
import sys
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

RELEASES = {"c7599a34af49cfc9" * 4: "1.0", "5d643b5a5d03fcba" * 4: "2.0"}
OLD, NEW = RELEASES
KEX = ["curve25519-sha256"]
REFSPEC = "lab:lab/x86_64/stable"
REBOOT_SECONDS = 2.0
STILL_OLD = 75
_CHECKSUM = re.compile("|".join(RELEASES))
_REST = """\
@section tool 0
|version '2022.7'
|stage
|arch x86_64
|root
@section system 0
|running
@section failed 0
@section greenboot 0
|Boot Status is GREEN - Health Check SUCCESS
@section space 0
|Filesystem     1024-blocks   Used Available Capacity Mounted on
|vlabram            2097152 396832   1700320      19% /sysroot
|vlabram            2097152 396832   1700320      19% /boot
|vlabram            2097152 396832   1700320      19% /var
@section config 0
|[core]
|repo_version=1
|mode=bare
|
|[remote "lab"]
|url=http://10.89.0.1:8765/repo-bookworm
@section units 0
@section updaters 0
@end
"""


@dataclass
class Host:
    """One simulated host."""

    runs: str = OLD
    other: str = NEW
    staged: str = ""
    boot: str = field(default_factory=lambda: str(uuid.uuid4()))
    up_at: float = 0.0

    def observation(self) -> str:
        lines = ["@section booted 0", "@section locked 1", "@section boot 0", f"|{self.boot}", "|4521.75 4496.48"]
        lines += ["|root=LABEL=lab rw quiet", "@section status 0"]
        for mark, checksum, word in (
            (" ", self.staged, " (staged)"),
            ("*", self.runs, ""),
            (" ", self.other, " (rollback)"),
        ):
            if checksum:
                lines += [f"|{mark} labos {checksum}.0{word}", f"|    Version: {RELEASES[checksum]}"]
                lines.append(f"|    origin refspec: {REFSPEC}")
        return "\n".join(lines) + "\n" + _REST

    def reboot(self, now: float) -> None:
        self.up_at = now + REBOOT_SECONDS
        if self.staged:
            self.runs, self.other, self.staged = self.staged, self.runs, ""
        self.boot = str(uuid.uuid4())

    def answer(self, script: str, now: float) -> tuple[str, str, int]:
        """Output, errors and exit status."""
        if "systemd-run --quiet --collect --no-block" in script:
            found = _CHECKSUM.findall(script.partition("JOB=")[2].partition("_alive()")[0])
            if found:
                self.staged = found[-1]
            done = "@begin\n@section launch 0\n@section state 0\n|done\n@section rc 0\n|0\n@section out 0\n"
            return done + self.observation(), "", 0
        if "_reboot() {" in script:
            said = f"@begin\n@section boot-id 0\n|{self.boot}\n@section before 0\n@section reboot 0\n@end\n"
            self.reboot(now)
            return said, "", 0
        if "is-system-running --wait" in script and self.boot in script:
            return "", "", STILL_OLD
        if "say booted test -e /run/ostree-booted" in script:
            return "@begin\n" + self.observation(), "", 0
        return self.plain(script, now)

    def plain(self, script: str, now: float) -> tuple[str, str, int]:
        """What a careful playbook asks with raw commands."""
        if "ostree admin status" in script:
            return f"* labos {self.runs}.0\n    Version: {RELEASES[self.runs]}\n", "", 0
        if "ostree admin deploy" in script:
            self.staged = (_CHECKSUM.findall(script) or [self.other])[-1]
            return "", "", 0
        if "systemctl reboot" in script:
            self.reboot(now)
            return "", "", 0
        if "boot_id" in script:
            return f"{self.boot}\n", "", 0
        if "is-system-running" in script or "list-units --failed" in script:
            return "running\n", "", 0
        return "", "the simulated host does not know this script\n", 1


class Fleet:
    """All hosts, by address. A host that boots refuses whoever comes, as late as a server behind one socket can."""

    def __init__(self) -> None:
        self.hosts: dict[str, Host] = {}

    def host(self, address: str) -> Host:
        return self.hosts.setdefault(address, Host())


def server_of(fleet: Fleet) -> type[asyncssh.SSHServer]:
    class Server(asyncssh.SSHServer):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            address = conn.get_extra_info("sockname")[0]
            if fleet.host(address).up_at > asyncio.get_running_loop().time():
                conn.abort()

    return Server


async def main(folder: Path) -> None:
    fleet = Fleet()
    loop = asyncio.get_running_loop()
    for name in ("host", "user"):
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(str(folder / name))
        (folder / name).chmod(0o600)
        key.write_public_key(str(folder / f"{name}.pub"))

    async def handle(process: asyncssh.SSHServerProcess[str]) -> None:
        address = process.get_extra_info("sockname")[0]
        out, errors, code = fleet.host(address).answer(process.command or "", loop.time())
        process.stdout.write(out)
        process.stderr.write(errors)
        process.exit(code)

    server = await asyncssh.listen(
        "0.0.0.0",
        0,
        server_factory=server_of(fleet),
        server_host_keys=[str(folder / "host")],
        authorized_client_keys=str(folder / "user.pub"),
        process_factory=handle,
        kex_algs=KEX,
        backlog=1000,
        login_timeout=120,
    )
    (folder / "port.new").write_text(str(server.get_port()))
    (folder / "port.new").rename(folder / "port")
    await server.wait_closed()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
