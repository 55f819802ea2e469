"""What every adapter has to do, whatever balancer it moves. Each has a file in tests/integration that gives a world.

class TestAws(Conformance):
    @pytest.fixture
    def world(self) -> Iterator[World]: ...
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import yaml

from ansible_collections.atomic.fleet.plugins.module_utils._errors import FleetError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.shares import percent
from ansible_collections.atomic.fleet.plugins.module_utils._model.swap import BACK, FORWARD, SwapRules
from ansible_collections.atomic.fleet.plugins.module_utils._model.traffic import Standing
from ansible_collections.atomic.fleet.plugins.module_utils._parse.contract import render_traffic
from ansible_collections.atomic.fleet.plugins.plugin_utils._balancers import Behind
from ansible_collections.atomic.fleet.plugins.plugin_utils._clouds.choose import open_adapter
from ansible_collections.atomic.fleet.plugins.plugin_utils._clouds.model import ChangedError, Limits, TrafficError
from ansible_collections.atomic.fleet.plugins.plugin_utils._http import Clock
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.model import Patience
from ansible_collections.atomic.fleet.plugins.plugin_utils._store import open_store
from ansible_collections.atomic.fleet.plugins.plugin_utils._swap import Ended, Swap
from ansible_collections.atomic.fleet.plugins.plugin_utils._swap_journal import SwapJournal
from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.watch import Watch
from tests.traffic.world import BLUE, GREEN, SECRET, World
from tools.stages import ROOT

STEPS = ({"blue": 95, "green": 5}, {"blue": 75, "green": 25}, {"blue": 0, "green": 100}, {"blue": 100, "green": 0})
TO_GREEN = {"blue": 0, "green": 100}
HALF = {"blue": 50, "green": 50}
# a percent more or less is what integer weights of few hundred can do
NEAR = 1


def near(found: dict[str, int], wanted: dict[str, int]) -> bool:
    return all(abs(found[pool] - share) <= NEAR for pool, share in wanted.items())


def sentence(error: FleetError, *words: str) -> str:
    """One sentence for people, without anything secret."""
    said = error.message
    for never in ("\n", "Traceback", SECRET):
        assert never not in said, said
    assert said.endswith("."), said
    assert len(said) < 700, said
    for word in words:
        assert word in said, (word, said)
    return said


def patience(seconds: float) -> Patience:
    return Patience(seconds, Clock(time.monotonic, time.sleep), lambda note: None)


def member(standing: Standing, host: str):  # type: ignore[no-untyped-def]
    return next(one for one in standing.members if one.host == host)


class Conformance:
    """Derive, and give a fixture ``world``."""

    # -- what it sees

    def test_sees_the_shares_and_who_is_there(self, world: World) -> None:
        adapter = world.adapter()
        seen = adapter.observe()
        assert adapter.grain == world.grain
        assert percent(seen.weights) == {"blue": 100, "green": 0} == world.shares()
        assert {one.host: one.pool for one in seen.members} == {
            **dict.fromkeys(BLUE, "blue"), **dict.fromkeys(GREEN, "green"),
        }  # fmt: skip
        assert all(one.well is not False for one in seen.members), seen.members
        assert all(member(seen, host).serving for host in BLUE)
        assert world.writes() == 0

    def test_sees_a_sick_host_in_the_balancers_words(self, world: World) -> None:
        world.sicken(BLUE[1])
        sick = member(world.adapter().observe(), BLUE[1])
        assert sick.well is False
        assert sick.said
        world.heal(BLUE[1])
        assert member(world.adapter().observe(), BLUE[1]).well is True

    def test_the_version_stays_while_nobody_moves_traffic(self, world: World) -> None:
        first = world.adapter().observe()
        world.sicken(BLUE[0])
        assert world.adapter().observe().version == first.version
        world.meddle(HALF)
        assert world.adapter().observe().version != first.version

    # -- what it does

    def test_shifts_step_by_step_with_one_request_each(self, world: World) -> None:
        adapter = world.adapter()
        stands, writes = world.shares(), 0
        for shares in STEPS:
            after = adapter.shift(shares, adapter.observe())
            wanted = world.expected(shares)
            # by whole hosts, two steps may come to the same
            stands, writes = wanted, writes + (wanted != stands)
            assert near(world.shares(), wanted), (shares, world.shares())
            assert near(percent(after.weights), wanted)
            assert world.writes() == writes

    def test_the_idle_pool_is_watched_before_it_serves(self, world: World) -> None:
        """Its health is known, or honestly unknown: None, never well without a look."""
        world.sicken(GREEN[2])
        seen = world.adapter().observe()
        assert member(seen, GREEN[2]).well in (False, None)
        assert percent(seen.weights)["green"] == 0

    def test_what_stands_already_is_not_written(self, world: World) -> None:
        adapter = world.adapter()
        after = adapter.shift({"blue": 100, "green": 0}, adapter.observe())
        assert percent(after.weights) == {"blue": 100, "green": 0}
        assert world.writes() == 0

    def test_a_pool_without_members_gets_nothing(self, world: World) -> None:
        blue = tuple(host for host in world.hosts() if host.pool == "blue")
        adapter = open_adapter(world.balancer(), blue, Limits(timeout=20))
        with pytest.raises(FleetError) as caught:
            adapter.shift(TO_GREEN, adapter.observe())
        sentence(caught.value, "green")
        assert world.shares() == {"blue": 100, "green": 0}

    def test_takes_a_host_out_and_puts_it_back(self, world: World) -> None:
        adapter = world.adapter()
        for _again in range(2):
            adapter.take_out(BLUE[0], patience(30))
            assert not world.serves(BLUE[0])
        assert world.serves(BLUE[1])
        away = adapter.observe()
        assert percent(away.weights) == {"blue": 100, "green": 0}
        for _again in range(2):
            adapter.put_back(BLUE[0], patience(30))
            assert world.serves(BLUE[0])
        assert percent(adapter.observe().weights) == {"blue": 100, "green": 0}

    def test_several_hosts_leave_and_return_at_once(self, world: World) -> None:
        adapter = world.adapter()
        failed: list[BaseException] = []

        def call(what: str, host: str) -> None:
            try:
                getattr(adapter, what)(host, patience(30))
            except BaseException as error:
                failed.append(error)

        for what, there in (("take_out", False), ("put_back", True)):
            threads = [threading.Thread(target=call, args=(what, host)) for host in BLUE[:2]]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
            assert not failed, failed
            assert [world.serves(host) for host in BLUE] == [there, there, True]

    def test_a_host_that_is_still_sick_is_back_and_told(self, world: World) -> None:
        adapter = world.adapter()
        adapter.take_out(BLUE[0], patience(30))
        world.sicken(BLUE[0])
        with pytest.raises(TrafficError) as caught:
            adapter.put_back(BLUE[0], patience(2))
        sentence(caught.value, BLUE[0])
        assert world.serves(BLUE[0])

    # -- as users do it

    def test_the_verbs_look_and_move(self, world: World, tmp_path: Path) -> None:
        """By Ansible, in a process of its own, with nothing but the environment to log in by."""
        hosts = {
            host.name: {"ansible_host": host.address, "atomic_fleet_pool": host.pool, "atomic_fleet_id": host.id}
            for host in world.hosts()
        }
        traffic = {"atomic_fleet_traffic": render_traffic((world.balancer(),))}
        (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": traffic}}))
        once = {"run_once": True, "delegate_to": "localhost"}
        tasks = [
            {"atomic.fleet.traffic_info": {"table": True}, **once},
            {"atomic.fleet.traffic": {"shares": TO_GREEN, "expect": {"blue": 100}}, **once},
        ]
        (tmp_path / "play.yml").write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
        command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "hosts.yml", "play.yml", "--diff"]
        environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT), "ANSIBLE_NOCOLOR": "true"}
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert re.search(r"^  blue +100 %  #{20}  3 hosts", done.stdout, re.M), done.stdout
        assert "+green: 100" in done.stdout
        assert SECRET not in done.stdout + done.stderr
        assert world.shares() == TO_GREEN

    def test_a_whole_swap_and_back_by_one_request(self, world: World, tmp_path: Path) -> None:
        """In steps that not every balancer can do to the letter."""
        rules = SwapRules((5, 70, 100), 0.0, (), 0.1, 0.0, 30.0, floor=2, budget=0)
        behind = [Behind(world.balancer(), world.hosts())]
        told: list[str] = []

        def swap(number: int, kind: str, to: str) -> Ended:
            journal = SwapJournal(open_store("demo", str(tmp_path)), f"swap-{number}", told.append)
            with Watch() as watch:
                return Swap(behind, to, rules, 20.0, journal, watch).run(kind, take_over=False)

        forward = swap(1, FORWARD, "green")
        assert (forward.back, forward.changed) == ("", True), told
        assert world.shares() == TO_GREEN
        before = world.writes()
        assert swap(2, BACK, "blue").shares == {world.balancer().name: {"blue": 100, "green": 0}}
        assert world.shares() == {"blue": 100, "green": 0}
        assert world.writes() == before + 1

    # -- somebody else

    def test_does_not_overwrite_what_somebody_else_did(self, world: World) -> None:
        adapter = world.adapter()
        seen = adapter.observe()
        world.meddle(HALF)
        with pytest.raises(ChangedError) as caught:
            adapter.shift(TO_GREEN, seen)
        sentence(caught.value, "somebody else", "blue 100, green 0", "blue 50, green 50")
        assert world.shares() == HALF
        assert world.writes() == 0
        adapter.shift(TO_GREEN, adapter.observe())
        assert world.shares() == TO_GREEN

    # -- what goes wrong

    def test_waits_while_it_is_throttled(self, world: World) -> None:
        self._can(world, "throttle")
        world.throttle(2)
        adapter = world.adapter()
        adapter.shift(TO_GREEN, adapter.observe())
        assert world.shares() == TO_GREEN

    def test_throttled_for_good_is_told(self, world: World) -> None:
        self._can(world, "throttle")
        adapter = world.adapter(timeout=3)
        seen = adapter.observe()
        world.throttle(10_000)
        began = time.monotonic()
        with pytest.raises(TrafficError) as caught:
            adapter.shift(TO_GREEN, seen)
        assert time.monotonic() - began < 12
        sentence(caught.value)
        world.mend()
        assert world.shares() == {"blue": 100, "green": 0}

    @pytest.mark.parametrize("fault", ["hang", "down"])
    def test_no_answer_has_an_end(self, world: World, fault: str) -> None:
        self._can(world, fault)
        adapter = world.adapter(timeout=3)
        seen = adapter.observe()
        getattr(world, fault)()
        began = time.monotonic()
        for call in (adapter.observe, lambda: adapter.shift(TO_GREEN, seen)):
            with pytest.raises(TrafficError) as caught:
                call()
            sentence(caught.value)
        assert time.monotonic() - began < 24
        world.mend()
        assert world.shares() == {"blue": 100, "green": 0}
        adapter.shift(TO_GREEN, adapter.observe())
        assert world.shares() == TO_GREEN

    def test_forbidden_is_told_with_what_is_lacking(self, world: World) -> None:
        self._can(world, "forbid")
        adapter = world.adapter()
        seen = adapter.observe()
        world.forbid()
        with pytest.raises(TrafficError) as caught:
            adapter.shift(TO_GREEN, seen)
        sentence(caught.value, world.lasting_words()["forbidden"])
        world.mend()
        assert world.shares() == {"blue": 100, "green": 0}

    def test_a_balancer_that_is_not_there(self, world: World) -> None:
        adapter = open_adapter(world.wrong(), world.hosts(), Limits(timeout=20))
        with pytest.raises(TrafficError) as caught:
            adapter.observe()
        sentence(caught.value, world.lasting_words()["wrong"])

    def test_a_missing_setting_is_named(self, world: World) -> None:
        from dataclasses import replace

        with pytest.raises(FleetError) as caught:
            open_adapter(replace(world.balancer(), settings={}), world.hosts(), Limits())
        sentence(caught.value, world.balancer().name)

    def test_broken_half_way_goes_on_when_it_is_said_again(self, world: World) -> None:
        adapter = world.adapter(timeout=5)
        seen = adapter.observe()
        world.break_half_way()
        try:
            adapter.shift(TO_GREEN, seen)
        except TrafficError as error:
            sentence(error)
        world.mend()
        again = world.adapter()
        after = again.shift(TO_GREEN, again.observe())
        assert percent(after.weights) == TO_GREEN == world.shares()

    @staticmethod
    def _can(world: World, fault: str) -> None:
        if fault in world.cannot:
            pytest.skip(world.cannot[fault])
