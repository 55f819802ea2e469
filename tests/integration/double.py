"""Puts the double of rpm-ostree and bootc (tests/double) on hosts of a lab, and orders of it what a test needs."""

from __future__ import annotations

import io
import json
import shlex
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.double.settings import DEFAULTS
from tests.integration.lab import Lab
from tests.registry import Registry

SOURCE = Path(__file__).resolve().parent.parent / "double"
HOME = "/var/lib/ostree-double"
RUN = "/run/ostree-double"
BIN = "/usr/local/bin"
TOOLS = ("rpm-ostree", "bootc", "rpm")
LAUNCHER = f'#!/bin/sh\nPYTHONPATH={HOME} exec python3 -SP -m double {{tool}} "$@"\n'
Package = Mapping[str, Any]


def install(lab: Lab, host: str, tools: Iterable[str] = ("rpm-ostree",)) -> None:
    """Put these tools, and no other of the double's, on a host of variant `python`; they survive deployments."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path in sorted(SOURCE.glob("*.py")):
            archive.add(path, f"lib/ostree-double/double/{path.name}")
        for tool in tools:
            data = LAUNCHER.format(tool=tool).encode()
            entry = tarfile.TarInfo(f"usrlocal/bin/{tool}")
            entry.size, entry.mode = len(data), 0o755
            archive.addfile(entry, io.BytesIO(data))
    gone = " ".join(f"{BIN}/{tool}" for tool in TOOLS)
    command = f"rm -rf {gone} {HOME}/double && tar -x --no-same-owner -C /var && python3 -m compileall -q {HOME}/double"
    done = lab.run([*lab.ssh_arguments(host), command], input=buffer.getvalue(), text=False)
    assert done.returncode == 0, done.stderr.decode()


def remove(lab: Lab, host: str) -> None:
    """Take the double and all it keeps from a host; deployments stay as they are."""
    gone = " ".join(f"{BIN}/{tool}" for tool in TOOLS)
    lab.ssh(host, f"rm -rf {gone} {HOME} {RUN}")


def configure(lab: Lab, host: str, **settings: Any) -> None:
    """Which tool it is to be, until configured anew: `without`, `bootc_api`, `driver`, … (tests/double/settings.py)."""
    write(lab, host, f"{HOME}/settings.json", known(settings))


def drive(lab: Lab, host: str, name: str = "Zincati", unit: str = "zincati.service", **settings: Any) -> None:
    """Let an agent drive the host's updates, as its unit does from every boot on; stopped, it drives nothing."""
    text = "[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n"
    lab.ssh(host, f"printf %s {shlex.quote(text)} > /etc/systemd/system/{unit} && systemctl enable --now -q {unit}")
    configure(lab, host, driver={"name": name, "unit": unit}, **settings)


def fault(lab: Lab, host: str, **faults: Any) -> None:
    """What goes wrong until the next reboot or clear(): `die`, `status_hang`, … (tests/double/settings.py)."""
    write(lab, host, f"{RUN}/faults.json", known(faults))


def known(ordered: dict[str, Any]) -> dict[str, Any]:
    """What was ordered, when the double knows all of it."""
    unknown = sorted(ordered.keys() - DEFAULTS.keys())
    assert not unknown, f"the double knows no {', '.join(unknown)}: see tests/double/settings.py"
    return ordered


def hold(lab: Lab, host: str) -> None:
    """From now on transactions begin, and wait until release()."""
    lab.ssh(host, f"mkdir -p {RUN} && touch {RUN}/hold")


def release(lab: Lab, host: str) -> None:
    lab.ssh(host, f"rm -f {RUN}/hold")


def clear(lab: Lab, host: str) -> None:
    """No faults any more, and nothing held; what was configured stays."""
    lab.ssh(host, f"rm -f {RUN}/faults.json {RUN}/hold")


def catalogue(lab: Lab, host: str, *packages: Package, base_provides: Mapping[str, str] | None = None) -> None:
    """What can be layered: name, evr, and where wanted arch, provides, files (path: content), conflicts."""
    write(lab, host, f"{HOME}/catalogue.json", {"packages": packages, "base_provides": base_provides or {}})


def package_file(lab: Lab, host: str, path: str, **package: Any) -> None:
    """A file that the double takes for an RPM: the JSON of one package."""
    write(lab, host, path, package)


def publish_image(registry: Registry, lab: Lab, tag: str, version: str, repository: str = "lab/os") -> str:
    """Push an image that stands for a release of the lab's remote, and let a tag lead to it; its digest."""
    return registry.push_image(
        repository, tag, version=version, labels={"ostree.commit": lab.versions()[version], "containers.bootc": "1"}
    )


def write(lab: Lab, host: str, path: str, content: Any) -> None:
    """A JSON file on the host, replaced as a whole."""
    name = shlex.quote(path)
    folder = shlex.quote(str(Path(path).parent))
    done = lab.run(
        [*lab.ssh_arguments(host), f"mkdir -p {folder} && cat > {name}.new && mv {name}.new {name}"],
        input=json.dumps(content),
    )
    assert done.returncode == 0, done.stderr
