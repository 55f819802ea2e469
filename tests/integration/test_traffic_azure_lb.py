"""Traffic by Azure's load balancer: the SDKs themselves against Azure Resource Manager on loopback."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import FleetError
from ansible_collections.atomic.fleet.plugins.module_utils._model.contract import Balancer
from ansible_collections.atomic.fleet.plugins.plugin_utils._clouds.choose import open_adapter
from ansible_collections.atomic.fleet.plugins.plugin_utils._clouds.model import Adapter, ChangedError, Limits
from tests.network import free_port
from tests.traffic.azure_server import HEALTH, entry
from tests.traffic.azure_world import ADDRESSES, AzureWorld, azure_world, machine
from tests.traffic.conformance import TO_GREEN, Conformance, member, patience, sentence
from tests.traffic.world import BLUE, GREEN

QUARTER = {"blue": 75, "green": 25}
ALL_BLUE = {"blue": 100, "green": 0}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AzureWorld]:
    with azure_world(tmp_path) as made:
        yield made


def opened(world: AzureWorld, timeout: float = 20, **settings: str) -> Adapter:
    balancer = world.balancer()
    return open_adapter(
        replace(balancer, settings={**balancer.settings, **settings}), world.hosts(), Limits(timeout=timeout)
    )


def states(world: AzureWorld) -> dict[str, str]:
    return {name: one["adminState"] for name, one in world.server.entries.items()}


def shift(world: AzureWorld, shares: Mapping[str, int]) -> None:
    adapter = world.adapter()
    adapter.shift(shares, adapter.observe())


class TestAzure(Conformance):
    pass


class TestWhoIsUp:
    def test_a_sick_host_is_the_last_to_be_chosen(self, world: AzureWorld) -> None:
        world.server.machines[machine(GREEN[0])] = ["ProvisioningState/succeeded", "PowerState/deallocated"]
        shift(world, QUARTER)
        assert [world.serves(host) for host in GREEN] == [False, True, False]
        del world.server.machines[machine(GREEN[1])]
        world.server.machines[machine(GREEN[0])] = ["ProvisioningState/succeeded", "PowerState/running"]
        shift(world, {"blue": 50, "green": 50})
        assert all(world.serves(host) for host in GREEN)

    def test_the_same_again_changes_nobody(self, world: AzureWorld) -> None:
        world.meddle(QUARTER)
        world.server.set_states({machine(GREEN[0]): "Down", machine(GREEN[2]): "None"})
        shift(world, QUARTER)
        assert world.writes() == 0
        assert world.serves(GREEN[2])

    def test_a_host_that_is_up_is_left_to_its_probe(self, world: AzureWorld) -> None:
        world.server.set_states({machine(BLUE[0]): "Up"})
        seen = world.adapter().observe()
        assert (member(seen, BLUE[0]).serving, member(seen, BLUE[0]).well) == (True, None)
        shift(world, QUARTER)
        assert states(world)[machine(BLUE[0])] == "None"

    def test_why_a_host_is_sick(self, world: AzureWorld) -> None:
        world.sicken(BLUE[1])
        world.server.machines[machine(BLUE[1])] = [
            "ProvisioningState/failed/AllocationFailed",
            "PowerState/deallocated",
        ]
        seen = world.adapter().observe()
        assert member(seen, BLUE[1]).said == (
            "Down, Down_Probe_HttpStatusCodeError; its machine's provisioning is failed (AllocationFailed), "
            "its machine is deallocated"
        )
        asked = [line.split("/")[-2] for line in world.server.asked if line.endswith("/instanceView")]
        assert asked == [machine(host) for host in (BLUE[1], *GREEN)]

    def test_health_that_may_not_be_seen_is_no_health(self, world: AzureWorld) -> None:
        world.server.forbidden = {HEALTH}
        adapter = world.adapter()
        one = member(adapter.observe(), BLUE[0])
        assert one.well is None
        assert HEALTH in one.said
        adapter.take_out(BLUE[0], patience(30))
        with pytest.raises(FleetError) as caught:
            adapter.put_back(BLUE[0], patience(30))
        sentence(caught.value, "in use again", HEALTH)
        assert world.serves(BLUE[0])


class TestEntries:
    """What stands in the backend pool, and what does not yet or no more."""

    def test_hosts_come_in_and_the_rest_of_the_pool_stays(self, world: AzureWorld) -> None:
        world.server.properties["loadBalancerBackendAddresses"] = [
            entry(machine(host), ADDRESSES[host], "None") for host in BLUE
        ] + [entry("somebody", "10.20.0.99", "Down")]
        world.server.properties["drainPeriodInSeconds"] = 45
        seen = world.adapter().observe()
        assert [one.host for one in seen.members] == list(BLUE)
        shift(world, QUARTER)
        assert states(world) == {
            **{machine(host): "None" for host in BLUE}, "somebody": "Down",
            machine(GREEN[0]): "None", machine(GREEN[1]): "Down", machine(GREEN[2]): "Down",
        }  # fmt: skip
        assert world.server.properties["drainPeriodInSeconds"] == 45
        assert world.writes() == 1

    def test_a_stranger_that_gets_traffic_is_told(self, world: AzureWorld) -> None:
        world.server.properties["loadBalancerBackendAddresses"].append(entry("somebody", "10.20.0.99", "None"))
        adapter = world.adapter()
        with pytest.raises(FleetError) as caught:
            adapter.observe()
        sentence(caught.value, "web", "somebody")

    @pytest.mark.parametrize("state", ["None", "Down"])
    def test_entries_of_machines_that_are_gone_go_with_the_next_shift(self, world: AzureWorld, state: str) -> None:
        entries = world.server.properties["loadBalancerBackendAddresses"]
        entries += [
            entry("demo-blue-1-ffffff", "10.20.0.98", state),
            entry("other-blue-1-ffffff", "10.20.0.97", "Down"),
        ]
        assert world.adapter().observe().weights == {"blue": 3, "green": 0}
        shift(world, QUARTER)
        assert "demo-blue-1-ffffff" not in states(world)
        assert "other-blue-1-ffffff" in states(world)

    def test_a_machine_that_the_inventory_does_not_know_is_no_dead_one(self, world: AzureWorld) -> None:
        world.server.properties["loadBalancerBackendAddresses"].append(
            entry("demo-blue-4-0a1b2c", "10.20.0.98", "None")
        )
        world.server.machines["demo-blue-4-0a1b2c"] = ["PowerState/running"]
        with pytest.raises(FleetError) as caught:
            world.adapter().observe()
        sentence(caught.value, "demo-blue-4-0a1b2c", "inventory anew")
        world.server.entries["demo-blue-4-0a1b2c"]["adminState"] = "Down"
        shift(world, QUARTER)
        assert "demo-blue-4-0a1b2c" in states(world)

    def test_an_address_follows_the_contract(self, world: AzureWorld) -> None:
        world.server.entries[machine(GREEN[0])]["ipAddress"] = "10.20.0.77"
        shift(world, TO_GREEN)
        assert world.server.entries[machine(GREEN[0])]["ipAddress"] == ADDRESSES[GREEN[0]]


class TestAway:
    """Hosts that are out for a while, and those that are down by share: Azure has one word for both."""

    def test_the_version_stays_while_hosts_are_out(self, world: AzureWorld) -> None:
        for shares in (ALL_BLUE, QUARTER):
            shift(world, shares)
            adapter = world.adapter()
            before = adapter.observe()
            adapter.take_out(BLUE[2], patience(30))
            away = adapter.observe()
            assert (away.version, dict(away.weights)) == (before.version, dict(before.weights))
            assert not member(away, BLUE[2]).serving
            adapter.put_back(BLUE[2], patience(30))

    def test_who_left_by_a_change_of_unknown_end_still_counts(self, world: AzureWorld) -> None:
        world.meddle(QUARTER)
        adapter = world.adapter(timeout=2)
        before = adapter.observe()

        def cut_off() -> None:
            world.server.cut = world.server.down = True

        world.server.before_put = cut_off
        with pytest.raises(FleetError) as caught:
            adapter.take_out(BLUE[2], patience(2))
        sentence(caught.value, "cannot be read")
        world.mend()
        assert not world.serves(BLUE[2])
        assert adapter.observe().version == before.version
        adapter.put_back(BLUE[2], patience(30))
        assert world.counts() == {"blue": 3, "green": 1}

    def test_a_shift_leaves_those_out_that_are(self, world: AzureWorld) -> None:
        adapter = world.adapter()
        adapter.take_out(BLUE[0], patience(30))
        after = adapter.shift(QUARTER, adapter.observe())
        assert dict(after.weights) == {"blue": 3, "green": 1}
        assert not world.serves(BLUE[0])
        adapter.put_back(BLUE[0], patience(30))
        assert world.counts() == {"blue": 3, "green": 1}

    def test_after_a_kill_the_serving_pool_is_whole_again(self, world: AzureWorld) -> None:
        before = world.adapter().observe()
        world.adapter().take_out(BLUE[0], patience(30))
        another = world.adapter()
        assert another.observe().version == before.version
        assert not member(another.observe(), BLUE[0]).serving
        another.put_back(BLUE[0], patience(30))
        assert world.counts() == {"blue": 3, "green": 0}

    def test_a_shift_after_a_kill_brings_hosts_back(self, world: AzureWorld) -> None:
        world.adapter().take_out(BLUE[0], patience(30))
        shift(world, ALL_BLUE)
        assert world.counts() == {"blue": 3, "green": 0}

    def test_a_host_of_the_idle_pool_stays_down(self, world: AzureWorld) -> None:
        adapter = world.adapter()
        adapter.take_out(GREEN[0], patience(30))
        adapter.put_back(GREEN[0], patience(30))
        assert world.writes() == 0
        assert world.counts() == {"blue": 3, "green": 0}

    def test_in_the_middle_of_a_swap_nobody_is_guessed_up(self, world: AzureWorld) -> None:
        world.meddle(QUARTER)
        world.adapter().take_out(BLUE[0], patience(30))
        world.adapter().put_back(BLUE[0], patience(30))
        assert world.counts() == {"blue": 2, "green": 1}
        shift(world, QUARTER)
        assert world.counts() == {"blue": 3, "green": 1}

    def test_where_nobody_is_up_the_pool_is_not_guessed(self, world: AzureWorld) -> None:
        adapter = world.adapter()
        for host in BLUE:
            adapter.take_out(host, patience(30))
        with pytest.raises(FleetError) as caught:
            world.adapter().put_back(GREEN[0], patience(30))
        sentence(caught.value, GREEN[0], "all of its hosts are down")
        adapter.put_back(GREEN[0], patience(30))
        for host in BLUE:
            adapter.put_back(host, patience(30))
        assert world.counts() == {"blue": 3, "green": 0}

    def test_somebody_elses_shift_is_not_undone_by_who_comes_back(self, world: AzureWorld) -> None:
        adapter = world.adapter()
        adapter.take_out(BLUE[0], patience(30))
        world.meddle(TO_GREEN)
        assert dict(adapter.observe().weights) == {"blue": 0, "green": 3}
        adapter.put_back(BLUE[0], patience(30))
        assert world.counts() == {"blue": 0, "green": 3}

    def test_a_new_host_of_the_serving_pool_comes_in(self, world: AzureWorld) -> None:
        entries = world.server.properties["loadBalancerBackendAddresses"]
        gone = [one for one in entries if one["name"] in (machine(BLUE[2]), machine(GREEN[2]))]
        for one in gone:
            entries.remove(one)
        adapter = world.adapter()
        before = adapter.observe()
        adapter.put_back(BLUE[2], patience(30))
        adapter.put_back(GREEN[2], patience(30))
        assert world.counts() == {"blue": 3, "green": 0}
        assert machine(GREEN[2]) not in states(world)
        assert adapter.observe().version == before.version

    def test_who_leaves_together_leaves_by_few_requests(self, world: AzureWorld) -> None:
        adapter = world.adapter()
        shift(world, {"blue": 50, "green": 50})
        begun, first = world.writes(), threading.Event()
        reached = threading.Event()

        def hold() -> None:
            reached.set()
            first.wait(20)

        world.server.before_put = hold
        threads = [threading.Thread(target=adapter.take_out, args=(host, patience(30))) for host in (*BLUE, *GREEN[:2])]
        threads[0].start()
        assert reached.wait(20)
        for thread in threads[1:]:
            thread.start()
        waiting = adapter._wishes  # type: ignore[attr-defined]
        while len(waiting) < len(threads):
            threads[1].join(0.01)
        first.set()
        for thread in threads:
            thread.join(30)
        assert world.counts() == {"blue": 0, "green": 1}
        assert world.writes() - begun == 2

    def test_connections_get_the_drain_period(self, world: AzureWorld) -> None:
        notes: list[str] = []
        slept: list[float] = []
        given = patience(30)
        clock = replace(given.clock, sleep=slept.append)
        adapter = opened(world, drain_period="7")
        adapter.take_out(BLUE[0], replace(given, clock=clock, note=notes.append))
        assert slept[-1] == 7
        assert notes == ["connections are ending"]
        assert world.server.properties["drainPeriodInSeconds"] == 7


class TestWhatGoesWrong:
    def test_an_answer_that_is_lost_is_looked_up(self, world: AzureWorld) -> None:
        adapter = world.adapter()
        seen = adapter.observe()
        world.server.cut = True
        assert dict(adapter.shift(TO_GREEN, seen).weights) == {"blue": 0, "green": 3}
        assert world.writes() == 1

    def test_a_change_that_failed_says_what_stands(self, world: AzureWorld) -> None:
        adapter = world.adapter()
        seen = adapter.observe()
        world.server.half = True
        with pytest.raises(FleetError) as caught:
            adapter.shift(TO_GREEN, seen)
        sentence(caught.value, "InternalServerError", "blue 0, green 0", "Failed", "start again")

    def test_what_failed_is_written_again_though_it_reads_right(self, world: AzureWorld) -> None:
        world.server.provisioning = "Failed"
        shift(world, ALL_BLUE)
        assert (world.writes(), world.server.provisioning) == (1, "Succeeded")

    def test_another_change_under_way_is_waited_for(self, world: AzureWorld) -> None:
        world.server.busy = 2
        shift(world, TO_GREEN)
        assert world.shares() == TO_GREEN

    def test_a_change_between_look_and_write_is_noticed(self, world: AzureWorld) -> None:
        adapter = world.adapter()
        seen = adapter.observe()

        def meddle() -> None:
            world.server.before_put = lambda: None
            world.server.entries[machine(GREEN[1])]["adminState"] = "None"
            world.server.changed()

        world.server.before_put = meddle
        with pytest.raises(ChangedError) as caught:
            adapter.shift(TO_GREEN, seen)
        sentence(caught.value, "blue 75, green 25")
        assert world.counts() == {"blue": 3, "green": 1}

    def test_one_that_is_not_about_shares_is_no_matter(self, world: AzureWorld) -> None:
        adapter = world.adapter()
        seen = adapter.observe()

        def touch() -> None:
            world.server.before_put = lambda: None
            world.server.changed()

        world.server.before_put = touch
        adapter.shift(TO_GREEN, seen)
        assert world.shares() == TO_GREEN

    def test_no_credentials(self, world: AzureWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
        with pytest.raises(FleetError) as caught:
            world.adapter().observe()
        sentence(caught.value, "no credentials", "az login")
        # the SDK logs its long list as a warning, which Python would print where nobody set up logging
        assert logging.getLogger("azure").handlers

    def test_nobody_listens(self, world: AzureWorld) -> None:
        with pytest.raises(FleetError) as caught:
            opened(world, 2, arm_endpoint=f"https://127.0.0.1:{free_port('127.0.0.1')}").observe()
        sentence(caught.value, "connection refused")

    def test_a_certificate_that_is_not_trusted(self, world: AzureWorld) -> None:
        with pytest.raises(FleetError) as caught:
            opened(world, arm_endpoint=world.endpoint.replace("127.0.0.1", "localhost")).observe()
        sentence(caught.value, "not trusted", "REQUESTS_CA_BUNDLE")

    def test_a_bundle_that_is_none(self, world: AzureWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        adapter = world.adapter()
        adapter.observe()
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere.pem")
        with pytest.raises(FleetError) as caught:
            adapter.observe()
        sentence(caught.value, "REQUESTS_CA_BUNDLE")


class TestSettings:
    @pytest.mark.parametrize(
        "settings,words",
        [
            ({"rule": ""}, "lack rule"),
            ({"load_balancer": "a/b"}, "load_balancer"),
            ({"virtual_network_id": "vnet"}, "virtual_network_id"),
            ({"arm_endpoint": "http://127.0.0.1"}, "arm_endpoint"),
            ({"arm_endpoint": "https://arm/x"}, "arm_endpoint"),
            ({"drain_period": "0"}, "drain_period"),
            ({"drain_period": "soon"}, "drain_period"),
            ({"drain_period": "999999"}, "drain_period"),
        ],
    )
    def test_what_cannot_be_used_is_named(self, world: AzureWorld, settings: dict[str, str], words: str) -> None:
        with pytest.raises(FleetError) as caught:
            opened(world, **settings)
        sentence(caught.value, "web", words)

    @pytest.mark.parametrize("text", [None, "", "[]", '{"a": "b"}', json.dumps({"other": "10.0.0.1"})])
    def test_addresses_are_checked(self, world: AzureWorld, text: str | None) -> None:
        balancer = world.balancer()
        shares = tuple(
            replace(share, settings={} if text is None else {"addresses": text}) for share in balancer.shares
        )
        wrong: Balancer = replace(balancer, shares=shares)
        with pytest.raises(FleetError) as caught:
            open_adapter(wrong, world.hosts(), Limits())
        sentence(caught.value, "web", "addresses of pool blue")
