"""The sections of one look at how a host is secured: what is known, and why the rest is not."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Deployment, HostState
from ansible_collections.atomic.fleet.plugins.module_utils._model.host_posture import (
    Change,
    Drift,
    Driver,
    Firewall,
    HostPosture,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.packages import Advisory
from ansible_collections.atomic.fleet.plugins.module_utils._parse.posture import parse_posture
from ansible_collections.atomic.fleet.plugins.module_utils._parse.sections import Section
from tests.unit.plugins.module_utils._parse.status_cases import entry, oci, status

BOOTED = Deployment("a" * 64, "lab", version="1.0", booted=True)
SECTIONS = {
    "committed": Section("Date:  2026-01-05 12:00:00 +0000"),
    "usr": Section("mount / ext4 rw /dev/vda\nmount /usr ext4 ro /dev/vda"),
    "over": Section(""),
    "drift": Section("f /usr/bin/x"),
    "etc": Section("M    issue"),
    "policy": Section(""),
    "selinux": Section("1"),
    "lockdown": Section("none [integrity] confidentiality"),
    "secure-boot": Section("   6   0   0   0   1"),
    "fips": Section("1"),
    "nft": Section(""),
    "ipv6": Section("eth0"),
    "drivers": Section("Result=success\nId=zincati.service\nActiveState=active\n"),
    "sshd": Section("permitrootlogin no\nciphers a,b\nport 22\nport 23"),
    "match": Section("  x11forwarding no\n  x11forwarding yes\n  x11forwarding no"),
}
NOTHING = HostPosture("h")
PARTS = [one.name for one in fields(HostPosture) if one.name not in ("host", "error", "gaps", "state")]


def posture(backend: str = "ostree", **sections: Any) -> HostPosture:
    state = HostState("h", backend, "boot", (BOOTED,))
    given_ = {name.replace("_", "-"): section for name, section in sections.items()}
    found = {**SECTIONS, **given_}
    return parse_posture(state, {name: section for name, section in found.items() if section is not None})


def test_all_of_a_host() -> None:
    found = posture()
    assert found.gaps == {"advisories": "ostree knows no advisories"}
    assert found.committed == 1767614400.0
    assert found.drift == Drift((Change("modified", "/usr/bin/x"),))
    assert found.etc == Drift((Change("modified", "/etc/issue"),))
    assert (found.policy, found.selinux, found.lockdown, found.secure_boot) == ({}, "enforcing", "integrity", "on")
    assert (found.fips, found.firewall) == (True, Firewall((), True))
    assert found.drivers == (Driver("zincati.service", "active"),)
    assert found.sshd == {
        "permitrootlogin": "no",
        "ciphers": "a,b",
        "port": "22",
        "match x11forwarding": "yes",
    }


def test_a_part_is_known_or_its_gap_is() -> None:
    bare = parse_posture(HostState("h", "ostree", "boot", (BOOTED,)), {})
    for one in (bare, posture()):
        for name in PARTS:
            assert (getattr(one, name) is None) == (name in one.gaps), name
    # what a kernel does not have it does not have; all else cannot be known
    assert {name for name in PARTS if name not in bare.gaps} == {"selinux", "fips"}


@pytest.mark.parametrize(
    "part, sections, why",
    [
        ("committed", {"committed": Section("")}, "ostree knows no date of the commit that is booted"),
        ("committed", {"committed": Section("Date: yesterday")}, "time data 'yesterday'"),
        ("usr", {"usr": Section("")}, "nothing is said of what is mounted on /usr"),
        ("drift", {"drift": Section("the deployment that is booted cannot be found", 1)}, "cannot be found"),
        ("drift", {"drift": Section("find: bad argument", 1)}, "find failed: find: bad argument"),
        ("drift", {"drift": Section("", 124)}, "find did not answer in time"),
        ("drift", {"read": Section("error: No such metadata", 1)}, "ostree diff failed: error: No such metadata"),
        ("drift", {"usr": Section("mount / overlay ro composefs")}, "the root is an image without fs-verity"),
        ("etc", {"etc": Section("error: You must be root", 1)}, "config-diff failed: error: You must be root"),
        ("policy", {"policy": Section("{")}, "containers' policy.json cannot be read"),
        ("policy", {"policy": Section('{"transports": {}}')}, "containers' policy.json cannot be read"),
        ("policy", {"policy": Section('{"default": [1]}')}, "containers' policy.json cannot be read"),
        ("selinux", {"selinux": Section("2")}, "SELinux's mode cannot be understood"),
        ("lockdown", {"lockdown": Section("", 2)}, "the kernel says nothing of lockdown"),
        ("lockdown", {"lockdown": Section("integrity")}, "the kernel's lockdown cannot be understood"),
        ("secure_boot", {"secure-boot": Section("od: no such file", 1)}, "SecureBoot failed: od: no such file"),
        ("secure_boot", {"secure-boot": Section("6 0 0 0")}, "cannot be understood"),
        ("fips", {"fips": Section("maybe")}, "the kernel's FIPS mode cannot be understood"),
        ("firewall", {"nft": None}, "neither nft nor iptables-save is on the host to ask"),
        ("firewall", {"nft": Section("Operation not permitted", 1)}, "nft failed: Operation not permitted"),
        ("drivers", {"drivers": Section("Failed to connect to bus", 1)}, "systemctl failed: Failed to connect to bus"),
        ("drivers", {"drivers": Section("huh")}, "systemctl cannot be understood: huh"),
        ("sshd", {"sshd": None}, "sshd -T is not on the host"),
        ("sshd", {"sshd": Section("sshd: no hostkeys available", 1)}, "sshd -T failed: sshd: no hostkeys available"),
        ("sshd", {"sshd": Section("usage: sshd")}, "sshd -T cannot be understood: usage: sshd"),
    ],
)
def test_why_something_is_not_known(part: str, sections: dict[str, Any], why: str) -> None:
    found = posture(**{name.replace("-", "_"): section for name, section in sections.items()})
    assert why in found.gaps[part]
    assert getattr(found, part) is None
    assert "\n" not in found.gaps[part]
    assert set(found.gaps) - {"advisories", "drift"} <= {part}


@pytest.mark.parametrize(
    "part, sections, wanted",
    [
        ("selinux", {"selinux": Section("0")}, "permissive"),
        ("selinux", {"selinux": Section("", 2)}, "disabled"),
        ("fips", {"fips": Section("", 2)}, False),
        ("fips", {"fips": Section("0")}, False),
        ("secure_boot", {"secure_boot": Section("absent")}, "absent"),
        ("secure_boot", {"secure_boot": Section("6 0 0 0 0")}, "off"),
        ("firewall", {"ipv6": Section("", 2)}, Firewall()),
        ("policy", {"policy": Section('{"default": [{"type": "reject"}]}')}, {"": ("reject",)}),
        ("drift", {"read": Section("M    /usr/a"), "over": Section("c /usr/b")},
         Drift((Change("modified", "/usr/a"), Change("deleted", "/usr/b")), full=True)),
        # the kernel checks what is read; what lies over it is another thing
        ("drift", {"usr": Section("mount / overlay ro,verity=require composefs"), "over": Section("f /usr/b")},
         Drift((Change("modified", "/usr/b"),))),
    ],
)  # fmt: skip
def test_what_is_known(part: str, sections: dict[str, Any], wanted: object) -> None:
    assert getattr(posture(**sections), part) == wanted


def test_demands_of_scopes_and_no_keys() -> None:
    document = {
        "default": [{"type": "reject"}],
        "transports": {
            "docker": {"quay.io/os": [{"type": "sigstoreSigned", "keyPath": "/secret"}]},
            "docker-daemon": {"": [{"type": "insecureAcceptAnything"}]},
        },
    }
    found = posture(policy=Section(json.dumps(document)))
    assert found.policy == {
        "": ("reject",),
        "docker:quay.io/os": ("sigstoreSigned",),
        "docker-daemon:": ("insecureAcceptAnything",),
    }


SECURITY = ["FEDORA-1", 1, 3, ["openssl-3-1.x86_64"], {"cve_references": [["https://b/1", "CVE-2026-1234 openssl"]]}]
BUGFIX = ["FEDORA-2", 2, 0, ["vim-9-1.x86_64"], {"cve_references": []}]


@pytest.mark.parametrize(
    "update, wanted",
    [
        (
            {"advisories": [BUGFIX, SECURITY]},
            (Advisory("FEDORA-1", "security", "important", ("openssl-3-1.x86_64",), ("CVE-2026-1234",)),),
        ),
        ({"advisories": [BUGFIX]}, ()),
        ({"advisories": []}, ()),
        ({"version": "42"}, "names no advisories"),
        (None, "knows of no update"),
        ({"advisories": [["x"]]}, "an advisory"),
        ({"advisories": "none"}, "advisories"),
    ],
)
def test_advisories(update: dict[str, Any] | None, wanted: object) -> None:
    document = status(entry(booted=True), **{"cached-update": update})
    found = posture("rpm-ostree", rpm_ostree=Section(document))
    if isinstance(wanted, str):
        assert wanted in found.gaps["advisories"]
    else:
        assert found.advisories == wanted


@pytest.mark.parametrize(
    "more, wanted",
    [({}, 1762837557.0), ({"base-checksum": "d" * 64, "base-timestamp": 1700000000}, 1700000000.0)],
)
def test_the_age_is_that_of_the_base(more: dict[str, Any], wanted: float) -> None:
    document = status(oci("b" * 64), entry(booted=True, **more))
    assert posture("rpm-ostree", rpm_ostree=Section(document)).committed == wanted


def test_the_age_of_an_image() -> None:
    booted = {"image": {"timestamp": "2026-01-05T12:00:00Z"}}
    document = json.dumps({"apiVersion": "org.containers.bootc/v1", "status": {"booted": booted}})
    assert posture("bootc", bootc=Section(document)).committed == 1767614400.0


@pytest.mark.parametrize("name", SECTIONS)
@given(st.data())
def test_what_is_cut_off_is_known_in_part_or_a_gap(name: str, data: st.DataObject) -> None:
    text = SECTIONS[name].text
    end = data.draw(st.integers(0, len(text)))
    rc = data.draw(st.sampled_from((0, 1, 124)))
    found = posture(**{name.replace("-", "_"): Section(text[:end], rc)})
    for part in PARTS:
        assert (getattr(found, part) is None) == (part in found.gaps)


@pytest.mark.parametrize("name", SECTIONS)
@given(text=st.text(max_size=80))
def test_nonsense_is_no_traceback(name: str, text: str) -> None:
    found = posture(**{name.replace("-", "_"): Section(text)})
    for part in PARTS:
        assert (getattr(found, part) is None) == (part in found.gaps)
