"""The role harden says what it does about every check of an audit, and its documentation has its defaults."""

from __future__ import annotations

import re

import pytest
import yaml

from ansible_collections.atomic.fleet.plugins.module_utils._model.posture import CHECKS
from tools.dev_tree import ROOT

ROLE = ROOT / "roles/harden"
TABLE = (ROLE / "README.md").read_text(encoding="utf-8").partition("## What an audit asks")[2]
PARTS = ["kernel_arguments", "sysctl", "sshd", "signatures"]
SPEC = yaml.safe_load((ROLE / "meta/argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]["main"][
    "options"
]
DEFAULTS = yaml.safe_load((ROLE / "defaults/main.yml").read_text(encoding="utf-8"))


def test_every_check_of_an_audit_is_answered_once() -> None:
    rows = [line.split("|") for line in TABLE.splitlines() if line.startswith("| `")]
    named = [name for row in rows for name in re.findall(r"`([a-z-]+)`", row[1])]
    assert sorted(named) == sorted(check.name for check in CHECKS)
    assert {part for row in rows for part in re.findall(r"`(\w+)`", row[2])} <= set(PARTS)


@pytest.mark.parametrize("name", sorted(SPEC))
def test_defaults_are_what_is_documented(name: str) -> None:
    assert name in DEFAULTS
    if "default" in SPEC[name]:
        assert SPEC[name]["default"] == DEFAULTS[name]


@pytest.mark.parametrize("profile", sorted(DEFAULTS["harden_profiles"]))
def test_profiles_say_what_each_part_is_given(profile: str) -> None:
    said = DEFAULTS["harden_profiles"][profile]
    assert set(said) == {"kernel_arguments", "sysctl", "sshd"}
    # YAML takes on, off, yes and no for truth, and these are words; only a kernel argument may be a name alone
    assert not [value for part in ("sysctl", "sshd") for value in said[part].values() if isinstance(value, bool)]
    assert all(value is True or isinstance(value, (int, str)) for value in said["kernel_arguments"].values())
    assert all(re.fullmatch(r"[a-z0-9_.-]+", name) for name in (*said["kernel_arguments"], *said["sysctl"]))
    assert set(SPEC["harden_parts"]["choices"]) == set(PARTS)
