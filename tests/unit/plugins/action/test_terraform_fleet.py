"""terraform_fleet: what is documented is what is taken. How it runs is in tests/terraform."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ansible_collections.atomic.fleet.plugins.action.terraform_fleet import ARGUMENT_SPEC

ROOT = Path(__file__).resolve().parents[4]


def test_the_documentation_has_the_same_options() -> None:
    source = (ROOT / "plugins" / "modules" / "terraform_fleet.py").read_text("utf-8")
    scope: dict[str, Any] = {}
    exec(compile(source, "terraform_fleet", "exec"), scope)
    keep = ("type", "required", "choices", "default", "elements")
    documented = yaml.safe_load(scope["DOCUMENTATION"])["options"]
    assert {
        name: {key: option[key] for key in keep if key in option} for name, option in documented.items()
    } == ARGUMENT_SPEC
