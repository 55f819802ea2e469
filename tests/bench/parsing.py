"""What reading rpm-ostree's status costs, beside decoding its JSON alone."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable

from ansible_collections.atomic.fleet.plugins.module_utils._parse.rpm_ostree import parse_rpm_ostree
from tests.bench.figures import Figure, goal

DOCUMENTS = 10_000
SIZE = 27_000


def document() -> str:
    """One status of a host that boots a container image: most of it is the manifest that is embedded."""
    layer = {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": "sha256:" + "a" * 64, "size": 1}
    entry = {
        "osname": "fedora-coreos",
        "checksum": "b" * 64,
        "serial": 0,
        "version": "43.1",
        "booted": True,
        "staged": False,
        "pinned": False,
        "requested-packages": [],
        "packages": [],
        "container-image-reference": "ostree-image-signed:docker://quay.io/fedora/fedora-coreos:stable",
        "container-image-reference-digest": "sha256:" + "c" * 64,
        "base-commit-meta": {"ostree.manifest": ""},
    }
    whole = {"deployments": [entry], "transaction": None, "cached-update": None}
    layers = 0
    while len(text := json.dumps(whole)) < SIZE:
        layers += 1
        entry["base-commit-meta"] = {"ostree.manifest": json.dumps({"layers": [layer] * layers})}
    return text


def run(runs: int, tell: Callable[[str], None]) -> list[Figure]:
    text = document()
    tell(f"parse: {DOCUMENTS} status documents of {len(text) / 1000:.0f} KB")
    alone, ours = [], []
    for _run in range(runs):
        alone.append(_seconds(lambda: json.loads(text)))
        ours.append(_seconds(lambda: parse_rpm_ostree("h", text)))
    ratio = statistics.median(ours) / statistics.median(alone)
    basis = {"json.loads": statistics.median(alone), "parse_rpm_ostree": statistics.median(ours)}
    return [goal("parse 10,000 status documents, times the seconds of json.loads", ratio, at_most=3, basis=basis)]


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    for _document in range(DOCUMENTS):
        work()
    return time.process_time() - began
