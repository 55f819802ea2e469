"""The arguments of the fleet tasks are what their documentation says."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
import yaml

from ansible_collections.atomic.fleet.plugins.doc_fragments import fleet, registry
from ansible_collections.atomic.fleet.plugins.plugin_utils._fleet_task import SHARED_SPEC

TASKS = ["fleet_pause", "fleet_phase", "fleet_plan", "fleet_run", "fleet_snapshot", "fleet_wave"]
COLLECTION = "ansible_collections.atomic.fleet.plugins"
KEYS = ("type", "required", "default", "choices", "elements")


def said(options: dict[str, Any]) -> dict[str, Any]:
    return {name: {key: option[key] for key in KEYS if key in option} for name, option in options.items()}


@pytest.mark.parametrize("task", TASKS)
def test_options_are_what_is_documented(task: str) -> None:
    action = importlib.import_module(f"{COLLECTION}.action.{task}").ActionModule
    document = yaml.safe_load(importlib.import_module(f"{COLLECTION}.modules.{task}").DOCUMENTATION)
    assert "atomic.fleet.fleet" in document["extends_documentation_fragment"]
    shared = {}
    if "atomic.fleet.registry" in document["extends_documentation_fragment"]:
        shared = yaml.safe_load(registry.ModuleDocFragment.DOCUMENTATION)["options"]
    assert said(action.SPEC) == said({**document["options"], **shared})


def test_what_they_share_is_what_is_documented() -> None:
    assert said(SHARED_SPEC) == said(yaml.safe_load(fleet.ModuleDocFragment.DOCUMENTATION)["options"])


@pytest.mark.parametrize("task", TASKS)
def test_examples_run_once_on_the_controller(task: str) -> None:
    plays = yaml.safe_load(importlib.import_module(f"{COLLECTION}.modules.{task}").EXAMPLES)
    tasks = [one for play in plays for one in play["tasks"]]
    assert any(f"atomic.fleet.{task}" in one for one in tasks)
    assert all(one["run_once"] and one["delegate_to"] == "localhost" for one in tasks)


@pytest.mark.parametrize("task", TASKS)
def test_results_do_not_mean_something_else_to_ansible(task: str) -> None:
    found = yaml.safe_load(importlib.import_module(f"{COLLECTION}.modules.{task}").RETURN)
    # a result with unreachable in it, whatever it holds, is that of a host that cannot be reached
    assert not {"unreachable", "failed", "skipped", "rc", "results", "exception"} & set(found)
