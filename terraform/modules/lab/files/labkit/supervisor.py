"""One host's firmware and power supply: picks the boot entry, boots it, and does so again when the guest reboots.

SIGTERM: power off and end. SIGUSR1: power cut, then boot again. A guest that powers itself off ends the supervisor:
the next `terraform apply` switches the host on.
"""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from . import bootloader, daemon, machine
from .paths import OSNAME, HostPaths, Lab, write_atomically

INIT = "/usr/libexec/lab/init"


def settings(lab: Lab, host: HostPaths) -> tuple[float, int]:
    """Seconds of firmware before a boot (the host's own file wins), and how often a new deployment may be tried."""
    content = json.loads(lab.settings.read_text())
    delay = float(content["boot_delay"])
    with contextlib.suppress(OSError, ValueError):
        delay = float(host.boot_delay.read_text())
    return delay, int(content["boot_attempts"])


def entries(host: HostPaths) -> list[bootloader.Entry]:
    """Boot entries, the default first."""
    files = (host.boot / "loader" / "entries").glob("*.conf")
    found = [bootloader.parse_entry(path.read_text()) for path in files]
    return sorted(found, key=lambda entry: -entry.version)


def deployment(host: HostPaths, entry: bootloader.Entry) -> Path:
    return Path(str(host.sysroot) + entry.ostree).resolve()


def load_environment(host: HostPaths) -> dict[str, str]:
    try:
        return bootloader.parse_environment(host.bootenv.read_text())
    except FileNotFoundError:
        return {}


class Supervisor:
    """Runs one host until it is switched off."""

    def __init__(self, lab: Lab, host: HostPaths) -> None:
        self.lab = lab
        self.host = host
        self.guest: subprocess.Popen[bytes] | None = None
        self.switched_off = False

    def say(self, text: str) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        sys.stdout.write(f"{now} {text}\n")
        sys.stdout.flush()

    def on_term(self, *_: object) -> None:
        self.switched_off = True
        self.strike()

    def on_cycle(self, *_: object) -> None:
        self.say("power cut")
        self.strike()

    def strike(self) -> None:
        """Take the power away from inside a signal handler: only a kill, the main loop does the waiting."""
        if self.guest is not None and self.guest.poll() is None:
            machine.kill_guest(self.guest)

    def run(self) -> None:
        signal.signal(signal.SIGTERM, self.on_term)
        signal.signal(signal.SIGUSR1, self.on_cycle)
        machine.prepare()
        daemon.report(self.lab, self.host.name)
        first = True
        while not self.switched_off:
            if not first:
                self.wait_for_firmware()
            first = False
            status = self.boot_once()
            if status is None:
                self.say("no deployment is left that could boot: staying at the boot loader")
                while not self.switched_off:
                    signal.pause()
                return
            self.say(f"guest ended with {status}")
            if status == 0 and not self.switched_off:
                return  # powered itself off

    def wait_for_firmware(self) -> None:
        """Slow firmware: the delay is read at every boot, and a switch-off ends it."""
        end = time.monotonic() + settings(self.lab, self.host)[0]
        while not self.switched_off and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 0.2))

    def boot_once(self) -> int | None:
        """Boot what the boot loader chooses; the guest's exit status, or None when nothing can boot."""
        attempts = settings(self.lab, self.host)[1]
        found = entries(self.host)
        trees = [deployment(self.host, entry) for entry in found]
        choice = bootloader.choose([tree.name for tree in trees], load_environment(self.host), attempts)
        if choice.position is None or self.switched_off:
            return None
        write_atomically(self.host.bootenv, bootloader.format_environment(choice.environment))
        entry, tree = found[choice.position], trees[choice.position]
        (self.host.directory / "cmdline").write_text(entry.cmdline)
        (self.host.directory / "ostree-booted").touch()
        self.say(f"boot entry {choice.position}: {entry.title} ({tree.name}), {dict(choice.environment)}")
        host, root = self.host, self.host.sysroot
        self.guest = machine.spawn(
            tree,
            host.name,
            host.name,
            [
                "--kill-signal=SIGRTMIN+3",
                "--capability=all",
                f"--bind={root}:/sysroot:norbind",
                f"--bind={host.boot}:/boot",
                f"--bind={root}/ostree/deploy/{OSNAME}/var:/var",
                f"--bind-ro={tree}/usr:/usr",
                f"--bind={host.directory}/ostree-booted:/run/ostree-booted",
                f"--bind-ro={host.directory}/cmdline:/run/lab/cmdline",
            ],
            [INIT],
            host.directory / "console.log",
        )
        if self.switched_off:
            self.strike()
        return self.guest.wait()
