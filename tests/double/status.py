"""`rpm-ostree status`: what the daemon knows of the deployments, as JSON and for people."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from . import commits, live, settings, sysroot, transaction
from .origin import CHECKSUM
from .settings import HOME
from .sysroot import Deployment

CACHED_UPDATE = HOME / "cached-update.json"
PENDING = 77
LIVE = {"inprogress": "inprogress", "replaced": "commit"}


def collect() -> dict[str, Any]:
    """The whole document."""
    ordered = settings.load()
    if ordered["status_hang"]:
        while True:
            time.sleep(60)
    running = transaction.active()
    entries = sysroot.deployments()
    document: dict[str, Any] = {
        "deployments": [describe(entry, ordered["without"]) for entry in entries],
        "transaction": called(running) if running else None,
        "cached-update": cached_update(entries),
    }
    if "update-driver" not in ordered["without"]:
        driver = ordered["driver"]
        document["update-driver"] = (
            {"driver-name": driver["name"], "driver-sd-unit": driver["unit"]} if driver else None
        )
    return document


def called(running: transaction.Transaction) -> list[str]:
    return [running.request["method"], running.request["sender"], "/org/projectatomic/rpmostree1/lab"]


def cached_update(entries: Sequence[Deployment]) -> dict[str, Any] | None:
    """What the last check found, unless that is what runs by now."""
    try:
        found: dict[str, Any] = json.loads(CACHED_UPDATE.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    running = next((entry for entry in entries if entry.booted), None)
    return None if running is None or commits.base(running.checksum) == found["checksum"] else found


def describe(entry: Deployment, without: Sequence[str]) -> dict[str, Any]:
    """One deployment; keys that this version of the tool does not have yet are left out."""
    commit = commits.load(entry.checksum)
    base = commits.load(commits.base(entry.checksum))
    layered = base is not commit
    overrides = json.loads(commit.metadata.get("double.layers", "{}"))
    own = entry.origin
    found: dict[str, Any] = {
        "id": f"{entry.osname}-{entry.checksum}.{entry.serial}",
        "osname": entry.osname,
        "checksum": entry.checksum,
        "serial": entry.serial,
        "booted": entry.booted,
        "pinned": own.pinned,
        "unlocked": entry.unlocked,
        "timestamp": commit.timestamp,
        "requested-packages": list(own.requested),
        "requested-local-packages": [word.partition(":")[2] for word in own.local],
        "requested-local-fileoverride-packages": [word.partition(":")[2] for word in own.fileoverride],
        "requested-base-removals": list(own.removed),
        "requested-base-local-replacements": [word.partition(":")[2] for word in own.replaced],
        "packages": list(commit.metadata.get("rpmostree.packages", [])) if layered else [],
        "base-removals": overrides.get("base-removals", []),
        "base-local-replacements": overrides.get("base-local-replacements", []),
        "base-remote-replacements": {},
        "base-commit-meta": shown(base),
        "regenerate-initramfs": False,
        "initramfs-etc": [],
        "staged": entry.staged,
    }
    running = live.state(entry.checksum, entry.serial) if entry.booted else {}
    found |= {f"live-{key}": running[name] for key, name in LIVE.items() if running.get(name)}
    if commit.version:
        found["version"] = commit.version
    if entry.locked:
        found["finalization-locked"] = True
    if layered:
        found |= {
            "base-checksum": base.checksum,
            "base-timestamp": base.timestamp,
            "layered-commit-meta": shown(commit),
        }
        found |= {"base-version": base.version} if base.version else {}
    if own.image:
        found["container-image-reference"] = own.image
        if "ostree.manifest-digest" in base.metadata:
            found["container-image-reference-digest"] = base.metadata["ostree.manifest-digest"]
    elif own.refspec:
        found["origin"] = own.refspec
        found |= followed(own.refspec, base)
    if own.custom:
        found["custom-origin"] = list(own.custom)
    return {key: value for key, value in found.items() if key not in without}


def shown(commit: commits.Commit) -> dict[str, Any]:
    return {key: value for key, value in commit.metadata.items() if not key.startswith("double.")}


def followed(refspec: str, base: commits.Commit) -> dict[str, Any]:
    """Of an ostree ref: whether its commits are signed, and what the ref has beyond the deployment."""
    if CHECKSUM.fullmatch(refspec):
        return {}
    found: dict[str, Any] = {"gpg-enabled": ":" in refspec}
    pending = commits.resolve(refspec)
    if pending and pending != base.checksum:
        newer = commits.load(pending)
        found |= {"pending-base-checksum": pending, "pending-base-timestamp": newer.timestamp}
        found |= {"pending-base-version": newer.version} if newer.version else {}
    return found


def pending_exit(document: dict[str, Any]) -> int:
    entries = document["deployments"]
    return PENDING if len(entries) > 1 and not entries[0]["booted"] else 0


def text(document: dict[str, Any]) -> str:
    """The form for people; nobody should read it with a program."""
    lines = [f"State: {'busy' if document['transaction'] else 'idle'}"]
    driver = document.get("update-driver")
    if driver:
        lines.append(f"AutomaticUpdatesDriver: {driver['driver-name']}")
    running = transaction.active()
    if running:
        lines.append(f"Transaction: {running.request['title']}")
    lines.append("Deployments:")
    for entry in document["deployments"]:
        mark = "●" if entry["booted"] else " "
        stamp = datetime.fromtimestamp(entry["timestamp"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        lines.append(f"{mark} {entry.get('container-image-reference') or entry.get('origin', '')}")
        if "container-image-reference-digest" in entry:
            lines.append(f"                   Digest: {entry['container-image-reference-digest']}")
        lines.append(f"                  Version: {entry.get('version', '')} ({stamp})")
        label = "BaseCommit" if "base-checksum" in entry else "    Commit"
        lines.append(f"               {label}: {entry.get('base-checksum', entry['checksum'])}")
        for key, heading in (("packages", "LayeredPackages"), ("requested-local-packages", "  LocalPackages")):
            if entry.get(key):
                lines.append(f"          {heading}: {' '.join(sorted(entry[key]))}")
        if entry.get("staged"):
            lines.append("                   Staged: yes")
        if entry["pinned"]:
            lines.append("                   Pinned: yes")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def write_cached_update(content: dict[str, Any] | None) -> None:
    path: Path = CACHED_UPDATE
    path.unlink(missing_ok=True)
    if content is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
