"""What breaks, when, and what has to come of it."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.faults.site import ALLOWED, Site, clock_file, turning_clock
from tests.integration.fleet_helper import Played

FOLDER, HOST = "{{ ansible_ssh_private_key_file | dirname }}", "{{ inventory_hostname }}"
DRAIN = {
    "drain": ["sh", "-c", '[ ! -e "$1/hang-$2" ] || sleep 600; touch "$1/drained-$2"', "sh", FOLDER, HOST],
    "undrain": ["rm", "-f", f"{FOLDER}/drained-{HOST}"],
    "timeout": "20s",
}
AN_HOUR_BACK = "-3600\n"


@dataclass
class Trial:
    """One case under way: the plan, and what it says of itself afterwards."""

    site: Site
    plan: str
    waves: Sequence[Sequence[str]]
    at: str = ""
    runs: int = 1
    # boots that the fault itself costs, by host
    extra: Counter[str] = field(default_factory=Counter)

    def broke(self, what: str = "") -> None:
        """This is the moment of the fault."""
        self.at = f"after event {len(self.site.events())}{what and ', '}{what}"

    def stopped(self, done: Played, *words: str) -> None:
        """It ended as it should: told in one sentence with these words, no traceback."""
        assert done.rc != 0, f"it did not stop:\n{done.text[-1500:]}"
        assert "Traceback" not in done.text, done.text[-1500:]
        said = " ".join(done.sentences)
        assert not words or any(word in said for word in words), f"it said {said or done.text[-1500:]}"

    def goes_on(self) -> None:
        """The same plan again, until its end."""
        self.runs += 1
        done = self.site.again(self.plan)
        assert done.rc == 0, f"run {self.runs} did not come to its end: {' '.join(done.sentences) or done.text[-1500:]}"


@dataclass(frozen=True)
class Case:
    """`act` applies the plan and breaks something. `bad`: the release is unhealthy, all hosts are to stay."""

    name: str
    act: Callable[[Trial], None]
    policy: Mapping[str, Any] = field(default_factory=dict)
    bad: bool = False
    small_store: bool = False
    allowed: int = ALLOWED


def undisturbed(trial: Trial) -> None:
    done = trial.site.play("apply", plan=trial.plan)
    assert done.rc == 0, done.text[-1500:]


def way_back(trial: Trial) -> None:
    trial.stopped(trial.site.play("apply", plan=trial.plan), "went back")


def killed(kind: str, number: int, bad: bool = False) -> Callable[[Trial], None]:
    """SIGKILL as soon as the journal holds that event."""

    def act(trial: Trial) -> None:
        running = trial.site.start("apply", plan=trial.plan)
        trial.site.nth(running, kind, number)
        trial.broke()
        running.kill()
        trial.runs += 1
        again = trial.site.play("apply", plan=trial.plan)
        if bad:
            # where the way back had ended already, there is nothing more to do: the budget is spent
            trial.stopped(again, "went back", "no failure budget left")
        else:
            assert again.rc == 0, f"it did not go on: {' '.join(again.sentences) or again.text[-1500:]}"

    return act


def dies_waiting(trial: Trial) -> None:
    """A host of the last wave loses its power while the canary bakes, and gets it back later."""
    site, victim = trial.site, trial.waves[-1][-1]
    running = site.start("apply", plan=trial.plan)
    site.nth(running, "host_verified", 1)
    site.lab.power_off(victim)
    trial.broke(victim)
    trial.extra[victim] += 1
    trial.stopped(running.end(), "no room to be taken away")
    site.lab.up()
    site.lab.wait(victim)
    trial.goes_on()


def dies_rebooting(trial: Trial) -> None:
    """A host does not come back from its reboot, until somebody sees to it."""
    site, victim = trial.site, trial.waves[1][0]
    site.lab.boot_delay(3600, victim)
    running = site.start("apply", plan=trial.plan)
    site.nth(running, "host_failed", 1)
    trial.broke(victim)
    trial.stopped(running.end(), "may not begin", "Stopped")
    site.lab.boot_delay(0, victim)
    before = site.boots()[victim]
    # a cycle would not cut its firmware short
    site.lab.power_off(victim)
    site.lab.up()
    site.lab.wait(victim)
    trial.extra[victim] += site.boots()[victim] - before - 1
    trial.goes_on()


def remote_down(trial: Trial) -> None:
    site = trial.site
    running = site.start("apply", plan=trial.plan)
    site.nth(running, "wave_begun", 2)
    site.lab.remote("down")
    trial.broke()
    trial.stopped(running.end(), "stage failed")
    site.lab.remote("up")
    trial.goes_on()


def lock_lost(trial: Trial) -> None:
    """The process that holds the lock dies in the middle of a wave's reboots."""
    site = trial.site
    running = site.start("apply", plan=trial.plan)
    site.nth(running, "host_rebooting", 3)
    os.kill(site.keeper(), signal.SIGKILL)
    trial.broke()
    trial.stopped(running.end(), "the lock of the fleet was lost", "no longer held")
    trial.goes_on()


def store_full(trial: Trial) -> None:
    """The store's disk fills up in the middle of a wave, and is cleared later."""
    site = trial.site
    running = site.start("apply", plan=trial.plan)
    site.nth(running, "host_staged", 3)
    ballast = site.fill_store()
    trial.broke()
    trial.stopped(running.end(), "No space left on device")
    ballast.unlink()
    trial.goes_on()


def hangs_in_drain(trial: Trial) -> None:
    """The drain of one host never ends by itself; it is mended later."""
    site, victim = trial.site, trial.waves[1][0]
    hang = site.lab.directory / f"hang-{victim}"
    hang.touch()
    running = site.start("apply", plan=trial.plan)
    site.nth(running, "host_failed", 1)
    trial.broke(victim)
    trial.stopped(running.end(300), "Not complete")
    hang.unlink()
    trial.goes_on()
    left = sorted(path.name for path in site.lab.directory.glob("drained-*"))
    assert not left, f"still drained: {left}"


def clock_back(trial: Trial) -> None:
    """The controller's clock jumps back an hour in the middle of a wave, and the run goes on."""
    site = trial.site
    site.extra = turning_clock(site.home)
    running = site.start("apply", plan=trial.plan)
    site.nth(running, "host_staged", 4)
    clock_file(site.home).write_text(AN_HOUR_BACK)
    trial.broke()
    done = running.end()
    assert done.rc == 0, done.text[-1500:]
    site.extra = {}


def clock_back_killed(trial: Trial) -> None:
    """Killed, and taken up again by a controller whose clock is an hour behind."""
    site = trial.site
    running = site.start("apply", plan=trial.plan)
    site.nth(running, "host_rebooting", 5)
    trial.broke()
    running.kill()
    site.extra = turning_clock(site.home)
    clock_file(site.home).write_text(AN_HOUR_BACK)
    trial.goes_on()
    site.extra = {}


REFERENCE = Case("undisturbed", undisturbed)
REFERENCE_BACK = Case("undisturbed way back", way_back, bad=True)
OTHERS = (
    Case("a host dies while it waits for its wave", dies_waiting, {"bake_time": 4}),
    Case(
        "a host dies in its reboot",
        dies_rebooting,
        {"boot_timeout": 15, "failure_budget": 1, "on_failure": "halt"},
    ),
    Case("a host hangs in its drain", hangs_in_drain, {"drains": [{"command": DRAIN}], "failure_budget": 1}),
    Case("remote down", remote_down),
    Case("lock lost", lock_lost),
    Case("store full", store_full, small_store=True),
    Case("clock jumps back an hour", clock_back),
    Case("killed, and the clock jumps back an hour", clock_back_killed),
)
# kinds that only a way back has
BACK = ("host_failed", "host_going_back", "host_went_back", "halted")


def kills(counts: Mapping[str, int], back: Mapping[str, int], every: bool) -> list[Case]:
    """A case for the first and the middle event of each kind of the undisturbed rollout, or for every event."""
    found = []
    for kind, count in counts.items():
        numbers = range(1, count + 1) if every else sorted({1, (count + 1) // 2})
        found += [Case(f"killed at {kind} {number} of {count}", killed(kind, number)) for number in numbers]
    found += [
        Case(f"killed at {kind} 1 of {back[kind]}", killed(kind, 1, True), bad=True) for kind in BACK if kind in back
    ]
    return found
