"""Running other programs, locks, and what the machine must have."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from .errors import LabError

# program -> Debian package that brings it
TOOLS = {
    "systemd-nspawn": "systemd-container",
    "ostree": "ostree",
    "ip": "iproute2",
    "unshare": "util-linux",
    "ssh-keygen": "openssh-client",
    "chattr": "e2fsprogs",
    "cp": "coreutils",
    "haproxy": "haproxy",
}
BUILD_TOOLS = {"mmdebstrap": "mmdebstrap", "gpg": "gnupg", "gpgconf": "gnupg", "apt-get": "apt"}


def require(tools: dict[str, str]) -> None:
    """Refuse in one sentence what cannot work on this machine."""
    if os.geteuid() != 0:
        raise LabError("The lab needs root: it makes network namespaces and boots machines.")
    missing = sorted({package for tool, package in tools.items() if shutil.which(tool, path=search_path()) is None})
    if missing:
        raise LabError(f"The lab needs Debian packages that are missing here: apt-get install {' '.join(missing)}")


def search_path() -> str:
    """PATH with the system folders that a user's PATH may lack."""
    return os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"


def run(argv: Sequence[str | Path], *, stdin: str | None = None, cwd: Path | None = None) -> str:
    """Standard output of a program; LabError with its last words when it fails."""
    words = [str(word) for word in argv]
    environment = {**os.environ, "PATH": search_path(), "LC_ALL": "C"}
    done = subprocess.run(
        words,
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        errors="replace",
        env=environment,
        cwd=cwd,
        check=False,
        close_fds=False,  # Python's own are closed anyway: what is left is a lock that is held with children
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise LabError(f"{' '.join(words[:4])} failed ({done.returncode}): {said[-1] if said else 'it said nothing'}")
    return done.stdout


@contextlib.contextmanager
def locked(path: Path, *, with_children: bool = False) -> Iterator[None]:
    """Hold an exclusive lock on a file; the kernel lets go of it when the process dies.

    with_children: only when the programs that run() started meanwhile have ended too.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        os.set_inheritable(handle.fileno(), with_children)
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def copy_linked(source: Path, target: Path) -> None:
    """Copy a tree by hard links, or really where the two lie on different file systems."""
    run(["cp", "-al" if can_link(source, target.parent) else "-a", "--", source, target])


def can_link(source: Path, folder: Path) -> bool:
    """Whether files of a tree can be linked into a folder; tried, since one device may be mounted twice."""
    probe = folder / f".probe.{os.getpid()}"
    found = next((path for path in source.rglob("*") if path.is_file() and not path.is_symlink()), None)
    try:
        if found is not None:
            os.link(found, probe)
    except OSError:
        return False
    probe.unlink(missing_ok=True)
    return True


def remove_tree(path: Path) -> None:
    """Delete a tree of which ostree made the deployments immutable."""
    if path.is_symlink() or path.is_file():
        path.unlink()
        return
    if not path.is_dir():
        return
    deployments = [
        str(found)
        for depth in ("", "*/", "*/*/")
        for found in path.glob(f"{depth}ostree/deploy/*/deploy/*")
        if found.is_dir() and not found.is_symlink()
    ]
    if deployments:
        run(["chattr", "-f", "-i", "--", *deployments])
    run(["rm", "-rf", "--one-file-system", "--", path])
