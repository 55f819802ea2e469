"""What the repository as a whole promises: its links, its names, its lists that have to agree."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml

from tools.dev_tree import ROOT
from tools.worktree import sources

PLACES_OF_ONE_MACHINE = re.compile(r"(?<![\w./-])/" + r"work/|\.\./" + r"shared|/tmp/" + r"team")
MAY_NAME_THEM = {".ci/run"}
REAL_MODULE = re.compile(r"^from ansible\.module_utils\.basic import .*AnsibleModule", re.M)


def is_loop(root: Path, name: str) -> bool:
    """Whether a link leads to a folder it lies in itself: every tool that follows links walks it without end."""
    path = root / name
    target = Path(os.path.normpath(path.parent / os.readlink(path))) if path.is_symlink() else None
    return target is not None and path.is_relative_to(target)


def unfaced(modules: dict[str, str], actions: Iterable[str]) -> list[str]:
    """Names that have only one of the two: a documented face (a module's text by its name) and an action."""
    doubled = set(actions)
    alone = [name for name, text in modules.items() if name not in doubled and not REAL_MODULE.search(text)]
    return sorted([*alone, *(doubled - modules.keys())])


def plugins(kind: str) -> dict[str, str]:
    """The plugins of one kind, text by name."""
    found = (path for path in (ROOT / "plugins" / kind).glob("*.py") if not path.name.startswith("_"))
    return {path.stem: path.read_text(encoding="utf-8") for path in found}


def test_no_link_leads_to_a_folder_above_it() -> None:
    assert [name for name in sources(ROOT) if is_loop(ROOT, name)] == []


@pytest.mark.parametrize("target,loop", [("../..", True), (".", True), ("../../plugins", False), ("file", False)])
def test_a_loop_is_seen(tmp_path: Path, target: str, loop: bool) -> None:
    link = tmp_path / "ansible_collections" / "atomic" / "fleet"
    link.parent.mkdir(parents=True)
    link.symlink_to(target)
    assert is_loop(tmp_path, "ansible_collections/atomic/fleet") is loop


def test_only_two_files_of_the_generated_tree_are_tracked() -> None:
    tracked = {name for name in sources(ROOT) if name.startswith("ansible_collections/")}
    assert tracked == {"ansible_collections/README.md", "ansible_collections/.gitignore"}


def test_no_file_names_a_place_of_one_machine() -> None:
    texts = ((name, (ROOT / name).read_bytes().decode(errors="ignore")) for name in sources(ROOT))
    assert [name for name, text in texts if name not in MAY_NAME_THEM and PLACES_OF_ONE_MACHINE.search(text)] == []


@pytest.mark.parametrize("place", ["cd /" + "work/main", "x = '../" + "shared/x'", "see /tmp/" + "team/brief.md"])
def test_a_place_of_one_machine_is_seen(place: str) -> None:
    assert PLACES_OF_ONE_MACHINE.search(place)
    assert not PLACES_OF_ONE_MACHINE.search("https://example.org/work/x, a network/work/x, WORK/")


def test_the_action_group_holds_every_module() -> None:
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    assert runtime["action_groups"]["fleet"] == sorted(plugins("modules"))


def test_every_module_has_an_action_or_is_a_real_one() -> None:
    assert unfaced(plugins("modules"), plugins("action")) == []


@pytest.mark.parametrize(
    "modules,actions,wrong",
    [
        ({"boot": "DOCUMENTATION = ''"}, ["boot"], []),
        ({"boot": "DOCUMENTATION = ''"}, [], ["boot"]),
        ({}, ["boot"], ["boot"]),
        ({"layer": "from ansible.module_utils.basic import AnsibleModule"}, [], []),
    ],
)
def test_a_missing_half_is_seen(modules: dict[str, str], actions: list[str], wrong: list[str]) -> None:
    assert unfaced(modules, actions) == wrong


def test_versions_agree_and_packages_are_pinned() -> None:
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    assert galaxy["version"] == project["version"]
    assert [
        line for group in groups for line in group if not re.fullmatch(r"[a-z0-9-]+(\[[a-z]+\])?==[\w.]+", line)
    ] == []


def test_an_execution_environment_gets_what_the_product_uses() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = {name: lines for name, lines in project["optional-dependencies"].items() if name != "test"}
    lines = [*project["dependencies"], *(line for lines in groups.values() for line in lines)]
    used = {line.split("==")[0] for line in lines}
    brought_by_ansible = {"ansible-core", "jinja2", "pyyaml"}
    listed = (ROOT / "meta" / "ee-requirements.txt").read_text(encoding="utf-8").split()
    assert set(listed) == used - brought_by_ansible


def test_every_plugin_says_its_licence() -> None:
    head = "# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)\n"
    paths = [path for path in (ROOT / "plugins").rglob("*.py") if path.stat().st_size]
    assert paths
    assert [path for path in paths if head not in path.read_text(encoding="utf-8")[:400]] == []
