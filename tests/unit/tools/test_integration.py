"""Running files of tests side by side: all of them, told as one run, and ended its own way."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tools.integration import FOLDER, LONGEST, Ended, Run, closing_line, longest_first
from tools.stages import ROOT

PYTEST = (sys.executable, "-m", "pytest", "-q", "-ra", "-p", "no:cacheprovider")


@pytest.mark.parametrize(
    "code,last,counts",
    [
        (0, "12 passed in 80.11s (0:01:20)", {"passed": 12}),
        (1, "1 failed, 2 passed, 3 skipped, 1 warning in 0.1s", {"failed": 1, "passed": 2, "skipped": 3}),
        (1, "2 passed, 2 errors in 0.1s", {"passed": 2, "error": 2}),
        (5, "no tests ran in 0.00s", {}),
        (4, "ERROR: file or directory not found: x", {"error": 1}),
        (-9, "", {"error": 1}),
        (2, "!!! KeyboardInterrupt !!!\n3 passed in 1.00s", {"passed": 3, "error": 1}),
    ],
)  # fmt: skip
def test_what_a_file_came_to(code: int, last: str, counts: dict[str, int]) -> None:
    assert Ended("test_x.py", code, f"...\n{last}\n", 1.0).counts == counts


def test_all_are_told_as_one_run() -> None:
    ended = [Ended("a", 0, "2 passed, 1 skipped in 1s", 1.0), Ended("b", 1, "1 failed, 3 passed, 2 errors in 1s", 2.0)]
    line = closing_line(ended, 3725.5)
    assert line.strip("= ") == "1 failed, 5 passed, 1 skipped, 2 errors in 3725.50s (1:02:05)"
    assert len(line) == 80
    assert closing_line([], 0.0).strip("= ") == "no tests ran in 0.00s (0:00:00)"


def test_the_longest_begin_and_all_are_there() -> None:
    files = list(FOLDER.glob("test_*.py"))
    ordered = longest_first(files)
    assert [path.stem for path in ordered[: len(LONGEST)]] == list(LONGEST)
    assert sorted(ordered) == sorted(files)


@pytest.mark.slow
def test_files_run_at_the_same_time_each_with_a_slot_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each waits at a named pipe for the other: one after the other they would never end."""
    meet = "(p / 'pipe').write_text(slot)", "assert (p / 'pipe').read_text() != slot"
    head = "import os, pathlib, pytest\np, slot = pathlib.Path(__file__).parent, os.environ['ATOMIC_FLEET_TEST_SLOT']\n"
    os.mkfifo(tmp_path / "pipe")
    files = [tmp_path / f"test_{number}.py" for number in (1, 2, 3)]
    for file, line in zip(files, meet, strict=False):
        file.write_text(f"{head}def test_meet():\n    {line}\n")
    skipped = "def test_not_here():\n    pytest.skip('no lab: ' + slot)\n"
    files[2].write_text(f"{head}{skipped}def test_bad():\n    assert 0\n")
    run = Run(PYTEST, 2)
    assert run.all(files) == 1
    assert sum((one.counts for one in run.ended), Counter()) == {"passed": 2, "skipped": 1, "failed": 1}
    said = capsys.readouterr().out
    assert "no lab: " in said
    assert "test_bad" in said


STOPPED = """
import sys
from collections import Counter
from pathlib import Path
from tools.integration import Run
sys.exit(Run((sys.executable, "-c", {code!r}), 1).all([Path("first"), Path("second")]))
"""
TAKING_DOWN = """
import os, signal, sys, threading
def end(number, frame):
    signal.signal(number, lambda *again: None)
    raise KeyboardInterrupt
signal.signal(signal.SIGTERM, end)
try:
    pipe = os.open({pipe!r}, os.O_WRONLY | os.O_NONBLOCK)
    os.write(pipe, sys.argv[1].encode())
    os.close(pipe)
    threading.Event().wait(60)
finally:
    print("taken down", sys.argv[1])
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_what_is_stopped_takes_down_what_it_made(tmp_path: Path, number: signal.Signals) -> None:
    os.mkfifo(tmp_path / "pipe")
    argv = [sys.executable, "-c", STOPPED.format(code=TAKING_DOWN.format(pipe=str(tmp_path / "pipe")))]
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert select.select([reader], [], [], 30)[0]
        assert os.read(reader, 100) == b"first"
        if number == signal.SIGINT:
            os.killpg(process.pid, number)  # as a terminal does
        else:
            process.send_signal(number)
        said = process.communicate(timeout=30)[0]
    os.close(reader)
    assert process.returncode == 130
    assert "taken down first" in said
    assert "second" not in said
