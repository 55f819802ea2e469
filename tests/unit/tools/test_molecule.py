"""What tools.molecule asks of Molecule: a lab is taken away where a scenario failed, and others still run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.molecule import Run, known, main, roles

# says what it was asked, and fails at one scenario
MOLECULE = """#!/bin/sh
echo "$(basename "$PWD")" "$@" >>{log}
[ "$1 $3" != "test gate" ]
"""


@pytest.mark.parametrize(
    "scenarios,code,asked",
    [
        (["host"], 0, ["test -s host"]),
        (["gate", "host"], 1, ["test -s gate", "destroy -s gate", "test -s host"]),
        (["greeter"], 0, ["greeter test -s default"]),
    ],
)
def test_what_molecule_is_asked(tmp_path: Path, scenarios: list[str], code: int, asked: list[str]) -> None:
    program, log = tmp_path / "molecule", tmp_path / "log"
    program.write_text(MOLECULE.format(log=log))
    program.chmod(0o755)
    assert Run(str(program)).all(scenarios) == code
    lines = log.read_text().splitlines()
    assert [line if line.startswith("greeter") else line.split(" ", 1)[1] for line in lines] == asked


def test_a_scenario_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hots"]) == 2
    assert capsys.readouterr().err.startswith("molecule: unknown scenario hots; there are drain, gate, ")
    assert set(known()) - set(roles()) == {"greeter"}
