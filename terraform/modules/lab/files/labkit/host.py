"""One host: made (address, keys, sysroot), started, stopped, removed. Every step may be tried again."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import socket
import uuid
from dataclasses import dataclass
from pathlib import Path

from . import balancer, bootloader, daemon, image, machine, network, supervisor
from .errors import LabError
from .paths import (
    BASTION_ADDRESS,
    BASTION_PRIVATE_ADDRESS,
    CONTROLLER_ADDRESS,
    FIRST_OCTET,
    LAST_OCTET,
    OSNAME,
    REMOTE_PORT,
    HostPaths,
    Lab,
    write_atomically,
)
from .run import copy_linked, locked, remove_tree, run

START_SECONDS = 120.0


@dataclass(frozen=True)
class Wanted:
    """What a host is to be made as; another value means another host."""

    image: str
    release: str


def make(lab: Lab, name: str, release: str, octet: int) -> None:
    """Make a host's files unless it has them; `octet` is the address it would like."""
    host = lab.host(name)
    wanted = Wanted(json.loads(lab.marker.read_text())["image"], release)
    lab.hosts.mkdir(exist_ok=True)
    with locked(lab.run / f"{name}.lock"):
        if made(host) == wanted:
            return
        remove_tree(host.directory)
        reserve_address(lab, host, octet)
        source = golden(lab, release)
        unfinished = HostPaths(host.name, lab.hosts / f".{name}")
        remove_tree(unfinished.directory)
        unfinished.directory.mkdir()
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", unfinished.public_key.with_suffix("")])
        clone(source, unfinished.sysroot)
        personalise(lab, unfinished)
        unfinished.record.write_text(json.dumps(wanted.__dict__) + "\n")
        unfinished.directory.rename(host.directory)
    write_known_hosts(lab)


def made(host: HostPaths) -> Wanted | None:
    try:
        return Wanted(**json.loads(host.record.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def golden(lab: Lab, release: str) -> Path:
    """The sysroot that hosts of a release start from, made on first use."""
    target = lab.golden / release
    with locked(lab.run / "golden.lock"):
        if not target.is_dir():
            image.golden(lab.directory, target, release)
    return target


def reserve_address(lab: Lab, host: HostPaths, wish: int) -> None:
    """Give a host an address for life: the one it would like when that is free, else the lowest that is."""
    with locked(lab.run / "addresses.lock"):
        if host.octet.exists():
            return
        taken = {int(path.read_text()) for path in lab.hosts.glob("*.octet")}
        free = [n for n in (wish, *range(FIRST_OCTET, LAST_OCTET + 1)) if n not in taken]
        if not free:
            raise LabError(f"Lab {lab.name} has no address left for {host.name}: a lab has room for 244 hosts.")
        write_atomically(host.octet, f"{free[0]}\n")


def clone(source: Path, target: Path) -> None:
    """Copy a sysroot: what never changes by hard links, what a host writes for real."""
    copy_linked(source, target)
    changing = [
        "boot",
        f"ostree/deploy/{OSNAME}/var",
        *(str(path.relative_to(source)) for path in source.glob("ostree/deploy/*/deploy/*.?/etc")),
        *(str(path.relative_to(source)) for path in source.glob("ostree/deploy/*/deploy/*.origin")),
        *(f"ostree/repo/{path.name}" for path in (source / "ostree/repo").iterdir() if path.name != "objects"),
    ]
    for name in changing:
        remove_tree(target / name)
        run(["cp", "-a", "--", source / name, target / name])
    for lock in target.glob("ostree/deploy/*/deploy/.#*"):
        lock.unlink()  # nspawn's, for the bastion that runs on the source: a link to it would lock this tree too


def personalise(lab: Lab, host: HostPaths) -> None:
    """What makes a clone this host: machine id, name, host key, and who may log in."""
    (etc,) = host.sysroot.glob(f"ostree/deploy/{OSNAME}/deploy/*.0/etc")
    (etc / "machine-id").write_text(f"{uuid.uuid4().hex}\n")
    (etc / "hostname").write_text(f"{host.name}\n")
    (etc / "hosts").write_text(f"127.0.0.1 localhost\n127.0.1.1 {host.name}\n::1 localhost\n")
    (etc / "ssh/authorized_keys").write_text(lab.identity.with_suffix(".pub").read_text())
    key = host.public_key.with_suffix("")
    for source, mode in ((key, 0o600), (host.public_key, 0o644)):
        target = etc / "ssh" / source.name
        target.write_text(source.read_text())
        target.chmod(mode)


def write_known_hosts(lab: Lab) -> None:
    """Every host's and the bastion's key, under name and address."""
    with locked(lab.run / "known_hosts.lock"):
        lines = []
        bastion = lab.bastion / "ssh_host_ed25519_key.pub"
        if bastion.exists():
            lines.append(f"{lab.jump_namespace},{BASTION_ADDRESS} {bastion.read_text().strip()}\n")
        for host in map(lab.host, lab.host_names()):
            with contextlib.suppress(FileNotFoundError):  # being removed just now: it writes the file again
                names = f"{host.name},{host.address(False)},{host.address(True)}"
                lines.append(f"{names} {host.public_key.read_text().strip()}\n")
        write_atomically(lab.known_hosts, "".join(lines))


def start(lab: Lab, name: str, private: bool, generation: int) -> None:
    """Plug the host in and boot it, unless it runs; returns when sshd answers, the health checks are through
    and the balancer knows it."""
    host = lab.host(name)
    with locked(lab.run / f"{name}.lock"):
        if not daemon.alive(daemon.read_record(lab, name)):
            network.plug(lab, name, host.address(private), private)
            point_to_remote(host, private)
            daemon.start(lab, name, "supervise")
        wait_ready(lab, host, private)
        balancer.join(lab, name, host.address(private))
        daemon.confirm(lab, name, generation)


def point_to_remote(host: HostPaths, private: bool) -> None:
    """The remote's URL as this host can reach it."""
    address = BASTION_PRIVATE_ADDRESS if private else CONTROLLER_ADDRESS
    config = host.sysroot / "ostree/repo/config"
    text = re.sub(
        r"(?m)(^\[remote \"lab\"\]\n(?:[^\[\n].*\n)*?url=).*$", rf"\g<1>http://{address}:{REMOTE_PORT}/",
        config.read_text(),
    )  # fmt: skip
    write_atomically(config, text)


def wait_ready(lab: Lab, host: HostPaths, private: bool) -> None:
    """Until sshd greets and greenboot has spoken; LabError with the log's name when that does not happen."""
    with network.inside(lab.jump_namespace if private else lab.name):
        daemon.wait_until(
            lambda: greets(host.address(private)) and judged(host),
            START_SECONDS,
            f"{host.name} did not come up in {START_SECONDS:.0f} s: see {host.directory}/console.log",
        )


def judged(host: HostPaths) -> bool:
    return bootloader.STATUS in supervisor.load_environment(host)


def boot_id(lab: Lab, name: str) -> str:
    """The running guest's boot id, read from outside; empty while there is none."""
    record = daemon.read_record(lab, name)
    if record is None or not daemon.alive(record):
        return ""
    try:
        (nspawn,) = machine.children(record.pid)
        (guest,) = machine.children(nspawn)
        return Path(f"/proc/{guest}/root/proc/sys/kernel/random/boot_id").read_text().strip()
    except (OSError, ValueError):
        return ""


def wait(lab: Lab, name: str, other_than: str, seconds: float) -> str:
    """Until a host is up, in another boot than the one given; its boot id."""
    host = lab.host(name)
    private = network.has_link(lab.jump_namespace, network.port(name))

    def up() -> bool:
        return boot_id(lab, name) not in ("", other_than) and judged(host) and greets(host.address(private))

    with network.inside(lab.jump_namespace if private else lab.name):
        daemon.wait_until(up, seconds, f"{name} was not up after {seconds:.0f} s: see {host.directory}/console.log")
    return boot_id(lab, name)


def greets(address: str) -> bool:
    try:
        with socket.create_connection((address, 22), timeout=1) as connection:
            connection.settimeout(1)
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def stop(lab: Lab, name: str) -> None:
    """Take a host from behind the balancer, switch it off and take its namespace away; its files stay."""
    with locked(lab.run / f"{name}.lock"):
        balancer.leave(lab, name)
        daemon.stop(lab, name)
        network.unplug(lab, name)


def remove(lab: Lab, name: str) -> None:
    """Nothing of the host is left."""
    stop(lab, name)
    host = lab.host(name)
    remove_tree(host.directory)
    remove_tree(lab.hosts / f".{name}")
    host.octet.unlink(missing_ok=True)
    for path in (lab.logs / f"{name}.log", lab.run / f"{name}.json", lab.run / f"{name}.lock"):
        path.unlink(missing_ok=True)
    write_known_hosts(lab)


def power_cycle(lab: Lab, name: str) -> None:
    daemon.signal_unit(lab, name, signal.SIGUSR1)
