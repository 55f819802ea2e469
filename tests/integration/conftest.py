"""What integration tests share."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.fleet_helper import NAME, Fleet
from tests.integration.lab import Lab, lacking


@pytest.fixture(scope="session")
def fleet_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """The lab all tests of the fleet share; it is made when a test first says what it needs (Fleet.at_base)."""
    why = lacking()
    if why:
        pytest.skip(why)
    home = Path("/var/tmp/atomic-fleet-tests") / NAME
    lab = Lab(NAME, home / "lab")
    lab.down()
    fleet = Fleet(lab, tmp_path_factory.mktemp("fleet"))
    yield fleet
    fleet.end_all()
    for socket in (fleet.home / "cp").glob("*"):
        subprocess.run(["ssh", "-o", f"ControlPath={socket}", "-O", "exit", "x"], capture_output=True, check=False)
    lab.down()


@pytest.fixture
def fleet(fleet_lab: Fleet, tmp_path: Path) -> Fleet:
    """The fleet, with an empty store."""
    fleet_lab.store = tmp_path / "store"
    return fleet_lab
