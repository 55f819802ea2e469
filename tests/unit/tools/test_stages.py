"""Running stages: all of them, with logs, and with an exit code that tells."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools import stages
from tools.stages import CHECK, ROOT, TARGETS, Ended, Stage, main, run_all, summary


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(stages, "CACHE", tmp_path)
    return tmp_path


def python(name: str, code: str) -> Stage:
    return Stage(name, (sys.executable, "-c", code), {"WORD": "of the stage"})


def test_every_stage_runs_and_is_logged(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = python("one", "import os; print(os.environ['WORD'])")
    assert run_all((said, python("two", "import sys; print('err', file=sys.stderr)"))) == 0
    assert (cache / "logs" / "one.log").read_text(encoding="utf-8") == "of the stage\n"
    assert (cache / "logs" / "two.log").read_text(encoding="utf-8") == "err\n"
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" in ")[0] for line in lines] == [
        "== one",
        "of the stage",
        "== one: ok",
        "== two",
        "err",
        "== two: ok",
    ]


def test_narrow_stages_run_two_at_a_time_and_are_shown_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each waits until it has met the other: one after the other they would never end."""
    meeting = """
import pathlib, sys, time
mine, theirs = (pathlib.Path(word) for word in sys.argv[1:])
mine.touch()
print("came")
while not theirs.exists():
    time.sleep(0.01)
print("met")
"""
    a, b = str(tmp_path / "a"), str(tmp_path / "b")
    pair = [
        Stage(name, (sys.executable, "-c", meeting, *files), narrow=True)
        for name, files in (("x", (a, b)), ("y", (b, a)))
    ]
    assert run_all((python("wide", "print('alone')"), *pair, python("last", "raise SystemExit(1)"))) == 1
    lines = [line.split(" in ")[0] for line in capsys.readouterr().out.splitlines()]
    assert lines[:3] == ["== wide", "alone", "== wide: ok"]
    assert lines[-2:] == ["== last", "== last: failed (1)"]
    shown = lines[3:-2]
    assert sorted([tuple(shown[:4]), tuple(shown[4:])]) == [
        (f"== {name}", "came", "met", f"== {name}: ok") for name in ("x", "y")
    ]


def test_a_failure_stops_nothing_and_is_named_last(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_all((python("bad", "raise SystemExit(3)"), python("good", "print('still')"))) == 1
    captured = capsys.readouterr()
    assert "== bad: failed (3)" in captured.out
    assert "still" in captured.out
    assert captured.err.startswith("failed: bad; logs: ")


def test_many_stages_end_with_a_table_before_the_closing_line_of_the_tests(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    closing = python("integration", "print('a test'); print('== 3 passed, 1 skipped in 9.00s ==')")
    monkeypatch.setattr(stages, "INTEGRATION", closing)
    assert run_all((*[python(f"stage-{index}", "print('x')") for index in range(len(CHECK))], closing)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "== 3 passed, 1 skipped in 9.00s =="
    table = lines[lines.index("a test") + 1 : -1]
    assert [line.split()[0] for line in table] == [
        *(f"stage-{index}" for index in range(len(CHECK))),
        "integration",
        "all",
    ]
    assert "ok, 1 skipped" in table[-2]


def test_the_table_of_stages() -> None:
    table = summary([Ended("ruff", 0, 0, 1.25), Ended("integration", 1, 0, 100.0)], 99.5).splitlines()
    assert [line.split() for line in table] == [
        ["ruff", "ok", "1.2", "s"],
        ["integration", "failed", "(1)", "100.0", "s"],
        ["all", "99.5", "s"],
    ]
    assert len({len(line) for line in table}) == 1


@pytest.mark.parametrize(
    "closing,word",
    [
        ("3 passed, 2 skipped in 0.10s", "ok, 2 skipped,"),
        ("== 41 skipped in 0.10s ==", "ok, 41 skipped,"),
        ("5 valid, 4 skipped, 0 failed", "ok, 4 skipped,"),
        ("5 valid, 0 skipped, 0 failed", "ok"),
        ("terraform/modules/x: skipped: needs providers", "ok"),
    ],
)
def test_what_was_skipped_is_counted_at_the_end(capsys: pytest.CaptureFixture[str], closing: str, word: str) -> None:
    assert run_all((python("one", f"print({closing!r})"),)) == 0
    assert capsys.readouterr().out.splitlines()[-1].split(" in ")[0] == f"== one: {word}"


def test_a_program_that_is_missing_fails_its_stage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_all((Stage("gone", ("/nonexistent/program",)), python("good", "print('still')"))) == 1
    assert "still" in capsys.readouterr().out


def test_an_unknown_stage_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chekc"]) == 2
    assert capsys.readouterr().err.startswith("stages: unknown stage chekc; there are check, ")


def test_everything_is_in_the_whole_test_and_integration_ends_it() -> None:
    single = {stage.name for name, target in TARGETS.items() if name != "test" for stage in target}
    assert {stage.name for stage in TARGETS["test"]} == single
    assert TARGETS["test"][-1].name == "integration"


SLOW_TO_END = """
import pathlib, signal, sys, threading
def end(number, frame):
    signal.signal(number, lambda *again: None)
    raise KeyboardInterrupt
signal.signal(signal.SIGTERM, end)
try:
    pathlib.Path(sys.argv[1]).touch()
    threading.Event().wait(60)
finally:
    print("taken down", flush=True)
"""


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_an_interrupted_stage_ends_its_own_way(cache: Path, number: signal.Signals, narrow: bool) -> None:
    code = f"""
import pathlib, signal, sys
from tools import stages
stages.CACHE = pathlib.Path({str(cache)!r})
slow = stages.Stage("slow", (sys.executable, "-c", {SLOW_TO_END!r}, {str(cache / "ready")!r}), narrow={narrow})
never = stages.Stage("never", (sys.executable, "-c", "print('never')"))
stages.TARGETS["slow"] = (slow, never)
try:
    stages.main(["slow"])
except KeyboardInterrupt:
    sys.exit(130)
"""
    argv = [sys.executable, "-c", code]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        while not (cache / "ready").exists():
            assert process.poll() is None
            time.sleep(0.01)
        if number == signal.SIGINT:
            os.killpg(process.pid, number)  # as a terminal does
        else:
            process.send_signal(number)
        said = process.stdout.read()
    assert process.returncode == 130
    assert "taken down\n" in said
    assert "never" not in said
