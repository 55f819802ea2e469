"""Molecule's scenarios: every role has one, and every step its playbook, for Molecule passes over one that has none."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tools.dev_tree import ROOT
from tools.molecule import EXAMPLES, FOLDER, roles

EXAMPLE = EXAMPLES / "greeter" / "molecule" / "default"
SHARED = {"destroy": FOLDER / "common" / "destroy.yml"}
# what runs another step's playbook
SAME_AS = {"idempotence": "converge"}


def steps(scenario: Path) -> list[str]:
    content = yaml.safe_load((scenario / "molecule.yml").read_text(encoding="utf-8"))
    found: list[str] = content["scenario"]["test_sequence"]
    return found


def playbooks(scenario: Path, step: str) -> list[Path]:
    """What a step needs: its own playbook, also where others are named."""
    action, *named = step.split()
    own = SHARED.get(action) or scenario / f"{SAME_AS.get(action, action)}.yml"
    return [own, *(scenario / name for name in named)]


def test_every_role_has_a_scenario() -> None:
    assert roles() == sorted(path.name for path in (ROOT / "roles").iterdir() if path.is_dir())


@pytest.mark.parametrize("scenario", [*(FOLDER / name for name in roles()), EXAMPLE], ids=lambda path: path.name)
def test_every_step_has_its_playbook(scenario: Path) -> None:
    wanted = [path for step in steps(scenario) for path in playbooks(scenario, step)]
    assert [str(path) for path in wanted if not path.is_file()] == []


@pytest.mark.parametrize("scenario", [*(FOLDER / name for name in roles()), EXAMPLE], ids=lambda path: path.name)
def test_a_scenario_runs_twice_looks_has_a_side_effect_and_looks_again(scenario: Path) -> None:
    actions = [step.split()[0] for step in steps(scenario)]
    assert actions[0] == actions[-1] == "destroy"
    assert actions.index("converge") < actions.index("idempotence") < actions.index("side_effect")
    for number, action in enumerate(actions):
        if action == "side_effect":
            assert "verify" in actions[number + 1 : number + 3]


def test_a_step_without_a_playbook_is_seen(tmp_path: Path) -> None:
    assert playbooks(tmp_path, "side_effect reboot.yml") == [tmp_path / "side_effect.yml", tmp_path / "reboot.yml"]
    assert playbooks(tmp_path, "idempotence") == [tmp_path / "converge.yml"]
