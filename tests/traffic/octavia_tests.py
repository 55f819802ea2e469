"""What only a balancer of Octavia has, by whatever world: the double, or the real one."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import FleetError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.shares import percent
from ansible_collections.atomic.fleet.plugins.plugin_utils._clouds.choose import open_adapter
from ansible_collections.atomic.fleet.plugins.plugin_utils._clouds.model import ChangedError, Limits, TrafficError
from ansible_collections.atomic.fleet.plugins.plugin_utils._http import Clock
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.model import Patience
from tests.traffic.conformance import HALF, TO_GREEN, member, patience, sentence
from tests.traffic.octavia_world import OctaviaWorld
from tests.traffic.world import BLUE, GREEN

NOTE = "atomic-fleet-weight="
KEPT = ("id", "name", "admin_state_up", "backup", "monitor_address", "monitor_port", "subnet_id", "protocol_port")


def stranger(weight: int) -> dict[str, Any]:
    return {"name": "who", "address": "10.9.9.9", "protocol_port": 8080, "weight": weight, "tags": ["other"]}


def assert_in_time(event: threading.Event) -> None:
    assert event.wait(30)


class OctaviaTests:
    # -- nothing but weights is touched

    def test_a_shift_carries_over_all_that_members_are(self, world: OctaviaWorld) -> None:
        odd = {"monitor_address": "10.9.9.1", "monitor_port": 81, "tags": ["atomic-fleet-pool=blue", "z", "a=b"]}
        world.change([{**world.as_made(BLUE[0], 100), **odd}, {**world.as_made(GREEN[2], 0), "backup": True}])
        before = {one["id"]: one for one in world.members()}
        adapter = world.adapter()
        adapter.shift(HALF, adapter.observe())
        after = {one["id"]: one for one in world.members()}
        assert before.keys() == after.keys()
        for key, one in after.items():
            assert {name: one[name] for name in KEPT} == {name: before[key][name] for name in KEPT}
            assert sorted(one["tags"]) == sorted(before[key]["tags"])
        # the backup takes no share, so two hosts of green bear what three of blue do
        assert {one["name"]: one["weight"] for one in after.values()} == {
            **dict.fromkeys(BLUE, 171), GREEN[0]: 256, GREEN[1]: 256, GREEN[2]: 0,
        }  # fmt: skip

    def test_a_member_that_comes_meanwhile_is_left_alone(self, world: OctaviaWorld) -> None:
        adapter = world.adapter()
        seen = adapter.observe()
        world.front.meanwhile = lambda: world.change([stranger(0)])
        adapter.shift(HALF, seen)
        assert [(one["weight"], one["tags"]) for one in world.members() if one["name"] == "who"] == [(0, ["other"])]

    def test_a_stranger_is_let_be_until_it_takes_traffic(self, world: OctaviaWorld) -> None:
        adapter = world.adapter()
        world.change([stranger(0)])
        adapter.shift(HALF, adapter.observe())
        assert len(world.members()) == 7
        seen = adapter.observe()
        world.change([stranger(9)])
        for call in (adapter.observe, lambda: adapter.shift(TO_GREEN, seen)):
            with pytest.raises(TrafficError) as caught:
                call()
            sentence(caught.value, "who", "10.9.9.9:8080")
        adapter.take_out(BLUE[0], patience(30))  # that lies about no share
        assert not world.serves(BLUE[0])

    def test_hosts_that_are_reached_by_other_addresses_are_found_by_name(self, world: OctaviaWorld) -> None:
        hosts = tuple(replace(host, address=f"203.0.113.{number}") for number, host in enumerate(world.hosts()))
        adapter = open_adapter(world.balancer(), hosts, Limits(timeout=20))
        adapter.shift(HALF, adapter.observe())
        assert world.shares() == HALF

    # -- hosts that are out

    def test_who_comes_later_finds_the_weight_to_return_to(self, world: OctaviaWorld) -> None:
        world.change([world.as_made(BLUE[0], 37)])
        before = world.adapter().observe()
        world.adapter().take_out(BLUE[0], patience(30))
        assert [tag for tag in world.member(BLUE[0])["tags"] if tag.startswith(NOTE)] == [f"{NOTE}37"]
        away = world.adapter().observe()
        assert (away.version, away.weights) == (before.version, before.weights)
        assert not member(away, BLUE[0]).serving
        world.adapter().put_back(BLUE[0], patience(30))
        found = world.member(BLUE[0])
        assert (found["weight"], sorted(found["tags"])) == (37, sorted(world.as_made(BLUE[0], 0)["tags"]))

    def test_a_lost_note_is_made_up_for_by_the_other_hosts(self, world: OctaviaWorld) -> None:
        """As Terraform takes a tag away that it does not know."""
        adapter = world.adapter()
        seen = adapter.observe()
        adapter.take_out(BLUE[0], patience(30))
        world.change([world.as_made(BLUE[0], 0)])
        assert adapter.observe().version == seen.version
        adapter.put_back(BLUE[0], patience(30))
        assert world.member(BLUE[0])["weight"] == 100

    def test_a_shift_leaves_a_host_out_and_it_returns_to_the_new_share(self, world: OctaviaWorld) -> None:
        adapter = world.adapter()
        adapter.take_out(GREEN[0], patience(30))
        after = adapter.shift(HALF, adapter.observe())
        assert percent(after.weights) == HALF
        assert not world.serves(GREEN[0])
        assert not member(after, GREEN[0]).serving
        adapter.put_back(GREEN[0], patience(30))
        assert world.shares() == HALF
        assert not [tag for one in world.members() for tag in one["tags"] if tag.startswith(NOTE)]

    def test_a_pool_of_which_all_are_out_gets_nothing(self, world: OctaviaWorld) -> None:
        adapter = world.adapter()
        for host in GREEN:
            adapter.take_out(host, patience(30))
        with pytest.raises(TrafficError) as caught:
            adapter.shift(HALF, adapter.observe())
        sentence(caught.value, "green", "out or disabled")

    def test_whoever_waits_for_a_turn_is_served_with_the_next_change(self, world: OctaviaWorld) -> None:
        adapter = world.adapter()
        queued = threading.Event()
        world.front.meanwhile = lambda: assert_in_time(queued)

        def waiting() -> int:
            return len(adapter._wishes)  # type: ignore[attr-defined]

        threads = [threading.Thread(target=adapter.take_out, args=(host, patience(30))) for host in (*BLUE, *GREEN)]
        for thread in threads:
            thread.start()
        until = time.monotonic() + 30
        while waiting() < len(threads) - 1 and time.monotonic() < until:
            threading.Event().wait(0.01)
        queued.set()
        for thread in threads:
            thread.join(60)
        assert not any(world.serves(host) for host in BLUE)
        assert world.writes() == 2

    def test_connections_are_given_time_to_end(self, world: OctaviaWorld) -> None:
        world.drain_seconds = "7"
        slept: list[float] = []

        def sleep(seconds: float) -> None:
            slept.append(seconds)
            time.sleep(min(seconds, 0.5))

        adapter = world.adapter()
        for host, limit, expected in ((BLUE[0], 30.0, True), (GREEN[0], 30.0, False), (BLUE[1], 0.0, False)):
            slept.clear()
            notes: list[str] = []
            adapter.take_out(host, Patience(limit, Clock(time.monotonic, sleep), notes.append))
            assert (7.0 in slept, bool(notes)) == (expected, expected)

    def test_a_disabled_member_is_not_ours_to_enable(self, world: OctaviaWorld) -> None:
        adapter = world.adapter()
        seen = adapter.observe()
        world.change([{**world.as_made(BLUE[0], 100), "admin_state_up": False}])
        found = adapter.observe()
        assert (member(found, BLUE[0]).serving, member(found, BLUE[0]).well) == (False, False)
        assert found.version == seen.version
        adapter.shift({"blue": 100, "green": 0}, found)
        assert world.writes() == 0
        with pytest.raises(TrafficError) as caught:
            adapter.put_back(BLUE[0], patience(30))
        sentence(caught.value, BLUE[0], "disabled")

    def test_a_new_host_gets_the_weight_of_its_pool(self, world: OctaviaWorld) -> None:
        world.change([world.as_made(BLUE[2], 0)])
        adapter = world.adapter()
        assert not member(adapter.observe(), BLUE[2]).serving
        adapter.put_back(BLUE[2], patience(30))
        assert world.member(BLUE[2])["weight"] == 100

    def test_a_host_that_is_no_member_is_told(self, world: OctaviaWorld) -> None:
        adapter = world.adapter()
        for call in (adapter.take_out, adapter.put_back):
            with pytest.raises(TrafficError) as caught:
                call("demo-blue-9", patience(30))
            sentence(caught.value, "demo-blue-9")

    # -- while others are at it

    def test_waits_while_somebody_elses_change_is_under_way(self, world: OctaviaWorld) -> None:
        adapter = world.adapter()
        seen = adapter.observe()
        world.settled()
        answer = world.batch({"members": [world.as_made(BLUE[0], 100)]}, {"additive_only": "true"})
        assert answer.status_code == 202
        adapter.shift(HALF, seen)
        assert world.shares() == HALF

    def test_a_change_between_look_and_write_is_seen_where_octavia_locked(self, world: OctaviaWorld) -> None:
        adapter = world.adapter()
        seen = adapter.observe()

        def meddle() -> None:
            world.settled()
            world.batch({"members": [world.as_made(GREEN[0], 100)]}, {"additive_only": "true"})

        world.front.meanwhile = meddle  # ours is answered by 409 then, and is not repeated blindly
        with pytest.raises(ChangedError):
            adapter.shift(TO_GREEN, seen)
        world.settled()
        assert world.member(GREEN[0])["weight"] == 100
        assert world.member(BLUE[0])["weight"] == 100

    def test_a_lost_answer_is_looked_up(self, world: OctaviaWorld) -> None:
        adapter = world.adapter()
        world.front.next_write = "unanswered"
        after = adapter.shift(HALF, adapter.observe())
        assert percent(after.weights) == HALF
        world.front.next_write = "undone"
        with pytest.raises(TrafficError) as caught:
            adapter.shift(TO_GREEN, after)
        sentence(caught.value, "lost", "blue 50, green 50")
        assert world.shares() == HALF
        assert world.writes() == 2

    def test_wrong_settings_are_told(self, world: OctaviaWorld) -> None:
        right = world.balancer()
        for settings in (
            {**right.settings, "pool_id": "../x"},
            {**right.settings, "load_balancer_id": ""},
            {**right.settings, "drain_seconds": "soon"},
        ):
            with pytest.raises(FleetError) as caught:
                open_adapter(replace(right, settings=settings), world.hosts(), Limits())
            sentence(caught.value, "web")
        with pytest.raises(FleetError) as caught:
            open_adapter(
                replace(right, shares=tuple(replace(one, settings={}) for one in right.shares)), world.hosts(), Limits()
            )
        sentence(caught.value, "web", "member_tag")
        elsewhere = replace(right, settings={**right.settings, "load_balancer_id": right.settings["pool_id"]})
        adapter = open_adapter(elsewhere, world.hosts(), Limits(timeout=20))
        with pytest.raises(TrafficError) as caught:
            adapter.shift(HALF, adapter.observe())
        sentence(caught.value, "load balancer", right.settings["pool_id"])
