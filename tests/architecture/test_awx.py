"""What AWX is set up with fits the playbooks: their names, and the variables that surveys ask for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.dev_tree import ROOT

PLAYBOOKS = ROOT / "playbooks"
PROJECT = ROOT / "examples" / "awx"
TABLE: dict[str, Any] = yaml.safe_load((PLAYBOOKS / "vars" / "awx.yml").read_text(encoding="utf-8"))
QUESTIONS = {one["variable"] for one in TABLE["fleet_questions"]}
TEMPLATES = {row["name"]: row for row in TABLE["fleet_templates"]}
_OTHERS = re.compile(r"atomic\.fleet\.(\w+)")


def head(path: Path) -> str:
    """The comment that a playbook begins with."""
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    return "\n".join(line for line in lines[: next(i for i, line in enumerate(lines) if not line.startswith("#"))])


def documented(name: str, deep: bool = True) -> set[str]:
    """The words of a playbook's documentation, and of those playbooks whose variables it says to have, too."""
    text = head(PLAYBOOKS / f"{name}.yml")
    words = set(re.findall(r"\w+", text.partition("Variables:")[2]))
    every = re.split(r"\ball\s+(?:of|variables of)\b", text.replace("#", " "), maxsplit=1)[1:]
    if name == "upgrade":
        every = ["atomic.fleet.plan and atomic.fleet.apply"]
    return words.union(*(documented(other, False) for part in every for other in _OTHERS.findall(part) if deep))


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_survey_asks_for_what_the_playbook_knows(name: str) -> None:
    if not (PLAYBOOKS / f"{name}.yml").exists():
        pytest.skip(f"there is no playbook {name} yet")
    asked = set(TEMPLATES[name]["survey"])
    assert asked - QUESTIONS == set()
    assert asked - documented(name) == set()


@pytest.mark.parametrize("row", TABLE["fleet_workflows"], ids=lambda row: row["name"])
def test_a_workflow_asks_and_answers_what_its_templates_ask(row: dict[str, Any]) -> None:
    nodes = [node for node in row["nodes"] if "template" in node]
    for node in nodes:
        assert set(node.get("with", {})) <= set(TEMPLATES[node["template"]]["survey"])
    assert set(row["survey"]) <= {name for node in nodes for name in TEMPLATES[node["template"]]["survey"]}


def test_the_project_has_a_line_for_every_template() -> None:
    for name in TEMPLATES:
        (play,) = yaml.safe_load((PROJECT / f"{name}.yml").read_text(encoding="utf-8"))
        assert play["ansible.builtin.import_playbook"] == f"atomic.fleet.{name}"


def test_no_question_is_left_over() -> None:
    assert {name for row in TEMPLATES.values() for name in row["survey"]} == QUESTIONS


def test_what_a_pipeline_is_told_is_registered_by_no_task() -> None:
    """AWX hands what set_stats says to the next node as extra variables, which count more than a registered result."""
    texts = [path.read_text(encoding="utf-8") for path in [*PLAYBOOKS.glob("*.yml"), *(ROOT / "roles").rglob("*.yml")]]
    told = {name for text in texts for part in text.split("set_stats:")[1:] for name in _stats(part)}
    registered = {name for text in texts for name in re.findall(r"register: (\w+)", text)}
    assert "atomic_fleet_outcome" in told
    assert told & registered == set()


def _stats(part: str) -> list[str]:
    data = part.split("data:", 1)[1].split("run_once", 1)[0]
    return re.findall(r"^\s+(\w+):", data, re.M)


def test_the_image_gets_the_version_that_is_built() -> None:
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    listed = (ROOT / "execution-environment" / "requirements.yml").read_text(encoding="utf-8")
    (collection,) = yaml.safe_load(listed)["collections"]
    assert collection == {"name": f"artifact/atomic-fleet-{version}.tar.gz", "type": "file"}
