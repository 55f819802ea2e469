"""What disk images leave on the disk of themselves, and the section of an observation that brings it."""

from __future__ import annotations

import json

import pytest
from ansible_collections.atomic.fleet.tests.unit.plugins.talking import answered, fixture

from ansible_collections.atomic.fleet.plugins.module_utils._host.observe import seen
from ansible_collections.atomic.fleet.plugins.module_utils._parse.aleph import parse_aleph

COREOS_ASSEMBLER = {
    "build": "33.20210328.3.0",
    "ref": "fedora/x86_64/coreos/stable",
    "ostree-commit": "a" * 64,
    "imgid": "fedora-coreos-33.20210328.3.0-qemu.x86_64.qcow2",
}
OSBUILD = {
    "osbuild-version": "119",
    "container": {"imgref": "ostree-remote-registry:fedora:quay.io/fedora/fedora-coreos:stable"},
    "version": "44.20260707.3.1",
}
BOOTC = {"image": "quay.io/os@sha256:" + "b" * 64, "version": "42.1", "timestamp": None, "kernel": "6.9", "selinux": ""}


@pytest.mark.parametrize(
    "text, release",
    [
        (json.dumps(COREOS_ASSEMBLER), "33.20210328.3.0"),
        (json.dumps(OSBUILD, indent=1), "44.20260707.3.1"),
        (json.dumps(BOOTC), "42.1"),
        (json.dumps({**BOOTC, "version": None}), None),
        ('{"version": 42}', None),
        ('["version"]', None),
        ('{"version": "44.2026', None),
        ("", None),
    ],
)
def test_release(text: str, release: str | None) -> None:
    assert parse_aleph(text) == release


def test_an_observation_tells_of_the_image() -> None:
    body = fixture("ostree-2022.7-booted.txt")
    reply = answered(("aleph", 0, json.dumps(OSBUILD, indent=1)), body=body)
    assert seen("h1", reply).installed == "44.20260707.3.1"
    assert seen("h1", answered(body=body)).installed is None
