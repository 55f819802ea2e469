"""Azure's documents on a backend pool, on a rule's health and on machines."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._parse.azure_pool import (
    Backend,
    Slot,
    is_of_fleet,
    read_backend,
    read_health,
    read_machine,
    rewritten,
)

SLOTS = {
    "demo-blue-1": Slot("demo-blue-1", "blue", "demo-blue-1-0a1b2c", "10.0.0.1"),
    "demo-blue-2": Slot("demo-blue-2", "blue", "demo-blue-2-0a1b2c", "10.0.0.2"),
}
NETWORK = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/n"


def entry(name: str, address: str, state: str | None = None, **more: Any) -> dict[str, Any]:
    return {"name": name, "properties": {"ipAddress": address, **({"adminState": state} if state else {}), **more}}


def pool(*entries: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {"etag": 'W/"1"', "properties": {"loadBalancerBackendAddresses": list(entries), **properties}}


def read(document: dict[str, Any]) -> Backend:
    return read_backend(document, SLOTS.values())


@pytest.mark.parametrize(
    "name,address,host",
    [
        ("demo-blue-1-0a1b2c", "10.0.0.1", "demo-blue-1"),
        ("DEMO-blue-1-0a1b2c", "10.0.0.1", "demo-blue-1"),  # Azure keeps letters as they came, and compares without
        ("by-hand", "10.0.0.1", "demo-blue-1"),
        ("demo-blue-1-0a1b2c", "10.0.0.9", "demo-blue-1"),
        ("by-hand", "10.0.0.9", None),
        ("by-hand", "", None),
    ],
)
def test_whose_an_entry_is(name: str, address: str, host: str | None) -> None:
    assert [one.host for one in read(pool(entry(name, address))).entries] == [host]


def test_a_name_goes_before_an_address() -> None:
    found = read(pool(entry("by-hand", "10.0.0.1"), entry("demo-blue-1-0a1b2c", "10.0.0.8")))
    assert [one.host for one in found.entries] == [None, "demo-blue-1"]


@pytest.mark.parametrize("state,up", [(None, True), ("None", True), ("Up", True), ("Down", False), ("down", False)])
def test_who_gets_traffic(state: str | None, up: bool) -> None:
    assert read(pool(entry("demo-blue-1-0a1b2c", "10.0.0.1", state))).up == {"demo-blue-1": up}


@pytest.mark.parametrize(
    "word,settled,moving",
    [(None, True, False), ("Succeeded", True, False), ("Updating", False, True), ("Failed", False, False)],
)
def test_whether_it_is_in_force(word: str | None, settled: bool, moving: bool) -> None:
    found = read(pool(provisioningState=word) if word else pool())
    assert (found.settled, found.moving) == (settled, moving)


@pytest.mark.parametrize("given,drain", [(None, None), (0, None), (30, 30), (True, None), ("30", None), (-1, None)])
def test_the_drain_period_is_a_number(given: Any, drain: int | None) -> None:
    assert read(pool(drainPeriodInSeconds=given)).drain == drain


@pytest.mark.parametrize("document", [{}, {"properties": None}, {"properties": {"loadBalancerBackendAddresses": [1]}}])
def test_a_document_that_says_little(document: dict[str, Any]) -> None:
    assert read(document).entries == ()


def test_the_mark_is_of_entries_and_states() -> None:
    first = read(pool(entry("a", "1", "None"), entry("b", "2", "Down"))).mark
    assert first == read(pool(entry("b", "2", "Down"), entry("a", "1", "Up"), drainPeriodInSeconds=3)).mark
    assert first != read(pool(entry("a", "1", "Down"), entry("b", "2", "Down"))).mark
    assert first != read(pool(entry("a", "1", "None"))).mark


def test_written_anew_all_else_stays() -> None:
    foreign = entry("by-hand", "10.0.0.9", "Down", subnet={"id": "x"})
    backend = read(
        pool(entry("demo-blue-1-0a1b2c", "10.0.0.7", "Up"), foreign, entry("gone", "10.0.0.8"), syncMode="x")
    )
    document = rewritten(backend, {"demo-blue-1": False, "demo-blue-2": True}, SLOTS, NETWORK, 30, ("gone",))
    assert document == pool(
        entry("demo-blue-1-0a1b2c", "10.0.0.1", "Down"),
        foreign,
        entry("demo-blue-2-0a1b2c", "10.0.0.2", "None", virtualNetwork={"id": NETWORK}),
        syncMode="x",
        drainPeriodInSeconds=30,
    )
    assert backend.document["properties"]["loadBalancerBackendAddresses"][0]["properties"]["adminState"] == "Up"


def test_a_network_of_the_whole_pool_is_not_repeated() -> None:
    document = rewritten(read(pool(virtualNetwork={"id": NETWORK})), {"demo-blue-1": True}, SLOTS, NETWORK)
    assert document["properties"]["loadBalancerBackendAddresses"] == [entry("demo-blue-1-0a1b2c", "10.0.0.1", "None")]


@pytest.mark.parametrize(
    "name,ours",
    [
        ("demo-blue-1-0a1b2c", True),
        ("demo-green-12-ffffff", True),
        ("demo-red-1-0a1b2c", False),
        ("other-blue-1-0a1b2c", False),
        ("demo-blue-1", False),
        ("demo-blue-1-0a1b2c-x", False),
        ("demo-blue-one-0a1b2c", False),
    ],
)
def test_what_machines_of_the_fleet_are_called(name: str, ours: bool) -> None:
    assert is_of_fleet(name, "demo", ["blue", "green"]) is ours


@pytest.mark.parametrize(
    "state,reason,well,said",
    [
        ("Up", "Up_Probe_Success", True, "Up, Up_Probe_Success"),
        ("Up", "Up_Probe_ApproachingUnhealthyThreshold", True, "Up, Up_Probe_ApproachingUnhealthyThreshold"),
        ("Up", "Up_Probe_AllDownIsUp", False, "Up, Up_Probe_AllDownIsUp"),
        ("Up", "Up_Admin", None, "Up, Up_Admin"),
        ("Down", "Down_Admin", None, "Down, Down_Admin"),
        ("Down", "Down_Probe_HttpStatusCodeError", False, "Down, Down_Probe_HttpStatusCodeError"),
        ("Down", None, False, "Down"),
        ("Unknown", None, None, "Unknown"),
    ],
)
def test_what_a_probe_says(state: str, reason: str | None, well: bool | None, said: str) -> None:
    told = {"ipAddress": "10.0.0.1", "state": state, "reason": reason}
    assert read_health({"loadBalancerBackendAddresses": [told]}) == {"10.0.0.1": (well, said)}


@pytest.mark.parametrize(
    "codes,said",
    [
        (["ProvisioningState/succeeded", "PowerState/running"], ""),
        (["ProvisioningState/updating", "PowerState/running"], ""),
        (["ProvisioningState/succeeded", "PowerState/deallocated"], "its machine is deallocated"),
        (["PowerState/stopped"], "its machine is stopped"),
        (
            ["ProvisioningState/failed/OSProvisioningTimedOut", "PowerState/running"],
            "its machine's provisioning is failed (OSProvisioningTimedOut)",
        ),
        (["ProvisioningState/creating"], "its machine's provisioning is creating"),
        (["VMAgent/ready", ""], ""),
        ([], ""),
    ],
)
def test_what_is_the_matter_with_a_machine(codes: list[str], said: str) -> None:
    assert read_machine({"statuses": [{"code": code} for code in codes]}) == said
