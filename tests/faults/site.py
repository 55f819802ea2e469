"""A lab of twelve hosts on which a plan is applied while something breaks, watched from outside."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.faults.outages import most_down
from tests.integration.fleet_helper import Fleet, Played, Running, until

HOSTS = 12
# a host keeps what it ran before on disk, so what comes next is never there
RELEASES = ("1.0", "2.0", "5.0")
POLLER = Path(__file__).resolve().with_name("poller.py")
# 1, 3, 3, 3 and 2 hosts; never more than three away
POLICY = {"canary": 1, "waves": ["25%"], "max_unavailable": "25%"}
ALLOWED = 3


@dataclass
class Site(Fleet):
    """The lab, and what a case adds to the controller's environment."""

    extra: dict[str, str] = field(default_factory=dict)

    def build(self) -> None:
        self.lab.up({"blue": {"size": HOSTS}}, release=RELEASES[0])
        self.inventory.mkdir(parents=True, exist_ok=True)
        source = {"plugin": "atomic.fleet.terraform", "state": str(self.lab.state)}
        (self.inventory / "lab.fleet.yml").write_text(yaml.safe_dump(source))
        (self.inventory / "group_vars").mkdir(exist_ok=True)
        key = {"ansible_ssh_private_key_file": str(self.lab.directory / "id_ed25519")}
        (self.inventory / "group_vars" / "all.yml").write_text(yaml.safe_dump(key))

    def environment(self) -> dict[str, str]:
        return {**super().environment(), **self.extra}

    def level(self) -> str:
        """All hosts well and with the same release, which is returned; what is not is made anew."""
        self.end_all()
        self.extra = {}
        if not self.lab.fleet:
            self.build()
        self.lab.remote("up")
        self.lab.boot_delay(0)
        runs = self.everywhere(self._runs)
        usual = Counter(version for version in runs.values() if version in RELEASES).most_common(1)
        if usual and set(runs.values()) == {usual[0][0]}:
            return usual[0][0]
        unfit = [name for name, version in runs.items() if version != RELEASES[0]]
        for name in unfit:
            self.lab.restore(name)
        anew = [f'-replace=module.lab.terraform_data.host["{name}"]' for name in unfit]
        try:
            self.lab.call([*self.lab.arguments("apply"), *anew])
        except AssertionError:
            # a host that had died is seen to run only while it is made anew
            self.lab.call(self.lab.arguments("apply"))
        self.lab.fleet = self.lab.outputs()["fleet"]
        return RELEASES[0]

    def _runs(self, name: str) -> str:
        """The release of a host that is well; "?" of any other."""
        look = "cat /usr/share/lab/version /run/motd.d/boot-status; ostree admin status | head -n 1"
        try:
            text = self.lab.ssh(name, look, timeout=20)
        except (AssertionError, subprocess.TimeoutExpired):
            return "?"
        version = text.partition("\n")[0]
        return version if "GREEN" in text and text.splitlines()[-1].startswith("*") else "?"

    def plan(self, version: str, policy: Mapping[str, Any]) -> str:
        self.lab.publish(version)
        path, words = self.home / "plan.json", self.home / "policy.yml"
        words.write_text(yaml.safe_dump({**POLICY, **policy}))
        checksum = self.lab.versions()[version]
        made = self.play("plan", checksum=checksum, plan=str(path), policy=str(words))
        assert made.rc == 0, made.text
        return str(path)

    def nth(self, running: Running, kind: str, number: int) -> None:
        """Wait until the journal holds that many events of a kind."""

        def there() -> bool:
            if len(self.events(kind)) >= number:
                return True
            assert running.process.poll() is None, f"apply ended before {kind} {number}:\n{running.text[-2000:]}"
            return False

        until(f"{kind} {number}", there, 180)

    def again(self, plan: str) -> Played:
        """apply once more; started over where that is what it asks for."""
        done = self.play("apply", plan=plan)
        return self.play("apply", plan=plan, anew="true") if "-e anew=true" in done.text else done

    def keeper(self) -> int:
        """The process that holds the lock."""
        return int(json.loads((self.documents / "lock" / "fleet.json").read_text())["pid"])

    @contextlib.contextmanager
    def watched(self) -> Iterator[Watched]:
        """The hosts, looked at from outside of the fleet while this lasts."""
        hosts, seen = self.home / "hosts.json", self.home / "seen.jsonl"
        hosts.write_text(json.dumps({host["name"]: host["address"] for host in self.lab.fleet["hosts"]}))
        seen.unlink(missing_ok=True)
        command = ["ip", "netns", "exec", self.lab.name, sys.executable, str(POLLER), str(hosts), str(seen)]
        watched = Watched(seen)
        with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
            try:
                until("the first look at all hosts", lambda: len(watched.up()) == len(self.hosts), 30)
                yield watched
            finally:
                process.terminate()

    @contextlib.contextmanager
    def small_store(self, size: str = "4m") -> Iterator[None]:
        """The store on a disk of its own that is soon full."""
        self.store.mkdir(parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "faults", str(self.store)], check=True)
        try:
            yield
        finally:
            subprocess.run(["umount", "--lazy", str(self.store)], check=True)

    def fill_store(self) -> Path:
        """Takes all that is left in the store's disk."""
        ballast = self.store / "ballast"
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
        return ballast


@dataclass
class Watched:
    """What the poller has written so far."""

    path: Path

    def changes(self) -> list[dict[str, Any]]:
        text = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        return [json.loads(line) for line in text.split("\n")[:-1]]

    def up(self) -> set[str]:
        """The hosts that answered when they were last looked at."""
        last = {one["host"]: one["up"] for one in self.changes()}
        return {name for name, up in last.items() if up}

    def most_down(self) -> tuple[int, tuple[str, ...]]:
        return most_down(self.changes())


def turning_clock(home: Path) -> dict[str, str]:
    """What turns the time of day of a controller by the seconds in ``clock_file``, and lets its monotonic time be."""
    clock_file(home).write_text("0\n")
    library = home / "wall_clock.so"
    compiler = shutil.which("cc")
    assert compiler, "The clock cannot be turned back without a C compiler: install Debian's gcc."
    source = Path(__file__).with_name("wall_clock.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"], check=True)
    return {"LD_PRELOAD": str(library), "WALL_CLOCK_FILE": str(clock_file(home))}


def clock_file(home: Path) -> Path:
    return home / "clock"
