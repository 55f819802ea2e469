"""The lock of a fleet, with real processes: who holds it, who is refused, and what happens when somebody dies."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError, FleetError
from ansible_collections.atomic.fleet.plugins.plugin_utils import _lock, _lock_keeper
from ansible_collections.atomic.fleet.plugins.plugin_utils._lock import Lease, Lock, acquire, holder, release, watch

PATIENCE = 20.0
WATCHER = """
import json, select, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import conftest
from ansible_collections.atomic.fleet.plugins.plugin_utils._lock import watch
lease = watch(Path(sys.argv[2]), "run-1")
print(json.dumps(lease.is_held()), flush=True)
select.select([lease], [], [])
print(json.dumps(lease.is_held()), flush=True)
"""


@pytest.fixture
def main() -> Iterator[subprocess.Popen[bytes]]:
    """A process that stands for ansible-playbook: it lives until it is killed."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


@pytest.fixture(params=["tooz", "plain"])
def tooz(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """With tooz, and as if it were not installed."""
    if request.param == "plain":
        hide_tooz(monkeypatch, tmp_path)
    return str(request.param)


def hide_tooz(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hidden = tmp_path / "hidden" / "tooz"
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").write_text("raise ImportError('hidden')\n")
    monkeypatch.setenv("PYTHONPATH", str(hidden.parent))


def ends(lease: Lease) -> bool:
    """Whether the lease is lost within our patience; waits for the event, not for a time."""
    return bool(select.select([lease], [], [], PATIENCE)[0]) and not lease.is_held()


def test_lock_is_held_named_and_given_back(tmp_path: Path, main: subprocess.Popen[bytes], tooz: str) -> None:
    lease = acquire(Lock(tmp_path, "demo"), "run-1", main.pid)
    assert lease.is_held()
    assert not select.select([lease], [], [], 0)[0]
    kept = holder(Lock(tmp_path, "demo"))
    assert kept is not None
    assert (kept.fleet, kept.run, kept.main) == ("demo", "run-1", main.pid)
    with pytest.raises(ArgumentError) as refused:
        acquire(Lock(tmp_path, "demo"), "run-2", os.getpid())
    who = rf"{kept.user}@{kept.host} \(pid {main.pid}, since .*Z, run run-1\)"
    told = rf"The fleet demo is being changed by {who}; wait until that is done, or end it\."
    assert re.fullmatch(told, refused.value.message)
    assert release(tmp_path, "run-1")
    assert ends(lease)
    assert holder(Lock(tmp_path, "demo")) is None
    assert os.listdir(tmp_path / "lock") == ["fleet"] or tooz == "tooz"
    again = acquire(Lock(tmp_path, "demo"), "run-2", os.getpid())
    assert again.is_held()
    assert release(tmp_path, "run-2")


def test_killed_playbook_frees_the_lock(tmp_path: Path, main: subprocess.Popen[bytes], tooz: str) -> None:
    lease = acquire(Lock(tmp_path, "demo"), "run-1", main.pid)
    main.kill()
    assert ends(lease)
    assert release(tmp_path, "run-1") is False
    with pytest.raises(ArgumentError, match="no longer held by run run-1"):
        watch(tmp_path, "run-1")
    assert acquire(Lock(tmp_path, "demo"), "run-2", os.getpid()).is_held()
    assert release(tmp_path, "run-2")


def test_killed_keeper_loses_the_lease_and_what_it_left_is_harmless(
    tmp_path: Path, main: subprocess.Popen[bytes], tooz: str
) -> None:
    lease = acquire(Lock(tmp_path, "demo"), "run-1", main.pid)
    keeper = os.pidfd_open(lease.holder.pid)
    os.kill(lease.holder.pid, signal.SIGKILL)
    assert ends(lease)
    assert select.select([keeper], [], [], PATIENCE)[0]
    os.close(keeper)
    assert (tmp_path / "lock" / "fleet.json").exists()
    assert holder(Lock(tmp_path, "demo")) is None
    assert acquire(Lock(tmp_path, "demo"), "run-1", os.getpid()).is_held()
    assert release(tmp_path, "run-1")


def test_of_two_at_once_one_is_refused_with_the_others_name(tmp_path: Path, main: subprocess.Popen[bytes]) -> None:
    def attempt(run: str) -> Lease | ArgumentError:
        try:
            return acquire(Lock(tmp_path, "demo"), run, main.pid)
        except ArgumentError as error:
            return error

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(attempt, ["run-1", "run-2", "run-3", "run-4"]))
    leases = [one for one in results if isinstance(one, Lease)]
    errors = [one for one in results if isinstance(one, ArgumentError)]
    assert (len(leases), len(errors)) == (1, 3)
    assert all(f"run {leases[0].holder.run});" in error.message for error in errors)
    assert release(tmp_path, leases[0].holder.run)


@pytest.mark.parametrize("first", ["tooz", "plain"])
def test_controllers_with_and_without_tooz_shut_each_other_out(
    tmp_path: Path, main: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    with monkeypatch.context() as patch:
        if first == "plain":
            hide_tooz(patch, tmp_path)
        acquire(Lock(tmp_path, "demo"), "run-1", main.pid)
    if first == "tooz":
        hide_tooz(monkeypatch, tmp_path)
    with pytest.raises(ArgumentError, match="run run-1"):
        acquire(Lock(tmp_path, "demo"), "run-2", main.pid)
    assert release(tmp_path, "run-1")


def test_keeper_has_none_of_our_descriptors_and_its_own_session(
    tmp_path: Path, main: subprocess.Popen[bytes], tooz: str
) -> None:
    secret = (tmp_path / "secret").open("w")
    os.set_inheritable(secret.fileno(), True)
    lease = acquire(Lock(tmp_path, "demo"), "run-1", main.pid)
    folder = Path(f"/proc/{lease.holder.pid}")
    links = {int(one.name): os.readlink(one) for one in (folder / "fd").iterdir()}
    assert {links[number] for number in (0, 1, 2)} == {"/dev/null"}
    ours = (str(tmp_path / "lock"), f"/proc/{main.pid}/")
    strangers = [one for one in links.values() if not one.startswith((*ours, "/dev/null", "anon_inode:[pidfd]"))]
    assert strangers == []
    assert os.getsid(lease.holder.pid) != os.getsid(0)
    assert os.readlink(folder / "cwd") == "/"
    assert release(tmp_path, "run-1")


def test_keeper_inherits_no_secrets_from_the_environment(
    tmp_path: Path, main: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_TOKEN", "hush")
    lease = acquire(Lock(tmp_path, "demo"), "run-1", main.pid)
    assert b"hush" not in Path(f"/proc/{lease.holder.pid}/environ").read_bytes()
    assert release(tmp_path, "run-1")


def test_another_process_watches_the_lease(tmp_path: Path, main: subprocess.Popen[bytes]) -> None:
    acquire(Lock(tmp_path, "demo"), "run-1", main.pid)
    tests = str(Path(__file__).parents[3])
    with subprocess.Popen(
        [sys.executable, "-c", WATCHER, tests, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert json.loads(other.stdout.readline()) is True
        main.kill()
        assert json.loads(other.stdout.readline()) is False


@pytest.mark.parametrize(
    "run, pid, told",
    [
        ("../run", None, "cannot be the name of a run"),
        ("", None, "cannot be the name of a run"),
        ("run-1", 2**22 + 1, "There is no process 4194305"),
    ],
)
def test_bad_arguments(tmp_path: Path, run: str, pid: int | None, told: str) -> None:
    with pytest.raises(ArgumentError, match=told):
        acquire(Lock(tmp_path, "demo"), run, pid or os.getpid())


def test_release_of_what_is_not_held(tmp_path: Path) -> None:
    assert release(tmp_path, "run-1") is False


def test_store_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("a file is in the way")
    with pytest.raises(FleetError, match="cannot make the folder of the lock"):
        acquire(Lock(tmp_path, "demo"), "run-1", os.getpid())


def test_lock_file_that_cannot_be_opened(tmp_path: Path, tooz: str) -> None:
    (tmp_path / "lock" / "fleet").mkdir(parents=True)
    with pytest.raises(FleetError, match=r"cannot be used: .*Is a directory"):
        acquire(Lock(tmp_path, "demo"), "run-1", os.getpid())


def test_process_that_reuses_a_pid_is_not_the_holder(tmp_path: Path, main: subprocess.Popen[bytes]) -> None:
    lease = acquire(Lock(tmp_path, "demo"), "run-1", main.pid)
    named = tmp_path / "lock" / "fleet.json"
    said = json.loads(named.read_text())
    named.write_text(json.dumps({**said, "start": said["start"] - 1}))
    assert holder(Lock(tmp_path, "demo")) is None
    assert release(tmp_path, "run-1") is False
    assert lease.is_held()
    main.kill()
    assert ends(lease)


def test_zombie_counts_as_gone() -> None:
    with subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert _lock_keeper.started(process.pid) is None
    assert _lock.keeper is _lock_keeper
