"""Faults to order: what breaks in real fleets."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Protocol

from . import daemon, host, lifecycle, network
from .errors import LabError
from .paths import HostPaths, Lab, open_lab, write_atomically
from .run import run

FULL_DISK = "999999GB"
USUAL_RESERVE = "64MB"


class AddVerb(Protocol):
    def __call__(self, name: str, what: Callable[[argparse.Namespace], None], text: str) -> argparse.ArgumentParser: ...


def known(lab: Lab, name: str) -> HostPaths:
    if name not in lab.host_names():
        raise LabError(f"Lab {lab.name} has no host {name!r}: it has {', '.join(lab.host_names())}.")
    return lab.host(name)


def on_remote(a: argparse.Namespace) -> None:
    lab = open_lab(a.directory)
    if a.state == "down":
        daemon.stop(lab, lifecycle.REMOTE)
        return
    if a.state == "up":
        lab.fault.unlink(missing_ok=True)
    else:
        write_atomically(lab.fault, f"{a.state} {a.amount}\n")
    if not daemon.alive(daemon.read_record(lab, lifecycle.REMOTE)):
        lifecycle.start(lab, lifecycle.REMOTE, daemon.last_generation(lab, lifecycle.REMOTE))


def on_disk(a: argparse.Namespace) -> None:
    """A full disk as ostree sees it: its reserve cannot be kept."""
    lab = open_lab(a.directory)
    repo = known(lab, a.host).sysroot / "ostree/repo"
    reserve = FULL_DISK if a.state == "full" else USUAL_RESERVE
    run(["ostree", f"--repo={repo}", "config", "set", "core.min-free-space-size", reserve])


def on_link(a: argparse.Namespace) -> None:
    lab = open_lab(a.directory)
    network.cut(lab, known(lab, a.host).name, a.state == "up")


def on_power(a: argparse.Namespace) -> None:
    lab = open_lab(a.directory)
    name = known(lab, a.host).name
    if a.state == "cycle":
        host.power_cycle(lab, name)
    else:
        daemon.stop(lab, name)


def on_delay(a: argparse.Namespace) -> None:
    lab = open_lab(a.directory)
    for name in a.hosts or lab.host_names():
        write_atomically(known(lab, name).boot_delay, f"{a.seconds}\n")


def on_wait(a: argparse.Namespace) -> None:
    lab = open_lab(a.directory)
    sys.stdout.write(host.wait(lab, known(lab, a.host).name, a.other_than, a.timeout) + "\n")


def add_verbs(verb: AddVerb) -> None:
    remote = verb("remote-fault", on_remote, "the remote: down, cut off after AMOUNT bytes, slow, or up again")
    remote.add_argument("state", choices=("down", "cut", "slow", "up"))
    remote.add_argument("amount", type=int, nargs="?", default=0, help="bytes until the cut, or bytes a second")
    disk = verb("disk", on_disk, "a host's disk: full, or free again")
    disk.add_argument("host")
    disk.add_argument("state", choices=("full", "free"))
    link = verb("link", on_link, "a host's network cable: down or up")
    link.add_argument("host")
    link.add_argument("state", choices=("down", "up"))
    power = verb("power", on_power, "a host's power: off and on again at once, or off until the next apply")
    power.add_argument("host")
    power.add_argument("state", choices=("cycle", "off"))
    delay = verb("boot-delay", on_delay, "seconds of firmware before each later boot of these hosts (default: all)")
    delay.add_argument("seconds", type=float)
    delay.add_argument("hosts", nargs="*")
    wait = verb("wait", on_wait, "until a host is up and its health checks are through; prints its boot id")
    wait.add_argument("host")
    wait.add_argument("--other-than", default="", metavar="BOOT_ID", help="an earlier boot, which does not count")
    wait.add_argument("--timeout", type=float, default=120.0, metavar="SECONDS")
