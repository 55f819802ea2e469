"""The system extensions that the lab's remote offers: trees as archives, the same bytes at every build."""

from __future__ import annotations

import hashlib
import io
import random
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .paths import CONTROLLER_ADDRESS, REMOTE_PORT
from .run import remove_tree

NAME = "lab-tools"
UNIT = "lab-tools.service"
PAYLOAD = 1 << 20
SUMS = "SHA256SUMS"


@dataclass(frozen=True)
class Extension:
    """One version. release: its extension-release; works: whether its service does."""

    version: str
    release: str = "ID=_any\n"
    works: bool = True

    @property
    def file(self) -> str:
        return f"{NAME}-{self.version}.tar"


EXTENSIONS = (
    Extension("1.0"),
    Extension("1.1"),
    Extension("2.0-broken", works=False),
    Extension("9.0-foreign", "ID=labos\nVERSION_ID=9.0\n"),
)


def make(folder: Path) -> None:
    """All of them, each with the variables for atomic.fleet.layer, and the checksums as sha256sum writes them."""
    if folder.is_dir():
        return
    unfinished = folder.with_name(f".{folder.name}")
    remove_tree(unfinished)
    unfinished.mkdir()
    lines = []
    for extension in EXTENSIONS:
        content = archive(extension)
        (unfinished / extension.file).write_bytes(content)
        checksum = hashlib.sha256(content).hexdigest()
        lines.append(f"{checksum}  {extension.file}\n")
        (unfinished / f"{extension.file.removesuffix('.tar')}.yml").write_text(
            f"extensions:\n  - name: {NAME}\n    url: http://{CONTROLLER_ADDRESS}:{REMOTE_PORT}/extensions/{extension.file}\n"
            f"    checksum: sha256:{checksum}\n    units: [{UNIT}]\n"
        )
    (unfinished / SUMS).write_text("".join(lines))
    unfinished.rename(folder)


def archive(extension: Extension) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, content, mode in files(extension):
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(content), mode
            tar.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def files(extension: Extension) -> Iterator[tuple[str, bytes, int]]:
    """Path, content and mode of each file; folders come by themselves."""
    exit_status = 0 if extension.works else 1
    program = f"#!/bin/sh\necho {NAME} {extension.version}\nexit {exit_status}\n"
    unit = f"[Unit]\nDescription={NAME} {extension.version}\n[Service]\nType=oneshot\nRemainAfterExit=yes\n"
    yield f"usr/lib/extension-release.d/extension-release.{NAME}", extension.release.encode(), 0o644
    yield f"usr/bin/{NAME}", program.encode(), 0o755
    yield f"usr/lib/systemd/system/{UNIT}", f"{unit}ExecStart=/usr/bin/{NAME}\n".encode(), 0o644
    yield f"usr/share/{NAME}/data", random.Random(extension.version).randbytes(PAYLOAD), 0o644
