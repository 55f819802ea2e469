"""The bootc command: it has no daemon, and waits for whoever works on the deployments."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from . import bootc_status, clap, commits, oci, settings, sysroot, transaction
from .errors import ToolError
from .origin import Origin
from .settings import RUN

VERSION = "1.16.0"
LAYERED = (
    "Deployment contains local rpm-ostree modifications; cannot upgrade via bootc. "
    "You can run `rpm-ostree reset` to undo the modifications."
)
Values = dict[str, Any]


def run(argv: list[str]) -> int:
    """One command line; its exit code."""
    if argv in (["--version"], ["-V"]):
        print(f"bootc {VERSION}")
        return 0
    lacking = settings.load()["without"]
    if argv[1:] in (["--help"], ["-h"]) and argv[0] in clap.VERBS:
        print(f"Usage: bootc {argv[0]} [OPTIONS]\n\nOptions:")
        known = [one for one in clap.VERBS[argv[0]].arguments if one.name not in lacking]
        print("".join(f"      --{one.name}{f' <{one.key.upper()}>' if one.value else ''}\n" for one in known), end="")
        return 0
    name, values, word = clap.parse(argv, lacking)
    return RUN_VERB[name](values, word)


@contextmanager
def writing(context: str) -> Iterator[None]:
    """The sysroot for ourselves; what goes wrong in it names what was being done."""
    with transaction.locked(RUN / "sysroot.lock", wait=True):
        transaction.wait_while_held()
        if settings.load()["disk_full"]:
            raise ToolError(f"{context}: Pulling: Insufficient free space (available: 0 bytes required: 2.1 MB)")
        try:
            yield
        except ToolError as error:
            raise ToolError(f"{context}: {error}", error.code) from error


def do_status(values: Values, word: str | None) -> int:
    version = values["format_version"]
    if version not in (None, "0", "1"):
        raise ToolError(f"Unsupported format version: {version}")
    document = bootc_status.collect()
    if settings.load()["status_prints"] is not None:
        sys.stdout.write(settings.load()["status_prints"])
        return 0
    if values["booted"]:
        document["status"]["staged"] = document["status"]["rollback"] = None
    if values["json"] or values["format"] == "json":
        json.dump(document, sys.stdout)
        print()
    elif values["format"] == "yaml":
        raise ToolError("the double writes no YAML: ask for --json")
    else:
        print(human(document))
    return 0


def human(document: Values) -> str:
    lines = []
    for slot, heading in (("staged", "  Staged image"), ("booted", "● Booted image"), ("rollback", "  Rollback image")):
        entry = document["status"][slot]
        if entry is not None and entry["image"]:
            lines.append(
                f"{heading}: {entry['image']['image']['image']}\n        Digest: {entry['image']['imageDigest']}"
            )
        elif entry is not None:
            lines.append(f"{heading.replace('image', 'ostree')}\n        Commit: {entry['ostree']['checksum']}")
    return "\n\n".join(lines)


def no_soft_reboot(values: Values) -> None:
    if values["soft_reboot"] == "required":
        raise ToolError("Soft reboot was required but staged deployment is not soft-reboot capable")


def do_upgrade(values: Values, word: str | None) -> int:
    if values["tag"] is not None:
        raise ToolError("the double knows no upgrade --tag")
    with writing("Upgrading"):
        staged, booted = bootc_status.slots(sysroot.deployments())[:2]
        start = staged or booted
        if booted.origin.mutated or (staged and staged.origin.mutated):
            raise ToolError(LAYERED)
        reference = start.origin.image
        if not reference:
            raise ToolError("Missing image in specification")
        if values["from_downloaded"]:
            from_downloaded(staged)
        elif values["check"]:
            check(booted.checksum, reference)
            return 0
        else:
            upgrade(reference, staged, booted, values["download_only"])
        no_soft_reboot(values)
        if values["apply"] and sysroot.read_staged() is not None:
            sysroot.reboot()
    return 0


def from_downloaded(staged: sysroot.Deployment | None) -> None:
    if staged is None:
        raise ToolError("No staged deployment found")
    if sysroot.unlock():
        print("Staged deployment will now be applied on reboot")
    else:
        print("Staged deployment is already set to apply on reboot")


def check(booted: str, reference: str) -> None:
    """What the registry has now, remembered as the cached update."""
    image = oci.fetch(reference)
    bootc_status.write_cached(booted, image)
    name = oci.plain(reference)
    if image.digest == commits.load(booted).metadata["ostree.manifest-digest"]:
        print(f"No changes in: {name}")
        return
    print(f"Update available for: {name}")
    if image.version:
        print(f"  Version: {image.version}")
    print(f"  Digest: {image.digest}")


def upgrade(reference: str, staged: sysroot.Deployment | None, booted: sysroot.Deployment, hold: bool) -> None:
    image = oci.fetch(reference)
    bootc_status.write_cached(booted.checksum, image)
    if staged and digest_of(staged) == image.digest:
        if hold and not staged.locked:
            sysroot.LOCKED.touch()
            print("Image downloaded, but will not be applied on reboot")
        elif not hold and sysroot.unlock():
            print("Staged deployment will now be applied on reboot")
        else:
            print("Staged update present, not changed")
    elif digest_of(booted) == image.digest:
        print("No update available.")
    else:
        stage(reference, image, booted, hold)


def digest_of(entry: sysroot.Deployment) -> str | None:
    return commits.load(entry.checksum).metadata.get("ostree.manifest-digest")


def stage(reference: str, image: oci.Image, booted: sysroot.Deployment, hold: bool = False) -> None:
    """Bring an image in and stage it, on top of what runs."""
    checksum = oci.bring(reference, image)
    print("layers already present: 0; layers needed: 1 (2.1 MB)")
    sysroot.stage(checksum, Origin(image=reference), booted.osname, booted.kargs, hold)
    print(f"Queued for next boot: {oci.plain(reference)}")
    if image.version:
        print(f"  Version: {image.version}")
    print(f"  Digest: {image.digest}")


def do_switch(values: Values, word: str | None) -> int:
    transport = values["transport"] or "registry"
    if transport not in ("registry", "docker"):
        raise ToolError(f"Switching: the double knows no transport {transport}")
    if values["mutate_in_place"]:
        raise ToolError("Switching: the double knows no --mutate-in-place")
    signed = values["enforce_container_sigpolicy"]
    reference = f"ostree-image-signed:docker://{word}" if signed else f"ostree-unverified-registry:{word}"
    with writing("Switching"):
        staged, booted = bootc_status.slots(sysroot.deployments())[:2]
        wanted = (staged or booted).origin
        if wanted.image == reference and not wanted.mutated:
            print("Image specification is unchanged.")
            return 0
        image = oci.fetch(reference)
        if booted.origin.refspec and not values["retain"]:
            commits.drop(booted.origin.refspec)
        stage(reference, image, booted)
        no_soft_reboot(values)
        if values["apply"]:
            sysroot.reboot()
    return 0


def do_rollback(values: Values, word: str | None) -> int:
    with writing("Rollback"):
        staged, booted, rollback = bootc_status.slots(sysroot.deployments())[:3]
        if rollback is None:
            raise ToolError("No rollback available")
        if not rollback.origin.image or rollback.origin.mutated:
            raise ToolError("Rollback is not container image based")
        reverting = rollback.index < booted.index
        if reverting:
            print("notice: Reverting queued rollback state")
        if staged is not None:
            sysroot.remove([staged])
        chosen = booted if reverting else rollback
        place = next(e for e in sysroot.deployments() if (e.checksum, e.serial) == (chosen.checksum, chosen.serial))
        sysroot.make_default(place)
        print(f"Next boot: {'current' if reverting else 'rollback'} deployment")
        if values["soft_reboot"] == "required":
            raise ToolError("Soft reboot was required but rollback deployment is not soft-reboot capable")
        if values["apply"]:
            sysroot.reboot()
    return 0


RUN_VERB: dict[str, Callable[[Values, str | None], int]] = {
    "status": do_status,
    "upgrade": do_upgrade,
    "switch": do_switch,
    "rollback": do_rollback,
}
