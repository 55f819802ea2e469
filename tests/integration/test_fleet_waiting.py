"""Rollouts that do not come to their end in one run: closed windows, stop_after, pauses, aborts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from tests.integration.fleet_helper import BASE, NEWER, NEWEST, Fleet, Played, until
from tests.integration.own_fleet import own_fleet

pytestmark = pytest.mark.lab
NAME = "when"
# a quarter of an hour off, where no clock of this machine is
ZONE = "Pacific/Chatham"


class Three(Fleet):
    def build(self) -> None:
        self.lab.up({"blue": {"size": 3}})
        self.lab.publish(NEWEST)
        self.inventory.mkdir()
        source = {"plugin": "atomic.fleet.terraform", "state": str(self.lab.state)}
        (self.inventory / "lab.fleet.yml").write_text(yaml.safe_dump(source))
        key = {"ansible_ssh_private_key_file": str(self.lab.directory / "id_ed25519")}
        (self.inventory / "group_vars").mkdir()
        (self.inventory / "group_vars" / "all.yml").write_text(yaml.safe_dump(key))

    def environment(self) -> dict[str, str]:
        return {**super().environment(), "ANSIBLE_SHOW_CUSTOM_STATS": "true"}

    def run_of(self, version: str) -> list[str]:
        return [name for name, found in self.versions().items() if found == version]


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Three]:
    with own_fleet(Three, NAME, tmp_path_factory.mktemp(NAME)) as fleet:
        fleet.build()
        yield fleet


def now() -> datetime:
    return datetime.now(ZoneInfo(ZONE))


def windows(begins: datetime, ends: datetime) -> dict[str, Any]:
    return {"windows": [{"from": f"{begins:%H:%M}", "to": f"{ends:%H:%M}"}], "time_zone": ZONE}


def waits(done: Played, *words: str) -> bool:
    stated = '"atomic_fleet_outcome": "waiting"' in done.text or "atomic_fleet_outcome: waiting" in done.text
    return done.rc == 0 and stated and all(word in done.text for word in ("Waiting: ", *words))


def test_a_closed_window(three: Three) -> None:
    begins = (now() + timedelta(hours=3)).replace(second=0, microsecond=0)
    plan = three.planned(**windows(begins, begins + timedelta(hours=2)))
    boots = three.boots()
    done = three.play("apply", plan=str(plan))
    start = f"{begins:%a %Y-%m-%d %H:%M %Z}"
    assert waits(done, f"canary waits: it is outside of its windows, {begins:%H:%M}-", f"may begin at {start}."), (
        done.text
    )
    utc = f"{begins.astimezone(ZoneInfo('UTC')):%Y-%m-%dT%H:%M:%SZ}"
    assert utc in done.text.partition("CUSTOM STATS")[2], done.text
    assert three.kinds() == ["opened", "waiting", "closed"]
    assert three.events("waiting")[0]["data"]["next_start"] == utc
    assert (three.outcome, three.boots()) == ("waiting", boots)
    assert "Waiting" in three.report()


def test_waiting_in_the_run_then_stopping_pausing_and_going_on(three: Three) -> None:
    begins = (now() + timedelta(seconds=130)).replace(second=0, microsecond=0)
    plan = str(three.planned(waves=[1], **windows(begins, begins + timedelta(hours=5))))
    boots = three.boots()
    done = three.play("apply", plan=plan, wait=True, stop_after="canary")
    assert waits(done, "canary waits: it is outside", "canary: waiting for its window, ", "stop_after is canary"), (
        done.text
    )
    begun = datetime.fromisoformat(three.events("wave_begun")[0]["at"])
    assert timedelta(0) <= begun - begins < timedelta(seconds=60)
    assert three.run_of(NEWER) == [one["host"] for one in three.events("host_verified")]
    assert "  the run: 2 waiting, 1 verified of 3; about " in done.text

    asked = three.play("pause", reason="the storage team is at work")
    assert asked.rc == 0, asked.text
    done = three.play("apply", plan=plan)
    assert waits(done, "wave 1 waits: paused (by root@", ": the storage team is at work); resume, run apply again"), (
        done.text
    )
    assert len(three.run_of(NEWER)) == 1

    assert three.play("pause", resume=True).rc == 0
    done = three.play("apply", plan=plan, stop_after="wave 1")
    assert waits(done, "stop_after is wave 1", "2 of 3 hosts run the target"), done.text
    done = three.play("apply", plan=plan)
    assert done.rc == 0, done.text
    assert (three.outcome, three.run_of(NEWER)) == ("done", three.hosts)
    assert three.boots() == {name: count + 1 for name, count in boots.items()}


def test_an_abort_stops_before_the_next_step(three: Three) -> None:
    plan = str(three.planned(NEWEST))
    name = json.loads(Path(plan).read_text())["id"]
    boots = three.boots()
    three.lab.remote("slow", 60_000)
    running = three.start("apply", plan=plan)
    until("the canary's turn", lambda: is_journal(three, name) and "host_intended" in three.kinds())
    canary = three.events("host_intended")[0]["host"]
    until("work on the host", lambda: "atomic" in three.lab.ssh(canary, "systemctl list-units --plain 'atomic*'"))
    (three.documents / "abort").write_text("wrong release\n")
    three.lab.remote("up")
    done = running.end()
    assert done.refused("Stopped: It was aborted (wrong release).", "0 of 3 hosts run the target"), done.text
    assert sequence_of(three) == ["opened", "wave_begun", "host_intended", "host_staged", "halted", "closed"]
    assert (three.outcome, three.boots()) == ("halted", boots)

    refused = three.play("apply", plan=plan)
    assert refused.refused("is not to be changed: It was aborted (wrong release).", "-e resume=true"), refused.text
    assert three.play("pause", resume=True).rc == 0
    done = three.play("apply", plan=plan)
    assert done.rc == 0, done.text
    assert three.run_of(NEWEST) == three.hosts
    assert three.boots() == {name: count + 1 for name, count in boots.items()}
    assert three.kinds(canary)[:3] == ["host_intended", "host_staged", "host_intended"]
    assert BASE not in three.versions().values()


def is_journal(three: Three, plan: str) -> bool:
    """Whether the journal that was written to last is that plan's."""
    return three.journal_path is not None and three.journal_path.stem == plan


def sequence_of(three: Three) -> list[str]:
    return list(dict.fromkeys(three.kinds()))
