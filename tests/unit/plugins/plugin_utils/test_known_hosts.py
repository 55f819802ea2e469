"""The known_hosts file of a contract: private, whole, one for each inventory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.atomic.fleet.tests.unit.plugins.contract_cases import KEY, OTHER_KEY, fleet, host

from ansible_collections.atomic.fleet.plugins.module_utils._errors import FleetError
from ansible_collections.atomic.fleet.plugins.module_utils._parse.contract import parse_fleet
from ansible_collections.atomic.fleet.plugins.plugin_utils._known_hosts import (
    CARRIED,
    bring_known_hosts,
    carried,
    known_hosts_path,
    write_known_hosts,
)


def test_the_file_is_private_and_written_only_when_something_changed(tmp_path: Path) -> None:
    directory = tmp_path / "a" / "b"
    path = known_hosts_path(str(directory), "demo", "inventory")
    write_known_hosts(path, parse_fleet(fleet(), "x"), "inventory")
    first = os.stat(path)
    assert (first.st_mode & 0o777, directory.stat().st_mode & 0o777) == (0o600, 0o700)
    assert Path(path).read_text("utf-8").splitlines()[1:] == [f"10.88.0.11 {KEY}"]
    write_known_hosts(path, parse_fleet(fleet(), "x"), "inventory")
    assert os.stat(path).st_ino == first.st_ino
    os.chmod(path, 0o644)
    write_known_hosts(path, parse_fleet(fleet(), "x"), "inventory")
    assert os.stat(path).st_mode & 0o777 == 0o600
    write_known_hosts(path, parse_fleet(fleet(host(host_keys=[OTHER_KEY])), "x"), "inventory")
    assert Path(path).read_text("utf-8").splitlines()[1:] == [f"10.88.0.11 {OTHER_KEY}"]
    assert os.listdir(directory) == [Path(path).name]


def test_inventories_do_not_share_a_file() -> None:
    paths = {known_hosts_path("/k", name, origin) for name in ("demo", "other") for origin in ("a", "b")}
    assert len(paths) == 4
    assert known_hosts_path("/k", "demo", "a") == known_hosts_path("/k", "demo", "a")


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = str(tmp_path / "file" / "demo")
    with pytest.raises(FleetError) as refusal:
        write_known_hosts(path, parse_fleet(fleet(), "x"), "fleet.yml")
    assert refusal.value.message == (
        f"The known_hosts file {path} of fleet.yml cannot be written (File exists): set `known_hosts_directory` to a "
        "folder that can."
    )


def test_an_inventory_that_was_read_elsewhere_brings_the_file(tmp_path: Path) -> None:
    path = str(tmp_path / "k" / "demo")
    brought = carried(path, parse_fleet(fleet(), "x"))
    variables = {
        "groups": {"fleet_demo": ["a", "b"], "fleet_empty": [], "pool_blue": ["a"]},
        "hostvars": {"a": brought, "b": brought},
    }
    bring_known_hosts(variables)
    assert Path(path).read_text("utf-8").splitlines()[1:] == [f"10.88.0.11 {KEY}"]
    assert os.stat(path).st_mode & 0o777 == 0o600
    Path(path).write_text("of a newer inventory")
    bring_known_hosts(variables)
    assert Path(path).read_text("utf-8") == "of a newer inventory"


def test_an_inventory_that_carries_nothing() -> None:
    bring_known_hosts({})
    bring_known_hosts({"groups": {"fleet_demo": ["a"]}, "hostvars": {"a": {CARRIED: None}}})
