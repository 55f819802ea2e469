"""The API itself, asked without the adapter: a double is worth what it has in common with the real one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.traffic.octavia_world import OctaviaWorld
from tests.traffic.world import BLUE

FIRST = {"address": "10.9.9.9", "protocol_port": 8080}
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({**FIRST, "colour": "red"}, "Unknown attribute for argument members_.members: colour"),
    ({**FIRST, "operating_status": "ONLINE"}, "Unknown attribute for argument members_.members: operating_status"),
    ({**FIRST, "vnic_type": "normal"}, "Unknown attribute for argument members_.members: vnic_type"),
    (
        {**FIRST, "weight": 257},
        "Invalid input for field/attribute weight. Value: '257'. Value should be lower or equal to 256",
    ),
    (
        {**FIRST, "weight": -1},
        "Invalid input for field/attribute weight. Value: '-1'. Value should be greater or equal to 0",
    ),
    (
        {**FIRST, "protocol_port": 0},
        "Invalid input for field/attribute protocol_port. Value: '0'. Value should be greater or equal to 1",
    ),
    ({"protocol_port": 1}, "Invalid input for field/attribute address. Value: 'None'. Mandatory field missing."),
    (
        {"address": "10.9.9.9"},
        "Invalid input for field/attribute protocol_port. Value: 'None'. Mandatory field missing.",
    ),
    (
        {**FIRST, "address": "nope"},
        "Invalid input for field/attribute address. Value: 'nope'. Value should be IPv4 or IPv6 format",
    ),
    (
        {**FIRST, "subnet_id": "x"},
        "Invalid input for field/attribute subnet_id. Value: 'x'. Value should be UUID format",
    ),
]


class OctaviaApiTests:
    @pytest.mark.parametrize("row,words", REFUSED)
    def test_the_api_refuses(self, world: OctaviaWorld, row: dict[str, Any], words: str) -> None:
        answer = world.batch({"members": [row]}, {"additive_only": "true"})
        assert answer.status_code == 400
        assert answer.json() == {"faultcode": "Client", "faultstring": words, "debuginfo": None}

    def test_the_api_defaults_what_a_batch_leaves_out(self, world: OctaviaWorld) -> None:
        whole = {**world.as_made(BLUE[0], 100), "monitor_port": 81, "backup": True, "admin_state_up": False}
        world.change([whole])
        world.change([{key: whole[key] for key in ("address", "protocol_port")}])
        found = world.member(BLUE[0])
        assert [found[key] for key in ("weight", "monitor_port", "backup", "admin_state_up")] == [1, None, False, True]
        assert (found["name"], sorted(found["tags"])) == (BLUE[0], sorted(whole["tags"]))

    def test_the_api_deletes_what_a_batch_leaves_out(self, world: OctaviaWorld) -> None:
        world.change([world.as_made(BLUE[0], 7)])
        assert len(world.members()) == 6
        world.change([world.as_made(BLUE[0], 7)], additive=False)
        assert [(one["name"], one["weight"]) for one in world.members()] == [(BLUE[0], 7)]

    def test_the_api_takes_one_change_at_a_time(self, world: OctaviaWorld) -> None:
        rows = {"members": [world.as_made(BLUE[0], 7)]}
        first, second = (world.batch(rows, {"additive_only": "true"}) for _number in range(2))
        assert (first.status_code, second.status_code) == (202, 409)
        pool = world.ids["pool_id"]
        assert second.json()["faultstring"] == f"Pool {pool} is immutable and cannot be updated."
        assert world.state() == "PENDING_UPDATE"
        world.settled()

    def test_the_api_on_other_bodies(self, world: OctaviaWorld) -> None:
        row = world.as_made(BLUE[0], 100)
        for body, query, status, words in (
            ({"member": [row]}, {}, 400, "Unknown attribute for argument members_: member"),
            ({"members": [row]}, {"colour": "red"}, 400, 'Unknown argument: "colour"'),
            ({}, {}, 500, "'UnsetType' object is not iterable"),
        ):
            answer = world.batch(body, query)
            assert (answer.status_code, answer.json()["faultstring"]) == (status, words)
        twice = world.batch({"members": [row, row]}, {"additive_only": "true"})
        assert "Member must be updated only once in the same request." in twice.json()["faultstring"]
        assert world.batch({"members": []}, {"additive_only": "true"}).status_code == 202
        world.settled()
