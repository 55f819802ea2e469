"""What the look at a host says of each gate."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._host.gates import is_seen, verdicts
from ansible_collections.atomic.fleet.plugins.module_utils._model.gate import Gate
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Health
from ansible_collections.atomic.fleet.plugins.module_utils._parse.gates import key_of
from tests.unit.plugins.talking import observed

STAGED, BOOTED = observed("ostree-2022.7-staged.txt"), observed("ostree-2022.7-booted.txt")
UNITS = Gate("units", {"names": ("web.service",)})
WELL = Health("running", (), "green")


@pytest.mark.parametrize(
    "state,gate,expected,why",
    [
        (BOOTED, Gate("deployment"), None, ""),
        (BOOTED, Gate("deployment"), BOOTED.booted.checksum, ""),
        (BOOTED, Gate("deployment"), "f" * 64, f"it runs {BOOTED.booted.label} instead of ffffffffffff"),
        (STAGED, Gate("deployment"), None, f"it runs {STAGED.booted.label} instead of {STAGED.deployments[0].label}"),
        (BOOTED, Gate("failed_units"), None, ""),
        (
            replace(BOOTED, health=replace(WELL, system="degraded", failed_units=("web.service",))),
            Gate("failed_units"),
            None,
            "failed units: web.service",
        ),
        (replace(BOOTED, health=replace(WELL, greenboot="red")), Gate("greenboot"), None, "greenboot says red"),
        (replace(BOOTED, gates={key_of(UNITS): ""}), UNITS, None, ""),
        (replace(BOOTED, gates={key_of(UNITS): "web.service is failed"}), UNITS, None, "web.service is failed"),
        (BOOTED, UNITS, None, "it was not asked"),
    ],
)
def test_one_gate(state, gate, expected, why) -> None:
    (found,) = verdicts(replace(state, health=state.health or WELL), [gate], expected)
    assert (found.kind, found.why, found.passed) == (gate.kind, why, not why)


def test_a_host_that_is_still_starting_passes_nothing() -> None:
    starting = replace(BOOTED, health=replace(WELL, system="starting"))
    assert [one.kind for one in verdicts(starting, []) if not one.passed] == ["start"]


def test_services_are_asked_elsewhere() -> None:
    kinds = ("deployment", "greenboot", "units", "http", "traffic", "tasks")
    assert [kind for kind in kinds if is_seen(Gate(kind))] == ["deployment", "greenboot", "units"]
    assert verdicts(BOOTED, [Gate("http"), Gate("tasks")]) == ()
