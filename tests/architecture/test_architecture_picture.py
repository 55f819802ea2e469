"""docs/pictures/architecture.svg is what plugins/ imports now; the drawing leaves out what follows from the rest."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from tools import architecture
from tools.dev_tree import ROOT


def test_the_picture_is_of_this_checkout() -> None:
    drawn = architecture.PICTURE.read_text(encoding="utf-8")
    assert drawn == architecture.draw(ROOT), "draw it anew: python -m tools.architecture"


def test_what_follows_from_others_is_no_arrow() -> None:
    graph = {"a": {"b", "c", "d"}, "b": {"c"}, "c": {"d"}, "d": set[str]()}
    assert architecture.reduced(graph) == {"a": {"b"}, "b": {"c"}, "c": {"d"}, "d": set()}
    assert architecture.ranks(graph) == {"a": 0, "b": 1, "c": 2, "d": 3}


def test_a_circle_is_told() -> None:
    with pytest.raises(ValueError, match="imports itself"):
        architecture.reduced({"a": {"b"}, "b": {"a"}})


@pytest.mark.parametrize(
    "path,source,layers",
    [
        ("plugins/action/x.py", "from ..plugin_utils._store import Store", {"plugin_utils"}),
        ("plugins/plugin_utils/_clouds/_x.py", "from ...module_utils._errors import FleetError", {"_errors"}),
        (
            "plugins/module_utils/_fleet/x.py",
            "from . import waves\nfrom .._model.host import Host",
            {"_fleet", "_model"},
        ),
        (
            "plugins/action/x.py",
            "from ansible_collections.atomic.fleet.plugins.module_utils._fleet import planner\nimport os",
            {"_fleet"},
        ),
        ("plugins/action/x.py", "from ansible.errors import AnsibleError", set()),
    ],
)
def test_imports(path: str, source: str, layers: set[str]) -> None:
    assert {architecture.layer_of(parts) for parts in architecture.imported(PurePosixPath(path), source)} == layers


def test_a_new_layer_is_drawn(tmp_path: Path) -> None:
    for name, source in {
        "plugins/lookup/x.py": "from ..module_utils._new.y import z",
        "plugins/module_utils/_new/y.py": "",
        "plugins/doc_fragments/x.py": "from ..module_utils._new.y import z",
    }.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True)
        file.write_text(source)
    drawn = architecture.draw(tmp_path)
    assert ">lookup<" in drawn
    assert ">_new<" in drawn
    assert drawn.count("marker-end") == 1
