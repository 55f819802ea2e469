"""A program that is followed, and asked to stop: real processes, no waiting for the clock."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from ansible_collections.atomic.fleet.plugins.plugin_utils._program import TIME_LIMIT, _Tail, follow
from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.watch import Watch

ROOT = Path(__file__).resolve().parents[4]
# says that it runs, and ends in its own way at the first SIGINT
POLITE = "trap 'echo interrupted; exit 7' INT; echo ready; while :; do sleep 0.05; done"
# takes a SIGINT for nothing
STUBBORN = "trap 'echo no' INT; echo ready; while :; do sleep 0.05; done"


def shell(text: str) -> list[str]:
    return ["/bin/sh", "-c", text]


def test_lines_come_whole_and_once(tmp_path: Path) -> None:
    lines: list[str] = []
    ended = follow(shell("printf 'one\\ntw'; printf 'o\\nthree'; echo no >&2"), str(tmp_path), os.environ, lines.append)
    assert (ended.code, ended.out, ended.err, ended.stopped) == (0, "one\ntwo\nthree", "no\n", "")
    assert lines == ["one", "two"]


def test_lines_come_while_it_runs(tmp_path: Path) -> None:
    """It goes on only once its line was heard."""
    go = tmp_path / "go"
    os.mkfifo(go)

    def heard(line: str) -> None:
        if line == "first":
            go.write_text("on\n")

    ended = follow(shell("echo first; read x <go; echo $x"), str(tmp_path), os.environ, heard)
    assert ended.out == "first\non\n"


def test_letters_cut_in_two(tmp_path: Path) -> None:
    lines: list[str] = []
    with (tmp_path / "out").open("w+b", buffering=0) as file:
        tail = _Tail(file, lines.append)
        for part in (b"\303", b"\244\n", b"\377\nrest"):
            file.write(part)
            tail.look()
    assert lines == ["\u00e4", "\ufffd"]


def test_an_interrupt_lets_it_end_in_its_own_way(tmp_path: Path) -> None:
    with Watch() as watch:
        ended = follow(
            shell(POLITE),
            str(tmp_path),
            os.environ,
            lambda line: watch.stop("SIGINT") if line == "ready" else None,
            watch,
        )
    assert (ended.code, ended.out.splitlines(), ended.stopped) == (7, ["ready", "interrupted"], "SIGINT")


@pytest.mark.slow
def test_the_time_limit(tmp_path: Path) -> None:
    ended = follow(shell(POLITE), str(tmp_path), os.environ, timeout=2)
    assert (ended.code, ended.stopped) == (7, TIME_LIMIT)


@pytest.mark.slow
def test_what_does_not_end_is_asked_again_and_then_killed(tmp_path: Path) -> None:
    ended = follow(shell(STUBBORN), str(tmp_path), os.environ, timeout=2, patience=(1, 1))
    assert ended.code == -signal.SIGKILL
    assert ended.out.splitlines() == ["ready", "no", "no"]


def test_an_error_of_ours_leaves_nothing_running(tmp_path: Path) -> None:
    def wrong(_line: str) -> None:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        follow(shell(f"echo $$ >pid; {POLITE}"), str(tmp_path), os.environ, wrong)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_it_outlives_whoever_follows_it(tmp_path: Path) -> None:
    """A pipe would have killed it at its next word, before it could write down what it had made."""
    os.mkfifo(tmp_path / "go")
    os.mkfifo(tmp_path / "end")
    program = "echo ready; echo $PPID >parent; read x <go; echo on; echo on; echo saved >state; echo x >end"
    script = textwrap.dedent(
        f"""
        import os
        from ansible_collections.atomic.fleet.plugins.plugin_utils._program import follow
        follow(["/bin/sh", "-c", {program!r}], {str(tmp_path)!r}, os.environ, lambda line: print(line, flush=True))
        """
    )
    path = {"PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    with subprocess.Popen(
        [sys.executable, "-c", script], env={**os.environ, **path}, stdout=subprocess.PIPE, text=True
    ) as follower:
        assert follower.stdout is not None
        assert follower.stdout.readline() == "ready\n"
        follower.kill()
    giving = threading.Thread(target=(tmp_path / "go").write_text, args=("x\n",))
    giving.start()
    assert (tmp_path / "end").read_text() == "x\n"
    giving.join()
    assert (tmp_path / "state").read_text() == "saved\n"
