"""The arguments of the verbs that speak to services about one host are what their documentation says."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
import yaml

COLLECTION = "ansible_collections.atomic.fleet.plugins"
KEYS = ("type", "required", "default", "choices", "elements")
VERBS = ["drain", "gate_info"]


def said(options: dict[str, Any]) -> dict[str, Any]:
    return {name: {key: option[key] for key in KEYS if key in option} for name, option in options.items()}


@pytest.mark.parametrize("verb", VERBS)
def test_options_are_what_is_documented(verb: str) -> None:
    action = importlib.import_module(f"{COLLECTION}.action.{verb}").ActionModule
    document = yaml.safe_load(importlib.import_module(f"{COLLECTION}.modules.{verb}").DOCUMENTATION)
    assert said({**action.SHARED, **action.SPEC}) == said(document["options"])


@pytest.mark.parametrize("verb", VERBS)
def test_results_do_not_mean_something_else_to_ansible(verb: str) -> None:
    found = yaml.safe_load(importlib.import_module(f"{COLLECTION}.modules.{verb}").RETURN)
    assert found
    assert not {"unreachable", "failed", "skipped", "rc", "results", "exception"} & set(found)
