"""A policy as a YAML file: errors name the file, the line and the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Amount, Policy
from ansible_collections.atomic.fleet.plugins.plugin_utils._policy import load_policy, read_policy

GOOD = """\
# at most one host of a zone at a time
canary: {hosts: [a]}
waves: [2, 50%, 100%]
domains:
  zone: 1
bake_time: 30s
"""


def test_policy_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "policy.yml"
    path.write_text(GOOD)
    assert load_policy(path) == Policy(
        canary_hosts=("a",),
        waves=(Amount(2), Amount(50, True), Amount(100, True)),
        domains={"zone": Amount(1)},
        bake_time=30,
    )


@pytest.mark.parametrize("text", ["", "---\n", "# nothing\n", "{}"])
def test_empty_policy_is_all_defaults(text: str) -> None:
    assert read_policy(text, "p.yml") == Policy()


@pytest.mark.parametrize(
    "text, told",
    [
        ("canary: 1\nwaves:\n  - 1\n  - 0\n", "p.yml line 4: waves[1] is 0; it must be from 1"),
        ("domains:\n  zone: 1\n  rack: none\n", "p.yml line 3: domains.rack is 'none'; write a number of hosts"),
        ("canary:\n  hots: [a]\n", "p.yml line 2: canary.hots is no key of canary"),
        ("\n\nmax_unavailabel: 1\n", "p.yml line 3: max_unavailabel is no key of a policy"),
        ("canary: 1\ncanary: 2\n", "p.yml line 2: canary stands here again, first in line 1."),
        ("domains:\n  zone: 1\n  zone: 2\n", "p.yml line 3: domains.zone stands here again, first in line 2."),
        ("exclude:\n  - hosts: [a]\n    reason: 1\n", "p.yml line 3: exclude[0].reason is 1; write a text"),
        ("exclude:\n  - hosts: [a]\n    hosts: [b]\n", "p.yml line 3: exclude[0].hosts stands here again"),
        ("canary: [1\n", "p.yml line 2: this is not YAML (expected ',' or ']'"),
        ("canary: !!python/object:os.system x\n", "p.yml line 1: this is not YAML (could not determine a constructor"),
        ("a: 1\n---\nb: 2\n", "p.yml line 2: this is not YAML (but found another document)."),
        ("{a: 1}: 2\n", "p.yml line 1: this is not YAML (found unhashable key)."),
        ("canary: \x01\n", "p.yml: this is not YAML ("),
        ("- canary\n", "p.yml: a policy is a mapping of keys"),
        ("12", "p.yml: a policy is a mapping of keys"),
        ("1: 2\n", "p.yml line 1: 1 is no key of a policy"),
        ("[" * 20_000, "p.yml: this is not YAML ("),
    ],
)
def test_bad_policies_name_file_and_line(text: str, told: str) -> None:
    with pytest.raises(ArgumentError) as error:
        read_policy(text, "p.yml")
    assert error.value.message.startswith(told)
    assert "\n" not in error.value.message


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"none\.yml: cannot read this policy \(No such file or directory\)\.$"):
        load_policy(tmp_path / "none.yml")
    (tmp_path / "binary.yml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ArgumentError, match=r"binary\.yml: this is not a policy \(it is not text\)\.$"):
        load_policy(tmp_path / "binary.yml")
