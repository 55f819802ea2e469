"""The reference is made without a warning, and has a page for every module, plugin and role."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.dev_tree import ROOT
from tools.docs import build


@pytest.mark.slow
def test_the_reference_has_a_page_for_everything(tmp_path: Path) -> None:
    site = tmp_path / "site"
    assert build(site) == 0
    plugins = {
        f"{path.stem}_{kind}.html"
        for kind, folder in (("module", "modules"), ("inventory", "inventory"), ("callback", "callback"))
        for path in (ROOT / "plugins" / folder).glob("[a-z]*.py")
    }
    roles = {f"{path.parent.parent.name}_role.html" for path in (ROOT / "roles").glob("*/meta/argument_specs.yml")}
    assert plugins | roles | {"index.html"} <= {path.name for path in site.glob("*.html")}
    assert (site / "docsite" / "guides.html").exists()
