"""The lock on a real etcd and a real Redis: who holds it, who is refused, and what happens when the server dies."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError, FleetError
from ansible_collections.atomic.fleet.plugins.plugin_utils._lock import Lease, Lock, acquire, release, watch
from tests.servers import Server, etcd, lacking, redis

PATIENCE = 30.0
SERVERS: dict[str, tuple[str, Callable[..., AbstractContextManager[Server]]]] = {
    "etcd": ("etcd", etcd),
    "redis": ("redis-server", redis),
}


@pytest.fixture
def main() -> Iterator[subprocess.Popen[bytes]]:
    """A process that stands for ansible-playbook: it lives until it is killed."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


@pytest.fixture(params=sorted(SERVERS))
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    program, start = SERVERS[request.param]
    why = lacking(program)
    if why:
        pytest.skip(why)
    with start(tmp_path / "server", seconds=3) as server:
        yield server


def ends(lease: Lease) -> bool:
    return bool(select.select([lease], [], [], PATIENCE)[0]) and not lease.is_held()


def test_two_controllers_that_share_nothing_but_the_server(
    tmp_path: Path, main: subprocess.Popen[bytes], server: Server
) -> None:
    here, there = (Lock(tmp_path / name, "demo", url=server.url) for name in ("here", "there"))
    lease = acquire(here, "run-1", main.pid, "plan-1")
    with pytest.raises(ArgumentError, match=r"run run-1\); wait until that is done, or end it"):
        acquire(here, "run-2", main.pid)
    with pytest.raises(ArgumentError, match="The fleet demo is being changed by somebody who has not said his name"):
        acquire(there, "run-2", main.pid)
    # another fleet, and another cell, are other locks
    for other in (Lock(tmp_path / "else", "other", url=server.url), Lock(there.root, "demo", "cell-a", server.url)):
        assert acquire(other, "run-3", main.pid).is_held()
        assert release(other.root, "run-3")
    assert lease.is_held()
    assert release(here.root, "run-1")
    assert ends(lease)
    assert acquire(there, "run-2", main.pid).is_held()
    # killed: free at once, not after the seconds that it lasts
    main.kill()
    main.wait()
    kept = acquire(here, "run-4", os.getpid())
    assert kept.is_held()
    assert release(here.root, "run-4")


def test_lease_is_kept_longer_than_it_lasts(tmp_path: Path, main: subprocess.Popen[bytes], server: Server) -> None:
    lease = acquire(Lock(tmp_path, "demo", url=server.url), "run-1", main.pid)
    assert not select.select([lease], [], [], 5)[0]
    assert lease.is_held()
    with pytest.raises(ArgumentError, match="run-1"):
        acquire(Lock(tmp_path, "demo", url=server.url), "run-2", main.pid)
    assert release(tmp_path, "run-1")


@pytest.mark.parametrize("fault", ["killed", "frozen", "emptied"])
def test_lock_is_lost_while_the_play_runs(
    tmp_path: Path, main: subprocess.Popen[bytes], server: Server, fault: str
) -> None:
    lease = acquire(Lock(tmp_path, "demo", url=server.url), "run-1", main.pid)
    assert lease.is_held()
    {"killed": Server.kill, "frozen": Server.freeze, "emptied": empty}[fault](server)
    assert ends(lease)
    assert main.poll() is None
    with pytest.raises(ArgumentError, match="no longer held by run run-1"):
        watch(tmp_path, "run-1")


def empty(server: Server) -> None:
    """As an operator would who frees a lock by hand, or a server that lost its data."""
    port = server.url.partition("127.0.0.1:")[2].partition("?")[0]
    if server.url.startswith("redis"):
        subprocess.run(["redis-cli", "-p", port, "flushall"], check=True, capture_output=True)
    else:
        import etcd3gw

        assert etcd3gw.client(host="127.0.0.1", port=int(port)).delete_prefix("/tooz/locks")


def test_keeper_that_died_leaves_the_lock_to_the_server(
    tmp_path: Path, main: subprocess.Popen[bytes], server: Server
) -> None:
    lock = Lock(tmp_path, "demo", url=server.url.replace("timeout=3", "timeout=30"))
    lease = acquire(lock, "run-1", main.pid)
    os.kill(lease.holder.pid, signal.SIGKILL)
    assert ends(lease)
    with pytest.raises(ArgumentError, match=r"was being changed by .*run run-1\), who is gone, .* try again then"):
        acquire(lock, "run-2", main.pid)


def test_server_that_is_not_there(tmp_path: Path, main: subprocess.Popen[bytes], server: Server) -> None:
    server.kill()
    told = r"^The lock of the fleet demo in \S+://127\.0\.0\.1:\d+ cannot be used: .*\w\.$"
    with pytest.raises(FleetError, match=told):
        acquire(Lock(tmp_path, "demo", url=server.url), "run-1", main.pid)


def test_password_is_seen_nowhere(tmp_path: Path, main: subprocess.Popen[bytes]) -> None:
    if lacking("redis-server"):
        pytest.skip("needs Redis")
    with redis(tmp_path / "server", password="hush-hush") as server:
        lease = acquire(Lock(tmp_path, "demo", url=server.url), "run-1", main.pid)
        keeper = Path(f"/proc/{lease.holder.pid}")
        assert b"hush-hush" not in (keeper / "cmdline").read_bytes() + (keeper / "environ").read_bytes()
        assert all("hush-hush" not in path.read_text() for path in (tmp_path / "lock").glob("*.json"))
        assert release(tmp_path, "run-1")
