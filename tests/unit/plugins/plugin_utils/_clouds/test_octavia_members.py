"""Members of Octavia: which host each is, what was decided for it, and what a batch says of it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._model.traffic import PoolHost
from ansible_collections.atomic.fleet.plugins.plugin_utils._clouds.octavia_members import (
    Placed,
    UnreadableError,
    backend,
    place,
    said,
    shifted,
    stands,
    well,
)

TAGS = {"blue": "atomic-fleet-pool=blue", "green": "atomic-fleet-pool=green"}
HOSTS = (
    PoolHost("b1", "blue", "10.0.0.1", "1"),
    PoolHost("b2", "blue", "10.0.0.2", "2"),
    PoolHost("b3", "blue", "10.0.0.3", "3"),
    PoolHost("g1", "green", "fd00:0::1", "4"),
)


def document(address: str, weight: int = 100, *tags: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"id-{address}",
        "name": "",
        "address": address,
        "protocol_port": 8080,
        "weight": weight,
        "tags": list(tags),
        "backup": False,
        "admin_state_up": True,
        "operating_status": "ONLINE",
        "subnet_id": None,
        "monitor_address": None,
        "monitor_port": None,
        "vnic_type": "normal",
        **more,
    }


def placed(*documents: dict[str, Any], hosts: tuple[PoolHost, ...] = HOSTS) -> Placed:
    return place([backend(one) for one in documents], hosts, TAGS)


def found(standing: Placed) -> dict[str, list[str]]:
    return {pool: [seat.host.name for seat in seats] for pool, seats in standing.pools.items()}


@pytest.mark.parametrize(
    "documents,pools",
    [
        ([document("10.0.0.1", 1, TAGS["blue"])], {"blue": ["b1"], "green": []}),
        ([document("10.0.0.1")], {"blue": ["b1"], "green": []}),  # without its tag
        ([document("fd00::1")], {"blue": [], "green": ["g1"]}),  # written another way
        ([document("192.0.2.1", name="b1")], {"blue": ["b1"], "green": []}),
        ([document("10.0.0.1"), document("192.0.2.1", name="b1")], {"blue": ["b1"], "green": []}),
        ([document("192.0.2.1", name="b1"), document("192.0.2.2", name="b1")], {"blue": [], "green": []}),
        ([document("10.0.0.1"), document("10.0.0.1", protocol_port=2)], {"blue": ["b1", "b1"], "green": []}),
        ([document("10.0.0.1", backup=True)], {"blue": [], "green": []}),
        ([document("192.0.2.1", 1, TAGS["blue"])], {"blue": [], "green": []}),
    ],
)  # fmt: skip
def test_which_host_a_member_is(documents: list[dict[str, Any]], pools: dict[str, list[str]]) -> None:
    assert found(placed(*documents)) == pools


@pytest.mark.parametrize("tags", [(TAGS["green"],), (TAGS["blue"], TAGS["green"])])
def test_a_tag_and_a_host_that_disagree_are_refused(tags: tuple[str, ...]) -> None:
    with pytest.raises(UnreadableError, match=r"^the member at 10\.0\.0\.1:8080 has the tag of pool .*host b1 of pool"):
        placed(document("10.0.0.1", 1, *tags))


@pytest.mark.parametrize(
    "more,strange",
    [({}, True), ({"weight": 0}, False), ({"admin_state_up": False}, False), ({"backup": True}, False)],
)
def test_who_takes_traffic_and_is_no_host(more: dict[str, Any], strange: bool) -> None:
    one = {**document("192.0.2.1"), **more}
    assert bool(placed(one).strangers) is strange


OUT = "atomic-fleet-weight={}".format


@pytest.mark.parametrize(
    "first,others,decided,serving",
    [
        (document("10.0.0.1", 7), (100, 100), 7, True),
        (document("10.0.0.1", 0, OUT(7)), (100, 100), 7, False),
        (document("10.0.0.1", 0, OUT(7)), (), 7, False),
        (document("10.0.0.1", 0, OUT(0)), (0, 0), 0, False),
        (document("10.0.0.1", 0, OUT(7)), (0, 0), 0, False),  # the pool was given nothing since
        (document("10.0.0.1", 0, OUT("x")), (50, 100), 100, False),
        (document("10.0.0.1", 0, OUT(257)), (50, 50), 50, False),
        (document("10.0.0.1", 0, OUT(1), OUT(2)), (50, 50), 50, False),
        (document("10.0.0.1", 0), (50, 50), 50, False),  # its tag is gone, or it is new
        (document("10.0.0.1", 0), (0, 0), 0, True),
        (document("10.0.0.1", 0), (), 0, True),
        (document("10.0.0.1", 9, OUT(7)), (9, 9), 9, True),  # somebody brought it back
    ],
)
def test_what_was_decided_for_a_member(
    first: dict[str, Any], others: tuple[int, ...], decided: int, serving: bool
) -> None:
    rest = [document(f"10.0.0.{number}", weight) for number, weight in enumerate(others, 2)]
    seat = placed(first, *rest).of("b1")[0]
    assert (seat.decided, seat.serving) == (decided, serving)


def test_the_version_is_what_was_decided() -> None:
    whole = [document("10.0.0.1", 5), document("10.0.0.2", 5), document("fd00::1", 0)]
    version = placed(*whole).standing().version
    out = document("10.0.0.1", 0, OUT(5))
    assert placed(whole[2], out, whole[1]).standing().version == version
    assert placed({**whole[0], "operating_status": "ERROR"}, *whole[1:]).standing().version == version
    assert placed(whole[0], whole[1]).standing().version == version  # a member that takes nothing is gone
    assert placed(whole[0], {**whole[1], "weight": 6}, whole[2]).standing().version != version


@pytest.mark.parametrize(
    "status,enabled,opinion,words",
    [
        ("ONLINE", True, True, "ONLINE"),
        ("DRAINING", True, True, "DRAINING"),
        ("ERROR", True, False, "ERROR"),
        ("OFFLINE", True, None, "OFFLINE"),
        ("NO_MONITOR", True, None, "NO_MONITOR"),
        ("DEGRADED", True, None, "DEGRADED"),
        (None, True, None, "no status"),
        ("OFFLINE", False, False, "OFFLINE, disabled"),
    ],
)
def test_how_well_a_member_is(status: str | None, enabled: bool, opinion: bool | None, words: str) -> None:
    one = backend(document("10.0.0.1", operating_status=status, admin_state_up=enabled))
    assert (well(one), said(one)) == (opinion, words)


def test_a_batch_has_every_member_and_all_that_it_is() -> None:
    odd = document("10.0.0.1", 5, "z", TAGS["blue"], monitor_port=81, backup=False, name="b1")
    out, stranger = document("10.0.0.2", 0, "y", OUT(5)), document("192.0.2.1", 0, OUT("x"), backup=True)
    standing = placed(odd, out, stranger, document("fd00::1", 0))
    rows = {row["address"]: row for row in shifted(standing, {"blue": 64, "green": 256})}
    assert rows["10.0.0.1"] == {
        key: {**odd, "weight": 64}[key]
        for key in odd
        if key not in ("id", "operating_status", "vnic_type")
    }  # fmt: skip
    assert (rows["10.0.0.2"]["weight"], rows["10.0.0.2"]["tags"]) == (0, ["y", OUT(64)])
    assert (rows["192.0.2.1"]["weight"], rows["192.0.2.1"]["tags"]) == (0, [OUT("x")])
    assert rows["fd00::1"]["weight"] == 256
    assert not stands(rows.values(), standing.everybody)
    assert stands(rows.values(), [backend({**row, "tags": row["tags"][::-1]}) for row in rows.values()])
    assert not stands(rows.values(), [])


@pytest.mark.parametrize(
    "more",
    [
        {"address": None},
        {"protocol_port": 0},
        {"protocol_port": True},
        {"weight": 257},
        {"weight": -1},
        {"weight": "1"},
        {"tags": "x"},
        {"tags": [1]},
    ],
)
def test_what_is_no_member_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(UnreadableError, match=r"^the member id-10\.0\.0\.1 has no address, port, weight or tags"):
        backend({**document("10.0.0.1"), **more})
