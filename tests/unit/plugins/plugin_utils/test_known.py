"""Variables of hosts, looked up once."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.plugin_utils._known import Known


class Hostvars:
    """As Ansible's: raw_get is the dear one, and subscripting renders."""

    def __init__(self, **hosts: dict[str, Any]) -> None:
        self.hosts = hosts
        self.looked = 0

    def raw_get(self, host: str) -> dict[str, Any]:
        self.looked += 1
        return self.hosts[host]

    def __getitem__(self, host: str) -> dict[str, str]:
        return {name: f"rendered {value}" for name, value in self.hosts[host].items()}


EVERY = {"a": {"atomic_fleet_zone": "z1", "atomic_fleet_name": "demo", "rack": 7, "empty": None, "made": "{{ rack }}"}}


@pytest.mark.parametrize(
    "name, value",
    [
        ("atomic_fleet_zone", "z1"),
        ("rack", "7"),
        ("made", "rendered {{ rack }}"),
        ("empty", None),
        ("none", None),
    ],
)
def test_one(name: str, value: str | None) -> None:
    hostvars = Hostvars(**EVERY)
    known = Known(hostvars)
    assert [known.one("a", name), known.one("a", name)] == [value, value]
    assert hostvars.looked == 1


def test_our_own_are_looked_up_together() -> None:
    hostvars = Hostvars(**EVERY, b={})
    known = Known(hostvars)
    names = {"zone": "atomic_fleet_zone", "fleet": "atomic_fleet_name"}
    assert known.some("a", names) == {"zone": "z1", "fleet": "demo"}
    assert hostvars.looked == 1
    assert known.some("b", names) == {}
    assert hostvars.looked == 2
    assert known.some("b", {**names, "rack": "rack"}) == {}
    assert known.some("a", {"rack": "rack"}) == {"rack": "7"}
