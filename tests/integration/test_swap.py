"""Swaps on real hosts behind a real HAProxy, under load from the first test to the last: no request fails."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.fleet_helper import BASE, NEWER, NEWEST, Fleet, Running, until
from tests.integration.lab import REPOSITORY
from tests.integration.load_helper import Capacity, Load
from tests.integration.own_fleet import own_fleet

pytestmark = pytest.mark.lab
NAME = "swap"
RATE, REQUESTS = 300, 50_000
SICK = "6.0-sick"
# seconds
QUICK = {"swap_bake_time": "2s", "swap_drain_time": "10s"}
# of three hosts that serve, one may be lacking
FLOOR = 2
POLICY: dict[str, Any] = {
    "canary": 1,
    "waves": ["100%"],
    "max_unavailable": 1,
    "drains": ["traffic"],
    "gates": ["deployment", "failed_units", "greenboot", "traffic"],
}


class Swapped(Fleet):
    """Three blue hosts that serve and three green ones, behind the lab's HAProxy."""

    def build(self) -> None:
        self.lab.up({"blue": {"size": 3}, "green": {"size": 3}})
        (self.inventory / "group_vars").mkdir(parents=True, exist_ok=True)
        source = {"plugin": "atomic.fleet.terraform", "state": str(self.lab.state), "observe_traffic": True}
        (self.inventory / "lab.fleet.yml").write_text(yaml.safe_dump(source))
        key = {"ansible_ssh_private_key_file": str(self.lab.directory / "id_ed25519")}
        (self.inventory / "group_vars" / "all.yml").write_text(yaml.safe_dump(key))

    @property
    def balancer(self) -> dict[str, Any]:
        return self.lab.fleet["traffic"][0]  # type: ignore[no-any-return]

    @property
    def url(self) -> str:
        return f"http://{self.balancer['address']}:{self.balancer['port']}/"

    def runtime(self, command: str) -> str:
        """HAProxy asked without any of the code under test."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(self.balancer["settings"]["socket"])
            connection.sendall(f"{command}\n".encode())
            parts = []
            while part := connection.recv(65536):
                parts.append(part)
        return b"".join(parts).decode()

    def weights(self) -> dict[str, int]:
        """Each pool's, summed."""
        lines = self.runtime("show servers state web").splitlines()
        names = next(line for line in lines if line.startswith("# be_id"))[2:].split()
        found = {"blue": 0, "green": 0}
        for line in lines:
            row = dict(zip(names, line.split(), strict=False))
            if row.get("be_name") == "web":
                found[row["srv_name"].split("-")[-2]] += int(row["srv_uweight"])
        return found

    @property
    def green(self) -> int:
        """Green's share, in percent."""
        weights = self.weights()
        return round(100 * weights["green"] / (sum(weights.values()) or 1))

    def swap(self, *words: str, **variables: Any) -> Any:
        if "policy" not in variables:
            variables["policy"] = self.policy()
        return self.play("swap", *words, **{**QUICK, **variables})

    def begin_swap(self, **variables: Any) -> Running:
        return self.start("swap", **{**QUICK, "policy": self.policy(), **variables})

    def policy(self, **keys: Any) -> str:
        self.store.mkdir(parents=True, exist_ok=True)
        path = self.store / "policy.yml"
        path.write_text(yaml.safe_dump({**POLICY, **keys}))
        return str(path)

    def pool(self, pool: str) -> dict[str, str]:
        return {name: version for name, version in self.versions().items() if f"-{pool}-" in name}

    def playing(self) -> list[int]:
        """Ansible's processes in the lab's network, beside those that only watch."""
        found = []
        for pid in self.ours():
            with contextlib.suppress(OSError):
                if b"ansible" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    found.append(pid)
        return found

    def swaps(self) -> list[Path]:
        return sorted((self.documents / "swaps").glob("swap-*.jsonl"), key=lambda path: path.stat().st_mtime_ns)

    def told(self) -> list[dict[str, Any]]:
        """What the last swap wrote down."""
        found = self.swaps()
        return [json.loads(line) for line in found[-1].read_text().splitlines()] if found else []

    def steps(self) -> list[int]:
        """The shares that green was given, in order."""
        return [
            event["shares"]["green"] for event in self.told() if event["kind"] == "shares" and event["step"] != "first"
        ]


@pytest.fixture(scope="module")
def swapped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Swapped]:
    with own_fleet(Swapped, NAME, tmp_path_factory.mktemp("swap")) as fleet:
        fleet.build()
        yield fleet


@pytest.fixture(scope="module")
def watched(swapped: Swapped) -> Iterator[tuple[Load, Capacity]]:
    """The load, and who can get requests, while all tests below run. Both are judged by the last of them."""
    place = Path(swapped.balancer["settings"]["socket"])
    # a way of its own, for a test takes the other one away
    own = place.with_name("watched.sock")
    own.unlink(missing_ok=True)
    own.hardlink_to(place)
    load, capacity = Load(NAME, swapped.url, RATE), Capacity(NAME, str(own), "web")
    with load, capacity:
        yield load, capacity
    own.unlink()


@pytest.fixture(autouse=True)
def under_load(watched: tuple[Load, Capacity]) -> None:
    """Every test of this file."""


def test_the_inventory_knows_who_serves(swapped: Swapped) -> None:
    listing = swapped.lab.run(
        [
            str(Path(swapped.command("status")[0]).with_name("ansible-inventory")),
            "-i",
            str(swapped.inventory),
            "--list",
        ],
        env=swapped.environment(),
    )
    groups = json.loads(listing.stdout)
    assert groups["live"]["hosts"] == [f"{NAME}-blue-{number}" for number in (1, 2, 3)]
    assert groups["idle"]["hosts"] == [f"{NAME}-green-{number}" for number in (1, 2, 3)]


def test_check_mode_moves_nothing(swapped: Swapped) -> None:
    before = swapped.weights()
    done = swapped.swap("--check", version=NEWER)
    assert done.rc == 0, done.text
    assert "green has no traffic, and is brought to the target first" in done.text
    assert "traffic would go to green: 5 %, 25 %, 100 %" in done.text
    assert swapped.weights() == before
    assert swapped.versions() == dict.fromkeys(swapped.hosts, BASE)


def test_a_pool_whose_rollout_waits_gets_no_traffic(swapped: Swapped) -> None:
    done = swapped.swap(version=NEWER, stop_after="canary")
    assert done.rc == 0, done.text
    assert "the rollout to green is not through; traffic stays where it is" in done.text
    assert sorted(swapped.pool("green").values()) == [BASE, BASE, NEWER]
    assert swapped.green == 0
    assert swapped.swaps() == []


def test_somebody_looks_before_the_traffic(swapped: Swapped) -> None:
    refused = swapped.swap(version=NEWER, start_at="shift")
    assert refused.refused("green does not run the target yet")
    done = swapped.swap(version=NEWER, stop_before="shift")
    assert done.rc == 0, done.text
    assert "it stops before the traffic, as was asked" in done.text
    assert set(swapped.pool("green").values()) == {NEWER}
    assert swapped.green == 0
    # what is wanted is another release now
    assert swapped.swap(version=BASE, pool="green", start_at="shift").refused("green does not run the target yet")
    assert (swapped.green, set(swapped.pool("green").values())) == (0, {NEWER})


def test_a_full_swap(swapped: Swapped) -> None:
    boots = swapped.boots()
    done = swapped.swap(version=NEWER, start_at="shift")
    assert done.rc == 0, done.text
    assert swapped.steps() == [5, 25, 100]
    assert swapped.weights()["blue"] == 0 < swapped.weights()["green"]
    assert set(swapped.pool("green").values()) == {NEWER}
    assert set(swapped.pool("blue").values()) == {BASE}
    assert all(swapped.boots()[name] == boots[name] for name in swapped.hosts if "-blue-" in name)
    assert "green has all of the traffic; blue is kept as it is" in done.text


def test_said_again_there_is_nothing_to_do(swapped: Swapped) -> None:
    number = len(swapped.swaps())
    done = swapped.swap(version=NEWER)
    assert done.rc == 0, done.text
    assert "green has all of the traffic and runs the target" in done.text
    assert "changed=1" not in done.text
    assert len(swapped.swaps()) == number


def test_back_at_once(swapped: Swapped) -> None:
    done = swapped.swap(to="blue")
    assert done.rc == 0, done.text
    assert swapped.green == 0
    assert swapped.steps() == [0]
    took = re.search(r"all traffic moved within ([0-9.]+) s", done.text)
    assert took is not None
    assert float(took[1]) < 1
    assert set(swapped.pool("green").values()) == {NEWER}


def test_the_role_in_a_play_of_ones_own(swapped: Swapped, tmp_path: Path) -> None:
    """For a pool that runs the target already; it says so where it does not."""
    play = tmp_path / "traffic.yml"
    role = {"ansible.builtin.import_role": {"name": "atomic.fleet.swap"}}
    times = {"swap_steps": [50, 100], "swap_bake_time": "1s", "swap_drain_time": "10s"}
    play.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "vars": times, "tasks": [role]}]))
    refused = swapped.play(str(play), version=BASE, pool="green")
    assert refused.refused("green does not run the target yet", "the playbook atomic.fleet.swap, which does both")
    assert swapped.green == 0
    done = swapped.play(str(play), version=NEWER)
    assert done.rc == 0, done.text
    assert swapped.steps() == [50, 100]
    assert swapped.swap(to="blue").rc == 0


@pytest.mark.parametrize(
    ("kind", "count"),
    [("shares", 1), ("bake", 1), ("shares", 2), ("bake", 2), ("shares", 3), ("bake", 3), ("drained", 1)],
)
def test_killed_at_every_transition_it_goes_on(swapped: Swapped, kind: str, count: int) -> None:
    """SIGKILL as soon as the event is on disk; the same command finishes it, and never takes a step back."""
    number = len(swapped.swaps())
    running = swapped.begin_swap(version=NEWER)

    def written() -> bool:
        events = swapped.told() if len(swapped.swaps()) > number else []
        return len([event for event in events if event["kind"] == kind and event.get("step") != "first"]) >= count

    until(f"{kind} {count}", written)
    running.kill()
    until("the end of all its processes", lambda: not swapped.playing(), 5)
    stands = swapped.green
    done = swapped.swap(version=NEWER)
    assert done.rc == 0, done.text
    assert swapped.green == 100
    if stands < 100:
        assert swapped.steps() == [step for step in (5, 25, 100) if step > stands]
    back = swapped.swap(to="blue")
    assert back.rc == 0, back.text
    assert swapped.green == 0


def test_killed_half_way_it_goes_back(swapped: Swapped) -> None:
    running = swapped.begin_swap(version=NEWER, swap_bake_time="60s")
    until("a first share", lambda: swapped.green == 5)
    running.kill()
    done = swapped.swap(to="blue")
    assert done.rc == 0, done.text
    assert swapped.green == 0


def test_back_while_a_swap_is_under_way(swapped: Swapped) -> None:
    """Nobody has to end it first: it sees what happened, and stops."""
    running = swapped.begin_swap(version=NEWER, swap_bake_time="60s")
    until("a first share", lambda: swapped.green == 5)
    done = swapped.swap(to="blue")
    assert done.rc == 0, done.text
    assert "whose swap stops when it sees that traffic was moved" in done.text
    ended = running.end()
    assert ended.rc == 2, ended.text
    assert "somebody else moved its traffic: blue 95, green 5 was left, blue 100, green 0 stands now" in ended.sentence
    assert swapped.green == 0


def test_somebody_else_moves_traffic(swapped: Swapped) -> None:
    running = swapped.begin_swap(version=NEWER, swap_bake_time="60s")
    until("a first share", lambda: swapped.green == 5)
    until("the watch", lambda: any(event["kind"] == "bake" for event in swapped.told()))
    # in one line, which HAProxy carries out as a whole
    line = ";".join(f"set server web/{NAME}-green-{number} weight 256" for number in (1, 2, 3))
    assert swapped.runtime(line).strip() == ""
    ended = running.end()
    assert ended.rc == 2, ended.text
    assert "somebody else moved its traffic: blue 95, green 5 was left, blue 50, green 50 stands now" in ended.sentence
    assert swapped.green == 50
    refused = swapped.swap(version=NEWER)
    assert refused.refused("web: its shares are blue 50, green 50", "left it at blue 95, green 5", "take_over")
    assert swapped.green == 50
    done = swapped.swap(version=NEWER, take_over=True)
    assert done.rc == 0, done.text
    assert swapped.steps() == [100]
    assert swapped.swap(to="blue").rc == 0


def test_the_balancer_is_away_half_way(swapped: Swapped) -> None:
    """Its runtime API: requests are served all the same."""
    running = swapped.begin_swap(version=NEWER, swap_bake_time="60s", balancer_timeout=2)
    until("a first share", lambda: swapped.green == 5)
    until("the watch", lambda: any(event["kind"] == "bake" for event in swapped.told()))
    place = Path(swapped.balancer["settings"]["socket"])
    hidden = place.with_name("hidden.sock")
    place.rename(hidden)
    ended = running.end()
    refused = swapped.swap(version=NEWER, balancer_timeout=2)
    hidden.rename(place)
    assert ended.rc == 2, ended.text
    assert str(place) in ended.sentence
    assert refused.refused(str(place))
    assert swapped.green == 5
    done = swapped.swap(version=NEWER)
    assert done.rc == 0, done.text
    assert swapped.steps() == [25, 100]


def test_in_place(swapped: Swapped) -> None:
    """Green serves, and goes to the next release one host at a time."""
    swapped.lab.publish(NEWEST)
    before = swapped.weights()
    done = swapped.swap(in_place=True, version=NEWEST)
    assert done.rc == 0, done.text
    assert set(swapped.pool("green").values()) == {NEWEST}
    assert set(swapped.pool("blue").values()) == {BASE}
    assert swapped.weights() == before
    assert [event["host"] for event in swapped.events("host_drained")] == sorted(swapped.pool("green"))


def test_in_place_needs_the_drain(swapped: Swapped) -> None:
    done = swapped.swap(in_place=True, policy=swapped.policy(drains=[]))
    assert done.refused("in_place takes hosts out of the balancer", "drains: [traffic]")


def test_pools_of_two_inventories(swapped: Swapped, tmp_path: Path) -> None:
    """Blue and green each in an inventory of its own, and a balancer that only the user knows of."""
    words = []
    for pool in ("blue", "green"):
        folder = tmp_path / pool
        folder.mkdir()
        source = {"plugin": "atomic.fleet.terraform", "state": str(swapped.lab.state), "pools": [pool]}
        (folder / "lab.fleet.yml").write_text(yaml.safe_dump(source))
        words += ["-i", str(folder)]
    key = {"ansible_ssh_private_key_file": str(swapped.lab.directory / "id_ed25519"), "version": NEWEST}
    command = [swapped.command("swap")[0], *words, "atomic.fleet.swap", "--check", "-e", json.dumps(key)]
    both = swapped.run_command(command)
    assert both.rc == 0, both.text
    assert re.search(r"^  blue +0 %  3 hosts", both.text, re.M)
    assert re.search(r"^  green +100 %  3 hosts, runs the target", both.text, re.M)
    edge = json.dumps({"fleet_traffic": [{**swapped.balancer, "name": "edge"}], **QUICK})
    moved = swapped.run_command([*command[:-3], "-e", command[-1], "-e", edge, "-e", "to=blue"])
    assert moved.rc == 0, moved.text
    assert "edge: blue 100, green 0" in moved.text
    assert swapped.green == 0
    assert swapped.swap(to="green").rc == 0
    # one of them alone knows half of those that take traffic
    half = swapped.run_command([*command[:1], *words[:2], *command[5:]])
    assert half.rc == 2
    assert f"{NAME}-green-1" in half.sentence


def test_by_hand(swapped: Swapped, tmp_path: Path) -> None:
    """The verbs themselves: a look, and shares that somebody chose, once."""
    play = tmp_path / "traffic.yml"
    look = {"atomic.fleet.traffic_info": {"table": True}, "run_once": True, "delegate_to": "localhost"}
    move = {
        "atomic.fleet.traffic": {"shares": {"blue": 30}, "expect": {"green": 100}},
        "run_once": True,
        "delegate_to": "localhost",
    }
    play.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": [look, move]}]))
    foretold = swapped.play(str(play), "--check", "--diff")
    assert foretold.rc == 0, foretold.text
    assert re.search(r"^  green +100 %  #{20}  3 hosts, 3 well", foretold.text, re.M)
    assert "-green: 100" in foretold.text
    assert "+green: 70" in foretold.text
    assert swapped.green == 100
    done = swapped.play(str(play))
    assert done.rc == 0, done.text
    assert "changed=1" in done.text
    assert swapped.green == 70
    again = swapped.play(str(play))
    assert again.refused("web: its shares are blue 30, green 70, and blue 0, green 100 was expected")
    assert swapped.swap(to="green").rc == 0


def test_a_part_of_the_hosts_is_no_pool(swapped: Swapped) -> None:
    done = swapped.swap("--limit", "pool_green", version=NEWER)
    assert done.refused(f"{NAME}-blue-1", "leave out --limit")


def test_killed_while_the_idle_pool_is_brought_to_the_target(swapped: Swapped) -> None:
    before = swapped.journal_path
    running = swapped.begin_swap(version=NEWEST, pool="blue")
    until("its journal", lambda: swapped.journal_path != before)
    rebooting = swapped.when("host_rebooting")["host"]
    running.kill()
    until("the end of all its processes", lambda: not swapped.playing(), 5)
    assert "-blue-" in rebooting
    assert swapped.green == 100
    done = swapped.swap(version=NEWEST, pool="blue")
    assert done.rc == 0, done.text
    assert swapped.green == 0
    assert set(swapped.versions().values()) == {NEWEST}


def test_no_request_failed(swapped: Swapped, watched: tuple[Load, Capacity]) -> None:
    """All of it: of at least 50,000 requests none failed, and never were fewer hosts live than the policy wants."""
    load, capacity = watched
    until("enough requests", lambda: sum(one["sent"] for one in load.so_far()) >= REQUESTS, 180)
    load.stop()
    capacity.stop()
    assert load.failed == {}, load.summary
    assert load.summary["sent"] >= REQUESTS
    assert capacity.least >= FLOOR
    print(f"{load.summary['sent']} requests, none failed; at least {capacity.least} hosts live; {load.summary}")


@contextlib.contextmanager
def monitored(fleet: Swapped) -> Iterator[str]:
    """Something with Prometheus' API that knows how many requests of each pool fail."""
    listen = f"{fleet.balancer['address']}:9090"
    inside = ["ip", "netns", "exec", fleet.lab.name]
    command = [*inside, sys.executable, "-m", "tools.monitor", fleet.balancer["settings"]["socket"], "--listen", listen]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert "listening" in process.stdout.readline()
            yield f"http://{listen}"
        finally:
            process.terminate()


def test_a_release_that_is_sick_only_under_traffic_goes_back(swapped: Swapped) -> None:
    """Green passes every gate of a host; who asks it under traffic sees a third of its answers fail."""
    assert swapped.swap(to="green").rc == 0
    swapped.lab.publish(SICK)
    with monitored(swapped) as url, Load(NAME, swapped.url, RATE) as load:
        query = 'error_ratio{pool="blue"}'
        gate = {"prometheus": {"url": url, "query": query, "at_most": 0.01, "empty": "pass", "timeout": "1s"}}
        done = swapped.swap(version=SICK, swap_bake_time="30s", swap_gates=[gate])
    assert done.rc == 2, done.text
    assert "All traffic was taken back from blue: prometheus: the query" in done.sentence
    assert "It stands at web: blue 0, green 100" in done.sentence
    assert swapped.green == 100
    took = next(event for event in swapped.told() if event["kind"] == "took")
    assert took["took"] < 1
    moved = [(event["kind"], event["shares"]["blue"]) for event in swapped.told() if "shares" in event]
    assert moved == [("shares", 0), ("shares", 5), ("back", 0)]
    assert load.failed.keys() == {"status 500"}
    assert set(swapped.pool("blue").values()) == {SICK}
    assert load.samples[-1]["failed"] == {}
