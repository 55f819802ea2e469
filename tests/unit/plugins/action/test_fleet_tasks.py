"""The arguments of the fleet tasks are what their documentation says."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
import yaml

from ansible_collections.atomic.fleet.plugins.doc_fragments import fleet, posture, registry, target, traffic
from ansible_collections.atomic.fleet.plugins.plugin_utils._fleet_task import SHARED_SPEC

# those that speak to hosts, and those that speak to balancers alone
FLEET = [
    "fleet_audit",
    "fleet_pause",
    "fleet_phase",
    "fleet_plan",
    "fleet_run",
    "fleet_snapshot",
    "fleet_swap",
    "fleet_wave",
]
TASKS = [*FLEET, "traffic", "traffic_info"]
FRAGMENTS = {"posture": posture, "registry": registry, "target": target, "traffic": traffic}
COLLECTION = "ansible_collections.atomic.fleet.plugins"
KEYS = ("type", "required", "default", "choices", "elements")


def said(options: dict[str, Any]) -> dict[str, Any]:
    return {name: {key: option[key] for key in KEYS if key in option} for name, option in options.items()}


@pytest.mark.parametrize("task", TASKS)
def test_options_are_what_is_documented(task: str) -> None:
    action = importlib.import_module(f"{COLLECTION}.action.{task}").ActionModule
    document = yaml.safe_load(importlib.import_module(f"{COLLECTION}.modules.{task}").DOCUMENTATION)
    extends = document["extends_documentation_fragment"]
    assert ("atomic.fleet.fleet" in extends) == (task in FLEET)
    shared = {}
    for name, fragment in FRAGMENTS.items():
        if f"atomic.fleet.{name}" in extends:
            shared.update(yaml.safe_load(fragment.ModuleDocFragment.DOCUMENTATION)["options"])
    assert said(action.SPEC) == said({**document["options"], **shared})


def test_what_they_share_is_what_is_documented() -> None:
    assert said(SHARED_SPEC) == said(yaml.safe_load(fleet.ModuleDocFragment.DOCUMENTATION)["options"])


@pytest.mark.parametrize("task", TASKS)
def test_examples_run_once_on_the_controller(task: str) -> None:
    plays = yaml.safe_load(importlib.import_module(f"{COLLECTION}.modules.{task}").EXAMPLES)
    tasks = [one for play in plays for one in play["tasks"]]
    ours = [one for one in tasks if any(key.startswith("atomic.fleet.") for key in one)]
    assert any(f"atomic.fleet.{task}" in one for one in ours)
    assert all(one["run_once"] and one["delegate_to"] == "localhost" for one in ours)


@pytest.mark.parametrize("task", TASKS)
def test_results_do_not_mean_something_else_to_ansible(task: str) -> None:
    found = yaml.safe_load(importlib.import_module(f"{COLLECTION}.modules.{task}").RETURN)
    # a result with unreachable in it, whatever it holds, is that of a host that cannot be reached
    assert not {"unreachable", "failed", "skipped", "rc", "results", "exception"} & set(found)
