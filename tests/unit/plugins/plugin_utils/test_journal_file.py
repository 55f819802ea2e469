"""The journal as a file: on disk before anything goes on, several writers in turn, torn by a kill, full disks."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import FleetError, ParseError
from ansible_collections.atomic.fleet.plugins.module_utils._model.journal import Event
from ansible_collections.atomic.fleet.plugins.plugin_utils._journal import Journal, now

PLAN = "plan-0123456789ab"
NASTY = "; $(reboot) ` ' \" \n \u2028 é \x1b[31m"


def ticking() -> Callable[[], str]:
    times = iter(range(10**6))
    return lambda: f"2026-11-22T10:00:{next(times):02}Z"


def test_what_one_writes_another_reads(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    first = Journal(path, PLAN, ticking())
    assert first.events == ()
    assert first.progress.state == "new"
    written = first.write("opened", "run-1", plan=PLAN, by=NASTY)
    assert written == Event("opened", "2026-11-22T10:00:00Z", "run-1", data={"plan": PLAN, "by": NASTY})
    first.append(Event("wave_begun", now(), "run-1", wave=0), Event("host_intended", now(), "run-1", NASTY, 0))
    second = Journal(path, PLAN)
    assert second.events == first.events
    assert second.progress == first.progress
    assert second.progress.stage(NASTY) == "intended"
    first.append()
    assert Journal(path, PLAN).events == second.events


def test_two_who_have_it_open_take_turns(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    one, two = Journal(path, PLAN, ticking()), Journal(path, PLAN, ticking())
    one.write("opened", "run-1", plan=PLAN)
    two.write("wave_begun", "run-1", wave=0)
    one.write("host_intended", "run-1", "a", 0)
    assert [event.kind for event in one.events] == ["opened", "wave_begun", "host_intended"]
    with ThreadPoolExecutor(4) as pool:
        for name in "abcdefgh":
            pool.submit(lambda name=name: Journal(path, PLAN).write("host_staged", "run-1", name, 0))
    assert sorted(event.host or "" for event in Journal(path, PLAN).events[3:]) == list("abcdefgh")


@pytest.mark.parametrize("torn", ["{", '{"seq": 3, "prev": "12', "\x00\x00", "é"])
def test_torn_last_line_is_reported_and_written_over(tmp_path: Path, torn: str) -> None:
    path = tmp_path / "j.jsonl"
    journal = Journal(path, PLAN, ticking())
    journal.write("opened", "run-1", plan=PLAN)
    journal.write("wave_begun", "run-1", wave=0)
    with path.open("ab") as file:
        file.write(torn.encode())
    again = Journal(path, PLAN, ticking())
    assert again.torn
    assert len(again.events) == 2
    again.write("interrupted", "run-1", reason="killed")
    whole = Journal(path, PLAN)
    assert (whole.torn, len(whole.events)) == (None, 3)


def test_changed_line_is_refused_also_by_who_has_it_open(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    journal = Journal(path, PLAN, ticking())
    journal.write("opened", "run-1", plan=PLAN)
    with path.open("a") as file:
        file.write('{"kind": "host_verified"}\n')
    for use in (lambda: Journal(path, PLAN), lambda: journal.write("closed", "run-1")):
        with pytest.raises(ParseError, match=r"j\.jsonl line 2: hash is missing"):
            use()


def test_journal_of_another_plan_is_refused(tmp_path: Path) -> None:
    Journal(tmp_path / "j.jsonl", PLAN).write("opened", "run-1", plan=PLAN)
    with pytest.raises(ParseError, match="this is the journal of plan-0123456789ab, not of plan-x"):
        Journal(tmp_path / "j.jsonl", "plan-x")


def test_full_disk_leaves_a_whole_journal(tmp_path: Path) -> None:
    """The limit on a file's size stands for the disk: the write fails half-way, for real."""
    path = tmp_path / "j.jsonl"
    journal = Journal(path, PLAN, ticking())
    journal.write("opened", "run-1", plan=PLAN)
    limits, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.getsignal(signal.SIGXFSZ)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 100, limits[1]))
    try:
        with pytest.raises(FleetError, match=r"cannot write the journal \(File too large\); nothing may go on"):
            journal.write("halted", "run-1", reason="x" * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert Journal(path, PLAN).torn is None
    journal.write("halted", "run-1", reason="there is room again")
    assert [event.kind for event in Journal(path, PLAN).events] == ["opened", "halted"]


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "none" / "j.jsonl", PLAN)
    with pytest.raises(FleetError, match=r"cannot write the journal \(No such file or directory\)"):
        journal.write("opened", "run-1")
    with pytest.raises(FleetError, match=r"cannot read the journal \(Is a directory\)"):
        Journal(tmp_path, PLAN)


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import conftest
from ansible_collections.atomic.fleet.plugins.plugin_utils._journal import Journal
journal = Journal(Path(sys.argv[2]), "plan-0123456789ab")
journal.write("opened", "run-1", plan="plan-0123456789ab")
print("begun", flush=True)
for number in range(10**9):
    journal.write("host_staged", "run-1", f"host-{number}", 0)
    print(number, flush=True)
"""


def test_what_a_killed_writer_said_was_written_is_there(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    tests = str(Path(__file__).parents[3])
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, tests, str(path)], stdout=subprocess.PIPE, text=True, env={**os.environ}
    ) as writer:
        assert writer.stdout is not None
        while writer.stdout.readline() != "5\n":
            assert writer.poll() is None
        writer.kill()
        said = [int(line) for line in writer.stdout.read().split("\n")[:-1]]
    hosts = [event.host for event in Journal(path, PLAN).events if event.kind == "host_staged"]
    assert hosts == [f"host-{number}" for number in range(len(hosts))]
    assert len(hosts) > max([5, *said])
