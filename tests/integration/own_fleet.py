"""A fleet on a lab that the tests of one file have for themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from tests.integration.fleet_helper import Fleet
from tests.integration.lab import Lab, lacking

F = TypeVar("F", bound=Fleet)


@contextmanager
def own_fleet(kind: Callable[[Lab, Path], F], name: str, home: Path, lacks: str | None = None) -> Iterator[F]:
    """No lab of that name is there before and after, and no playbook of the fleet is left. The test is skipped where
    there can be no lab, or for what it `lacks`."""
    why = lacking() or lacks
    if why:
        pytest.skip(why)
    lab = Lab(name, Path("/var/tmp/atomic-fleet-tests") / name / "lab")
    lab.down()
    fleet = kind(lab, home)
    fleet.store = home / "store"
    try:
        yield fleet
    finally:
        fleet.end_all()
        lab.down()
