"""Real servers as processes of one's own on loopback: etcd and Redis (Debian's), and moto's S3 and rest of AWS."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.network import free_port, within

DEBIAN = {"etcd": "etcd-server", "redis-server": "redis-server"}
S3_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing-hush",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


def lacking(program: str) -> str | None:
    """Why there can be no such server on this machine, in a few words."""
    return None if shutil.which(program) else f"needs Debian's package {DEBIAN[program]}"


class Server:
    """A process, and how to reach it."""

    def __init__(self, url: str, process: subprocess.Popen[bytes]) -> None:
        self.url = url
        self.process = process

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)


@contextmanager
def _served(
    command: Sequence[str],
    folder: Path,
    url: str,
    answers: Callable[[], bool],
    namespace: str | None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    folder.mkdir(parents=True, exist_ok=True)
    inside = ["ip", "netns", "exec", namespace] if namespace else []
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [*inside, *command],
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        deadline = time.monotonic() + 60
        while not within(namespace, answers):
            if time.monotonic() > deadline or process.poll() is not None:
                raise RuntimeError(f"{command[0]} does not answer: {(folder / 'log').read_text()[-2000:]}")
            time.sleep(0.02)
        yield Server(url, process)
    finally:
        process.kill()
        process.wait()


@contextmanager
def etcd(folder: Path, seconds: int = 30, namespace: str | None = None) -> Iterator[Server]:
    """An etcd whose locks last so long without a refresh."""
    client, peer = (within(namespace, lambda: free_port("127.0.0.1")) for _unused in range(2))
    mine, theirs = f"http://127.0.0.1:{client}", f"http://127.0.0.1:{peer}"
    command = ["etcd", "--data-dir", str(folder / "data"), "--listen-client-urls", mine]
    command += ["--advertise-client-urls", mine, "--listen-peer-urls", theirs, "--unsafe-no-fsync"]
    command += ["--initial-advertise-peer-urls", theirs, "--initial-cluster", f"default={theirs}"]
    url = f"etcd3+{mine}?timeout={seconds}"
    with _served(command, folder, url, lambda: _healthy(f"{mine}/health"), namespace) as server:
        yield server


@contextmanager
def redis(folder: Path, seconds: int = 30, namespace: str | None = None, password: str = "") -> Iterator[Server]:
    """A Redis whose locks last so long without a refresh."""
    port = within(namespace, lambda: free_port("127.0.0.1"))
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    command += ["--requirepass", password] if password else []
    login = f":{password}@" if password else ""
    url = f"redis://{login}127.0.0.1:{port}?timeout={seconds}"

    def answers() -> bool:
        ask = ["redis-cli", "-p", str(port), *(["-a", password, "--no-auth-warning"] if password else []), "ping"]
        return b"PONG" in subprocess.run(ask, capture_output=True, check=False).stdout

    with _served(command, folder, url, answers, namespace) as server:
        yield server


@contextmanager
def s3(folder: Path, namespace: str | None = None) -> Iterator[Server]:
    """moto's S3, over real HTTP."""
    with _moto(folder, namespace, S3_ENVIRONMENT) as server:
        yield server


@contextmanager
def aws(folder: Path, images: Path) -> Iterator[Server]:
    """moto's AWS, over real HTTP. `images` is a JSON file of the AMIs there are, as moto has them itself."""
    with _moto(folder, None, {**S3_ENVIRONMENT, "MOTO_AMIS_PATH": str(images)}) as server:
        yield server


@contextmanager
def _moto(folder: Path, namespace: str | None, environment: Mapping[str, str]) -> Iterator[Server]:
    port = within(namespace, lambda: free_port("127.0.0.1"))
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with _served(command, folder, url, lambda: _healthy(f"{url}/moto-api/"), namespace, environment) as server:
        yield server


def _healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False
