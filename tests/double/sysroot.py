"""The host's deployments: read from where ostree keeps them, changed by ostree itself."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import origin
from .errors import ToolError

ENTRIES = Path("/boot/loader/entries")
DEPLOY = Path("/ostree/deploy")
STAGED = Path("/run/ostree/staged-deployment")
LOCKED = Path("/run/ostree/staged-deployment-locked")
DEPLOYMENT_STATE = Path("/run/ostree/deployment-state")
FINALIZE = "ostree-finalize-staged.service"
TARGET = re.compile(rb"([0-9a-f]{64})\.(\d+)\x00")


@dataclass(frozen=True)
class Deployment:
    """One deployment, as it stands in the boot order."""

    index: int
    osname: str
    checksum: str
    serial: int
    origin: origin.Origin
    options: str
    booted: bool = False
    staged: bool = False

    @property
    def kargs(self) -> tuple[str, ...]:
        """Kernel arguments but for the one that is ostree's own."""
        return tuple(word for word in self.options.split() if not word.startswith("ostree="))

    @property
    def unlocked(self) -> str:
        """Whether its /usr may be written, and how."""
        folder = DEPLOYMENT_STATE / f"{self.checksum}.{self.serial}"
        found = next((kind for kind in ("transient", "development") if (folder / f"unlocked-{kind}").exists()), None)
        return found or self.origin.unlocked

    @property
    def locked(self) -> bool:
        return self.staged and LOCKED.exists()


def run(argv: Sequence[str], prefix: str = "") -> str:
    """Standard output of a program; its last words as ToolError when it fails."""
    done = subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or [f"{argv[0]} ended with {done.returncode}"])[-1]
        raise ToolError(prefix + said.removeprefix("error: "))
    return done.stdout


def ostree(*words: str, prefix: str = "") -> str:
    return run(["ostree", *words], prefix).strip()


def deployments() -> list[Deployment]:
    """All of them, what boots next first."""
    root = os.stat("/")
    found = []
    staged = read_staged()
    if staged is not None:
        found.append(staged)
    entries = sorted(ENTRIES.glob("ostree-*.conf"), key=entry_version, reverse=True)
    for path in entries:
        options = fields(path)["options"].strip()
        own = next(word for word in options.split() if word.startswith("ostree="))
        folder = Path(own.removeprefix("ostree=")).resolve()
        checksum, serial = folder.name.split(".")
        here = folder.stat()
        found.append(
            Deployment(
                len(found), folder.parent.parent.name, checksum, int(serial),
                read_origin(folder), options,
                booted=(here.st_dev, here.st_ino) == (root.st_dev, root.st_ino),
            )
        )  # fmt: skip
    return found


def fields(entry: Path) -> dict[str, str]:
    lines = (line.split(None, 1) for line in entry.read_text(encoding="utf-8").splitlines())
    return {line[0]: line[1] for line in lines if len(line) == 2}


def entry_version(entry: Path) -> int:
    return int(fields(entry)["version"])


def read_origin(folder: Path) -> origin.Origin:
    try:
        return origin.parse(folder.with_name(f"{folder.name}.origin").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return origin.Origin()


def read_staged() -> Deployment | None:
    """The staged deployment; its record is ostree's, a GVariant of which we need three things."""
    try:
        data = STAGED.read_bytes()
    except FileNotFoundError:
        return None
    found = TARGET.search(data)
    if found is None:
        return None
    osname = re.search(rb"osname\x00+([^\x00]+)\x00", data)
    kargs = re.search(rb"kargs\x00+((?:[\x20-\x7e]+\x00)*)", data)
    name = osname.group(1).decode() if osname else "lab"
    checksum, serial = found.group(1).decode(), int(found.group(2))
    arguments = kargs.group(1).decode().replace("\0", " ").strip() if kargs else ""
    folder = DEPLOY / name / "deploy" / f"{checksum}.{serial}"
    return Deployment(0, name, checksum, serial, read_origin(folder), arguments, staged=True)


def booted() -> Deployment:
    for entry in deployments():
        if entry.booted:
            return entry
    raise ToolError("Not currently booted into an OSTree system")


def merge() -> Deployment:
    """What a change starts from: what is pending, else what runs."""
    entries = deployments()
    return entries[0] if not entries[0].booted and before_booted(entries) else booted()


def before_booted(entries: Sequence[Deployment]) -> list[Deployment]:
    """What stands before the booted deployment in the boot order: pending ones."""
    place = next((entry.index for entry in entries if entry.booted), 0)
    return [entry for entry in entries if entry.index < place]


def after_booted(entries: Sequence[Deployment]) -> list[Deployment]:
    place = next((entry.index for entry in entries if entry.booted), 0)
    return [entry for entry in entries if entry.index > place]


# -- changes


def stage(checksum: str, kept: origin.Origin, osname: str, kargs: Sequence[str], lock: bool = False) -> None:
    """Stage a commit for the next boot, with this origin and these kernel arguments."""
    path = Path("/run/ostree-double/origin")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(origin.render(kept), encoding="utf-8")
    arguments = [f"--karg-append={word}" for word in kargs]
    ostree("admin", "deploy", "--stage", f"--os={osname}", f"--origin-file={path}", "--karg-none", *arguments, checksum)
    # where rpm looks for the package list of a deployment
    for new in DEPLOY.glob(f"*/deploy/{checksum}.*/usr/share"):
        (new / "rpm").mkdir(exist_ok=True)
    # ostree's own path unit may be too late for a reboot that follows at once
    run(["systemctl", "start", FINALIZE])
    if lock:
        LOCKED.touch()
    else:
        unlock()


def unlock() -> bool:
    """Whether it was locked."""
    try:
        LOCKED.unlink()
    except FileNotFoundError:
        return False
    return True


def remove(entries: Sequence[Deployment]) -> None:
    """Take deployments away."""
    for entry in sorted(entries, key=lambda entry: -entry.index):
        ostree("admin", "undeploy", str(entry.index))
        if entry.staged:
            unlock()


def make_default(entry: Deployment) -> None:
    """Let a deployment boot next, as it stands: its boot entry gets the highest version, in one rename.

    ostree 2022.7 has no `admin set-default`; it takes the boot order from these versions, as boot loaders do.
    """
    paths = sorted(ENTRIES.glob("ostree-*.conf"), key=entry_version, reverse=True)
    shift = 1 if read_staged() is not None else 0
    path = paths[entry.index - shift]
    text = re.sub(r"(?m)^version .*$", f"version {entry_version(paths[0]) + 1}", path.read_text(encoding="utf-8"))
    temporary = path.with_name(f".{path.name}")
    temporary.write_text(text, encoding="utf-8")
    temporary.rename(path)
    os.utime(DEPLOY)


def unit_state(unit: str) -> str:
    """systemd's ActiveState."""
    return run(["systemctl", "show", "--property=ActiveState", "--value", unit]).strip()


def reboot() -> None:
    run(["systemctl", "reboot"])
