"""FleetLock: slots shared with hosts that Zincati reboots, at a server that holds to the protocol."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.atomic.fleet.tests.unit.plugins.fleet_lock_server import FleetLockRules
from ansible_collections.atomic.fleet.tests.unit.plugins.loopback import Loopback, Reply, Time

from ansible_collections.atomic.fleet.plugins.module_utils._parse.zincati import node_id
from ansible_collections.atomic.fleet.plugins.plugin_utils._http import HttpError
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.fleet_lock import Slots
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.rest import Place, Rest

WHO = "FleetLock at locks"
FULL = "semaphore currently full, all slots are locked already"


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def rules() -> FleetLockRules:
    return FleetLockRules({"workers": 1, "default": 2})


@pytest.fixture
def server(rules: FleetLockRules) -> Iterator[Loopback]:
    with Loopback(rules) as running:
        yield running


def slots(server: Loopback, time: Time, group: str = "workers", path: str = "/base") -> Slots:
    return Slots(Rest(Place(WHO, server.url + path), time.clock), group)


def test_taken_and_given_back_as_often_as_one_likes(server: Loopback, rules: FleetLockRules, time: Time) -> None:
    ours = slots(server, time)
    ours.give_back("a")
    ours.take("a", 10)
    ours.take("a", 10)
    assert rules.holders["workers"] == ["a"]
    ours.give_back("a")
    ours.give_back("a")
    assert (rules.holders["workers"], time.slept) == ([], [])
    assert {question.method for question in server.heard} == {"POST"}


@pytest.mark.parametrize(
    "full", [(500, "failed_lock_semaphore_full"), (423, "locked"), (409, "locked"), (429, "busy"), (503, "full")]
)
def test_a_slot_is_waited_for_while_a_zincati_host_has_it(full: tuple[int, str], time: Time) -> None:
    rules = FleetLockRules({"workers": 1}, full)
    with Loopback(rules) as server:
        ours, zincati = slots(server, time, path=""), slots(server, Time(), path="/")
        zincati.take("z", 1)
        time.meanwhile[3] = lambda: zincati.give_back("z")
        ours.take("a", 60)
    assert (rules.holders["workers"], rules.most["workers"], time.slept) == (["a"], 1, [5.0, 5.0, 5.0])


def test_waiting_for_a_slot_has_an_end(server: Loopback, rules: FleetLockRules, time: Time) -> None:
    slots(server, time).take("z", 1)
    with pytest.raises(HttpError) as caught:
        slots(server, time).take("a", 12)
    assert caught.value.message == (
        f"{WHO}: no slot of group workers was free for 12 s (500, failed_lock_semaphore_full: {FULL}): "
        "see who holds them, and let waves be no larger than the group has slots."
    )
    assert time.slept == [5.0, 5.0, 2.0]
    assert rules.holders["workers"] == ["z"]


@pytest.mark.parametrize(
    "group,path,said",
    [
        ("unheard", "/base", '400, unknown_group: unknown group "unheard"'),
        ("a group", "/base", "400, invalid_client_identity: client_params are to be group and id"),
        ("workers", "/elsewhere", "404"),
    ],
)
def test_what_is_wrong_is_not_asked_again(server: Loopback, time: Time, group: str, path: str, said: str) -> None:
    with pytest.raises(HttpError) as caught:
        slots(server, time, group, path).take("a", 600)
    assert caught.value.message.startswith(f"{WHO}: it refuses a slot of group {group} ({said}): ")
    assert (len(server.heard), time.slept) == (1, [])


def test_giving_back_is_tried_while_the_server_is_ill(time: Time) -> None:
    answers = [Reply(500), Reply(503), Reply(200)]
    with Loopback(lambda question: answers.pop(0)) as server:
        slots(server, time).give_back("a")
    assert (answers, time.slept) == ([], [1.0, 2.0])


def test_a_server_that_stays_ill_is_named_with_what_is_to_be_freed(time: Time) -> None:
    words = {"kind": "failed_lock", "value": "etcd is\n\x1b[31m down"}
    with Loopback(lambda question: Reply(500, words)) as server, pytest.raises(HttpError) as caught:
        slots(server, time).give_back("abc")
    assert caught.value.message == (
        f"{WHO}: it does not take back the slot of group workers (500, failed_lock: etcd is [31m down): "
        "free it there for abc, or run apply again."
    )
    assert sum(time.slept) <= 60


def test_a_redirect_is_no_slot(time: Time) -> None:
    with (
        Loopback(lambda question: Reply(302, headers={"Location": "/login"})) as server,
        pytest.raises(HttpError, match=r"refuses a slot of group workers \(302\)"),
    ):
        slots(server, time).take("a", 10)
    assert len(server.heard) == 1


@pytest.mark.parametrize(
    "machine,node",
    [
        # `systemd-id128 show --app-specific=de35106b6ec24688b63afddaa156679b` of a machine with that id
        ("3d1219c7c4c5404aaa1f6d2a48adfda4\n", "975228d46dc94622b9bbe16671e2b58d"),
        ("3D1219C7C4C5404AAA1F6D2A48ADFDA4", None),
        ("uninitialized\n", None),
        ("", None),
        ("0" * 32, None),
    ],
)
def test_the_id_that_zincati_has_for_the_host(machine: str, node: str | None) -> None:
    assert node_id(machine) == node


@pytest.mark.skipif(shutil.which("systemd-id128") is None, reason="systemd tells it")
def test_the_id_is_systemd_s_own() -> None:
    argv = ["systemd-id128", "machine-id", "--app-specific=de35106b6ec24688b63afddaa156679b"]
    told = subprocess.run(argv, capture_output=True, text=True, check=False)
    if told.returncode:
        pytest.skip("this machine has no id")
    assert node_id(Path("/etc/machine-id").read_text()) == told.stdout.strip()
