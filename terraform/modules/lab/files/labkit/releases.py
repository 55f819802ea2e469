"""The releases that the lab's remote offers, as data: what each adds to the base image."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from .paths import STABLE_REF

BASE_REF = "lab/x86_64/base"
UNSIGNED_REF = "lab/x86_64/unsigned"
FOREIGN_REF = "lab/x86_64/foreign"
DPKG = "usr/lib/sysimage/dpkg/status"


@dataclass(frozen=True)
class Release:
    """One commit.

    overlay: folder under files/image laid over the base, or empty.
    packages: the lab's own packages and their versions; a difference between releases that can be looked at.
    parent: version it is committed on top of, when that is not the ref's newest.
    key: name of the key that signs it; empty: unsigned.
    """

    version: str
    day: str
    packages: Mapping[str, str]
    overlay: str = ""
    ref: str = STABLE_REF
    parent: str = ""
    key: str = "release"


RELEASES = (
    Release("1.0", "2026-01-05", {"lab-web": "1.0", "lab-agent": "0.9"}),
    Release("2.0", "2026-02-02", {"lab-web": "2.0", "lab-agent": "0.9", "lab-metrics": "1.1"}),
    Release("3.0-unhealthy", "2026-03-02", {"lab-web": "3.0", "lab-agent": "0.9", "lab-metrics": "1.1"}, "unhealthy"),
    Release("4.0-dead", "2026-04-06", {"lab-web": "3.1", "lab-agent": "1.0", "lab-metrics": "1.1"}, "dead"),
    Release("5.0", "2026-05-04", {"lab-web": "3.2", "lab-agent": "1.0", "lab-metrics": "1.2"}),
    Release("6.0-sick", "2026-06-01", {"lab-web": "4.0", "lab-agent": "1.0", "lab-metrics": "1.2"}, "sick"),
    Release("2.1-unsigned", "2026-02-09", {"lab-web": "2.1"}, ref=UNSIGNED_REF, parent="2.0", key=""),
    Release("2.2-foreign", "2026-02-16", {"lab-web": "2.2"}, ref=FOREIGN_REF, parent="2.0", key="foreign"),
)


PAYLOAD_FILES, PAYLOAD_SIZE = 32, 65536


def payload(version: str) -> dict[str, bytes]:
    """Data that every release has anew and that does not compress: an upgrade transfers 2 MiB, in many objects."""
    source = random.Random(version)  # the same bytes at every build
    return {f"usr/share/lab/data/{n:02}": source.randbytes(PAYLOAD_SIZE) for n in range(PAYLOAD_FILES)}


def kernel(version: str) -> str:
    """The release of the kernel that a version claims to carry: it changes now and then, as kernels do."""
    return {"1": "6.1.90-lab", "2": "6.1.94-lab"}.get(version.split(".")[0], "6.1.99-lab")


def os_release(version: str) -> str:
    return (
        'NAME="Lab OS"\nID=labos\nID_LIKE=debian\n'
        f'PRETTY_NAME="Lab OS {version}"\nVERSION="{version}"\nVERSION_ID="{version}"\nOSTREE_VERSION="{version}"\n'
    )


@dataclass(frozen=True)
class Base:
    """What the base image holds: `name version` lines, and dpkg's database."""

    packages: str
    database: str


def stanza(name: str, version: str) -> str:
    """A package as dpkg's database has it."""
    return (
        f"Package: {name}\nStatus: install ok installed\nPriority: optional\nSection: misc\nMaintainer: the lab\n"
        f"Architecture: all\nVersion: {version}\nDescription: a part of the lab's release\n"
    )


def generated(release: Release, base: Base) -> dict[str, str]:
    """Files of a release that are made rather than kept: path in the tree -> content."""
    packages = dict(line.split(None, 1) for line in base.packages.splitlines() if line) | dict(release.packages)
    own = [stanza(key, version) for key, version in sorted(release.packages.items())]
    name = kernel(release.version)
    return {
        "usr/lib/os-release": os_release(release.version),
        "usr/share/lab/version": f"{release.version}\n",
        DPKG: "\n".join([base.database.rstrip("\n") + "\n", *own]),
        "usr/share/lab/packages": "".join(f"{key} {packages[key]}\n" for key in sorted(packages)),
        "usr/share/lab/www/index.html": f"lab-web {release.packages['lab-web']} on Lab OS {release.version}\n",
        "usr/share/lab/www/version": f"{release.version}\n",
        "usr/etc/lab-release": f"release {release.version}\n",
        # nspawn shares the machine's kernel: ostree only needs something to make a boot entry of
        f"usr/lib/modules/{name}/vmlinuz": f"kernel {name}\n",
        f"usr/lib/modules/{name}/initramfs.img": f"initramfs {name}\n",
    }
