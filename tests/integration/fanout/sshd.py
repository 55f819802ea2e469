"""Private OpenSSH servers on loopback, for tests of connections: real sshd, made-up keys, nothing installed.

A server runs in mount and process-id namespaces of its own (sshd wants its user in /etc/passwd and its folder
in /run), so ending its first process ends all of it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "atomic-fleet" / "sshd"
# of root, on the private servers only
PASSWORD = "correct horse"
PACKAGES = ("openssh-server", "openssh-client", "libwrap0")


def program() -> Path:
    """sshd of this machine, or Debian's, unpacked beside the other caches: installing it would start it."""
    found = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
    if found:
        return Path(found)
    sshd = CACHE / "usr/sbin/sshd"
    if not sshd.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "-q", "update"], check=True, capture_output=True)
        subprocess.run(["apt-get", "-q", "download", *PACKAGES], cwd=CACHE, check=True, capture_output=True)
        for package in sorted(CACHE.glob("*.deb")):
            subprocess.run(["dpkg-deb", "-x", str(package), str(CACHE)], check=True)
            package.unlink()
    return sshd


def environment() -> dict[str, str]:
    folders = [str(path.parent) for path in CACHE.rglob("libwrap.so.0")] if CACHE.exists() else []
    return {**os.environ, "LD_LIBRARY_PATH": ":".join(folders)} if folders else dict(os.environ)


def make_key(path: Path, *, kind: str = "ed25519", passphrase: str = "") -> Path:
    options = ["-b", "1024"] if kind == "rsa" else []
    subprocess.run(
        ["ssh-keygen", "-q", "-t", kind, *options, "-N", passphrase, "-C", "test", "-f", str(path)], check=True
    )
    return path


def public(path: Path) -> str:
    return " ".join(Path(f"{path}.pub").read_text(encoding="ascii").split()[:2])


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@dataclass
class Server:
    """A running sshd on 127.0.0.1. `started` holds a line for every script begun on it (ForceCommand-free:
    the test's scripts write it themselves)."""

    port: int
    host_key: Path
    folder: Path
    process: subprocess.Popen[bytes] | None = None
    extra: tuple[str, ...] = field(default=())

    @property
    def known(self) -> str:
        """The line of known_hosts that is right for this server."""
        return f"[127.0.0.1]:{self.port} {public(self.host_key)}\n"

    def log(self) -> str:
        return (self.folder / "sshd.log").read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def start(self) -> None:
        passwd = self.folder / "passwd"
        lines = [line for line in Path("/etc/passwd").read_text().splitlines() if not line.startswith("sshd:")]
        passwd.write_text("\n".join([*lines, "sshd:x:65534:65534::/run/sshd:/usr/sbin/nologin", ""]))
        shadow = self.folder / "shadow"
        hashed = subprocess.run(
            ["openssl", "passwd", "-6", "-stdin"], input=PASSWORD, capture_output=True, text=True, check=True
        )
        shadow.write_text(f"root:{hashed.stdout.strip()}:19000:0:99999:7:::\n")
        sshd = program()
        inside = (
            f"mount --bind {passwd} /etc/passwd && mount --bind {shadow} /etc/shadow && "
            "mount -t tmpfs none /run && mkdir -m 755 /run/sshd && "
            f"exec {sshd} -D -f {self.folder}/sshd_config -E {self.folder}/sshd.log"
        )
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", inside],
            env=environment(),
            stdin=subprocess.DEVNULL,
        )
        self.wait()

    def wait(self) -> None:
        """Until the server answers with its version."""
        deadline = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 5) as sock:
                if sock.recv(4) == b"SSH-":
                    return
            if time.monotonic() > deadline or (self.process is not None and self.process.poll() is not None):
                log = self.folder / "sshd.log"
                raise RuntimeError("sshd does not answer: " + (log.read_text() if log.exists() else "no log"))
            time.sleep(0.02)


@contextlib.contextmanager
def server(folder: Path, authorized: str, *extra: str, host_key: Path | None = None) -> Iterator[Server]:
    """An sshd that lets root in with the `authorized` lines of authorized_keys."""
    folder.mkdir(parents=True)
    key = host_key or make_key(folder / "host_key")
    (folder / "authorized_keys").write_text(authorized)
    one = Server(free_port(), key, folder, extra=extra)
    config = (
        *extra,
        f"ListenAddress 127.0.0.1:{one.port}",
        f"HostKey {key}",
        f"AuthorizedKeysFile {folder}/authorized_keys",
        "PermitRootLogin prohibit-password",
        "PasswordAuthentication no",
        "StrictModes no",
        "UsePAM no",
        "PidFile none",
        "MaxStartups 500",
        "MaxSessions 500",
        "LogLevel VERBOSE",
        "",
    )
    (folder / "sshd_config").write_text("\n".join(config))
    one.start()
    try:
        yield one
    finally:
        one.stop()


@contextlib.contextmanager
def agent(folder: Path, *keys: Path) -> Iterator[Path]:
    """An ssh-agent holding `keys`; its socket."""
    socket_path = folder / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket_path)], stdout=subprocess.DEVNULL)
    try:
        while not socket_path.exists():
            if process.poll() is not None:
                raise RuntimeError("ssh-agent ended")
            time.sleep(0.01)
        for key in keys:
            subprocess.run(
                ["ssh-add", "-q", str(key)],
                env={**os.environ, "SSH_AUTH_SOCK": str(socket_path)},
                check=True,
                stdin=subprocess.DEVNULL,
            )
        yield socket_path
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
