"""What `make test-openstack` needs, and how a plan is read for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.openstack.plan import Planned, ordered, without_nulls
from tools.openstack_test import lacking, wanted

PYPROJECT = """
[project]
dependencies = ["ansible-core==2"]
[project.optional-dependencies]
openstack = ["openstacksdk==4"]
test = ["pytest==9", "mypy==2", "hypothesis==6"]
"""
GRAPH = """
digraph G {
  "module.it.openstack_b.two" [label="openstack_b.two"];
  "module.it.openstack_b.two" -> "module.it.openstack_a.host";
  "module.it.openstack_a.host" -> "module.it.openstack_c.one";
}
"""


def test_a_cloud_must_be_named(tmp_path: Path) -> None:
    file = tmp_path / "clouds.yaml"
    file.touch()
    assert "OS_CLOUD" in str(lacking({}))
    assert str(file) in str(lacking({"OS_CLOUD": "lab", "OS_CLIENT_CONFIG_FILE": f"{file}.not"}))
    assert lacking({"OS_CLOUD": "lab", "OS_CLIENT_CONFIG_FILE": str(file)}) is None
    assert lacking({"OS_CLOUD": "lab"}) is None  # openstacksdk looks in its own places then


def test_the_extra_and_the_tests_own_packages_are_installed() -> None:
    assert wanted(PYPROJECT) == ["ansible-core==2", "openstacksdk==4", "pytest==9", "hypothesis==6"]


def test_resources_come_after_what_they_hang_on() -> None:
    addresses = ["openstack_b.two", 'openstack_a.host["x-2"]', 'openstack_a.host["x-1"]', "openstack_c.one"]
    planned = [Planned(address.partition(".")[0], address, {}) for address in addresses]
    assert [resource.address for resource in ordered(planned, GRAPH)] == [
        "openstack_c.one",
        'openstack_a.host["x-1"]',
        'openstack_a.host["x-2"]',
        "openstack_b.two",
    ]


@pytest.mark.parametrize(
    "address,name,key",
    [("openstack_a.host", "openstack_a.host", ""), ("a.b[0]", "a.b", "0"), ('a.b["x-1"]', "a.b", "x-1")],
)
def test_an_address_has_a_name_and_a_key(address: str, name: str, key: str) -> None:
    planned = Planned("a", address, {})
    assert (planned.name, planned.key) == (name, key)


def test_what_is_null_or_empty_is_not_sent() -> None:
    assert without_nulls({"a": None, "b": [], "c": [{"d": None, "e": 0}], "f": False, "g": {}}) == {
        "c": [{"e": 0}],
        "f": False,
    }
