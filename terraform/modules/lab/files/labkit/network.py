"""The lab's networks: namespaces of their own, joined to nothing else on the machine."""

from __future__ import annotations

import contextlib
import ctypes
import os
import zlib
from collections.abc import Iterator
from pathlib import Path

from .errors import LabError
from .paths import BASTION_ADDRESS, BASTION_PRIVATE_ADDRESS, CONTROLLER_ADDRESS, Lab
from .run import run

NAMESPACES = Path("/run/netns")
CLONE_NEWNET = 0x40000000
BRIDGE = "br0"
HOST_INTERFACE = "host0"


def exists(namespace: str) -> bool:
    """Whether the namespace is there: its name may be the remains of one, where /run is not in memory."""
    try:
        return (NAMESPACES / namespace).stat().st_dev != NAMESPACES.parent.stat().st_dev
    except FileNotFoundError:
        return False


def batch(namespace: str, lines: list[str]) -> None:
    run(["ip", "-n", namespace, "-batch", "-"], stdin="\n".join(lines) + "\n")


def port(host: str) -> str:
    """Name of the bridge's end of a host's cable: short enough for the kernel, the same at every start."""
    return f"h{zlib.crc32(host.encode()):08x}"


def hardware_address(host: str) -> str:
    """A host keeps its network card: a new one would be unreachable until its neighbours forget the old one."""
    digits = f"{zlib.crc32(host.encode()):08x}"
    return ":".join(["02", "88", *(digits[i : i + 2] for i in range(0, 8, 2))])


def up(lab: Lab) -> None:
    """The controller's side and the bastion's, each with a bridge; finishes what an earlier try began."""
    for namespace, address in ((lab.name, CONTROLLER_ADDRESS), (lab.jump_namespace, BASTION_PRIVATE_ADDRESS)):
        add_namespace(namespace)
        if not has_link(namespace, BRIDGE):
            batch(namespace, [f"link add {BRIDGE} type bridge"])
        batch(namespace, [f"addr replace {address}/24 dev {BRIDGE}", f"link set {BRIDGE} up"])
    if not has_link(lab.jump_namespace, "main"):
        mac = hardware_address(lab.jump_namespace)
        batch(lab.name, [f"link add jump type veth peer name main address {mac} netns {lab.jump_namespace}"])
    batch(lab.name, [f"link set jump master {BRIDGE}", "link set jump up"])
    batch(lab.jump_namespace, [f"addr replace {BASTION_ADDRESS}/24 dev main", "link set main up"])


def down(lab: Lab) -> None:
    remove_namespace(lab.jump_namespace)
    remove_namespace(lab.name)


def plug(lab: Lab, host: str, address: str, private: bool) -> None:
    """Give a host its namespace and a cable to the main or the private bridge."""
    side = lab.jump_namespace if private else lab.name
    unplug(lab, host)
    add_namespace(host)
    batch(
        side,
        [
            f"link add {port(host)} type veth peer name {HOST_INTERFACE} address {hardware_address(host)} netns {host}",
            f"link set {port(host)} master {BRIDGE}",
            f"link set {port(host)} up",
        ],
    )
    batch(host, [f"addr add {address}/24 dev {HOST_INTERFACE}", f"link set {HOST_INTERFACE} up"])


def unplug(lab: Lab, host: str) -> None:
    for side in (lab.name, lab.jump_namespace):
        if exists(side) and has_link(side, port(host)):
            batch(side, [f"link del {port(host)}"])
    remove_namespace(host)


def cut(lab: Lab, host: str, connected: bool) -> None:
    """Pull or put back a host's cable, at the bridge's end so that the host keeps its routes."""
    for side in (lab.name, lab.jump_namespace):
        if exists(side) and has_link(side, port(host)):
            batch(side, [f"link set {port(host)} {'up' if connected else 'down'}"])
            return
    raise LabError(f"{host} has no network in lab {lab.name}: terraform apply starts it again.")


def add_namespace(name: str) -> None:
    if not exists(name):
        (NAMESPACES / name).unlink(missing_ok=True)
        run(["ip", "netns", "add", name])
    batch(name, ["link set lo up"])


def remove_namespace(name: str) -> None:
    if exists(name):
        run(["ip", "netns", "del", name])
    else:
        (NAMESPACES / name).unlink(missing_ok=True)


def has_link(namespace: str, link: str) -> bool:
    try:
        run(["ip", "-n", namespace, "link", "show", link])
    except LabError:
        return False
    return True


def enter(namespace: str) -> None:
    """Move this thread into a network namespace: sockets it makes from now on belong there."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = os.open(NAMESPACES / namespace, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if libc.setns(handle, CLONE_NEWNET) != 0:
            raise LabError(f"Cannot enter network namespace {namespace}: {os.strerror(ctypes.get_errno())}")
    finally:
        os.close(handle)


@contextlib.contextmanager
def inside(namespace: str) -> Iterator[None]:
    """Be in a network namespace for a while."""
    home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        enter(namespace)
        yield
    finally:
        ctypes.CDLL(None).setns(home, CLONE_NEWNET)
        os.close(home)
