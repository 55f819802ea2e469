"""The arguments of host_keys are what its documentation says, and its examples run once."""

from __future__ import annotations

from typing import Any

import yaml

from ansible_collections.atomic.fleet.plugins.action.host_keys import ActionModule
from ansible_collections.atomic.fleet.plugins.modules import host_keys

KEYS = ("type", "required", "default", "choices", "elements")


def said(options: dict[str, Any]) -> dict[str, Any]:
    return {name: {key: option[key] for key in KEYS if key in option} for name, option in options.items()}


def test_options_are_what_is_documented() -> None:
    options = yaml.safe_load(host_keys.DOCUMENTATION)["options"]
    assert said({**ActionModule.SHARED, **ActionModule.SPEC}) == said(options)


def test_examples_run_once_on_the_controller() -> None:
    tasks = [task for play in yaml.safe_load(host_keys.EXAMPLES) for task in play["tasks"]]
    ours = [task for task in tasks if any(name.startswith("atomic.fleet.") for name in task)]
    assert ours
    assert all(task["run_once"] and task["delegate_to"] == "localhost" for task in ours)
