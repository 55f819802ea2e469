"""The parts of a lab that are not hosts, and the end of it all."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path

from . import balancer, bastion, daemon, extensions, host, image, kernel, network
from .errors import LabError
from .paths import BASTION_ADDRESS, STABLE_REF, Lab, write_atomically
from .run import copy_linked, locked, remove_tree, run

NETWORK, REMOTE, BASTION, BALANCER = "network", "remote", "bastion", balancer.UNIT
UNITS = (NETWORK, REMOTE, BASTION, BALANCER)
# what may lie in a directory that becomes a lab's: Terraform's own
OWN_STATE = ("terraform.tfstate", "terraform.tfstate.backup", ".terraform.tfstate.lock.info", ".terraform", "terraform")


def prepare(lab: Lab, cache: Path, variant: str, published: str) -> None:
    """The lab's directory: key, its own copy of the image's repository and first sysroot. Finishes an earlier try."""
    claim(lab)
    if not lab.identity.with_suffix(".pub").exists():
        lab.identity.unlink(missing_ok=True)
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"lab {lab.name}", "-f", lab.identity])
    extensions.make(lab.extensions)
    source = image.ensure(cache, variant)
    if json.loads(lab.marker.read_text()).get("image") == source.name:
        return
    for name in ("repo", "golden"):
        remove_tree(lab.directory / name)
        unfinished = lab.directory / f".{name}"
        remove_tree(unfinished)
        copy_linked(source / name, unfinished)
        unfinished.rename(lab.directory / name)
    for path in sorted(lab.repo.iterdir()):  # refs and summary are the lab's own: what is published differs
        if path.name != "objects":
            remove_tree(path)
            run(["cp", "-a", "--", source / "repo" / path.name, path])
    for name in ("image.json", "release.gpg"):
        write_bytes(lab.directory / name, (source / name).read_bytes())
    publish(lab, published)
    write_atomically(lab.marker, json.dumps({"name": lab.name, "image": source.name}) + "\n")


def claim(lab: Lab) -> None:
    """Make the directory this lab's; refuse one that holds something else."""
    if lab.marker.exists():
        owner = json.loads(lab.marker.read_text())["name"]
        if owner != lab.name:
            raise LabError(f"{lab.directory} belongs to lab {owner}: give lab {lab.name} a directory of its own.")
    elif lab.directory.is_dir() and any(path.name not in OWN_STATE for path in lab.directory.iterdir()):
        raise LabError(f"{lab.directory} is not empty and not a lab's: give lab {lab.name} a directory of its own.")
    lab.directory.mkdir(parents=True, exist_ok=True)
    for folder in (lab.run, lab.logs):
        folder.mkdir(exist_ok=True)
    if not lab.marker.exists():
        write_atomically(lab.marker, json.dumps({"name": lab.name}) + "\n")


def write_bytes(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    path.write_bytes(content)


def publish(lab: Lab, version: str) -> None:
    """Let the stable ref point at a release."""
    versions = json.loads((lab.directory / "image.json").read_text())["versions"]
    if version not in versions:
        raise LabError(f"The lab has no release {version!r}: choose one of {', '.join(versions)}.")
    with locked(lab.run / "repo.lock"):
        run(["ostree", f"--repo={lab.repo}", "refs", "--force", f"--create={STABLE_REF}", versions[version]])
        run(["ostree", f"--repo={lab.repo}", "summary", "-u"])


def settings(lab: Lab, boot_delay: float, boot_attempts: int, weights: Mapping[str, int]) -> None:
    write_atomically(lab.settings, json.dumps({"boot_delay": boot_delay, "boot_attempts": boot_attempts}) + "\n")
    balancer.know(lab, weights)


def start(lab: Lab, unit: str, generation: int) -> None:
    """Start the network, the remote, the bastion or the balancer, unless it runs."""
    with locked(lab.run / f"{unit}.lock"):
        if unit == NETWORK:
            kernel.make_room()
            network.up(lab)
            daemon.write_record(lab, unit, 0, generation)
            return
        if unit == BASTION:
            bastion.prepare(lab)
            host.write_known_hosts(lab)
        if unit == BALANCER:
            balancer.settle(lab)
        else:
            daemon.start(lab, unit, unit)
        if unit == BASTION:
            wait_for_bastion(lab)
        daemon.confirm(lab, unit, generation)


def wait_for_bastion(lab: Lab) -> None:
    with network.inside(lab.name):
        daemon.wait_until(
            lambda: host.greets(BASTION_ADDRESS), 20, f"The bastion did not come up: see {lab.logs}/bastion.log"
        )


def stop(lab: Lab, unit: str) -> None:
    with locked(lab.run / f"{unit}.lock"):
        daemon.stop(lab, unit)
        if unit == NETWORK:
            network.down(lab)


def erase(lab: Lab) -> None:
    """Nothing of the lab is left, whatever state it is in; what a user put into the directory stays."""
    if not lab.directory.is_dir():
        return
    if lab.marker.exists():
        stop(lab, BALANCER)
        balancer.clear(lab)
        for name in sorted({path.name.lstrip(".") for path in lab.hosts.glob("*") if path.is_dir()}):
            host.stop(lab, name)
        for unit in (BASTION, REMOTE, NETWORK):
            stop(lab, unit)
        for path in (
            "hosts",
            ".repo",
            "repo",
            ".golden",
            "golden",
            ".extensions",
            "extensions",
            "bastion",
            "balancer",
            "logs",
            "run",
        ):
            remove_tree(lab.directory / path)
        for path in ("id_ed25519", "id_ed25519.pub", "known_hosts", "settings.json", "image.json", "release.gpg",
                     "remote.fault", "lab.json"):  # fmt: skip
            (lab.directory / path).unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        lab.directory.rmdir()
