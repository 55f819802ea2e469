"""Which tool drives a host that carries several: a table; and what an observation makes of it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import HostError, ParseError
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Deployment, HostState
from ansible_collections.atomic.fleet.plugins.module_utils._parse.bootc import parse_bootc
from ansible_collections.atomic.fleet.plugins.module_utils._parse.driven import drive
from ansible_collections.atomic.fleet.plugins.module_utils._parse.observation import parse_observation
from ansible_collections.atomic.fleet.plugins.module_utils._parse.sections import Section, parse_sections
from tests.unit.plugins.module_utils._parse.status_cases import A, B, C, boot_entry, bootc, entry, oci, status
from tests.unit.plugins.talking import fixture

BOOTC = bootc(booted=boot_entry(A))
INCOMPATIBLE = bootc(booted=boot_entry(A, incompatible=True))
NOT_BOOTC = bootc(booted=boot_entry(A, image=None))
RPM = status(entry(booted=True))
RPM_OCI = status(oci(booted=True))
LAYERED = status(oci(booted=True, **{"requested-packages": ["gdb"], "base-checksum": B}))
DRIVEN = status(oci(booted=True), **{"update-driver": {"driver-name": "Zincati", "driver-sd-unit": "zincati.service"}})


def seen(variant: str | None = None, **tools: Section | str) -> HostState:
    sections = dict(parse_sections("h1", fixture("ostree-2022.7-booted.txt")))
    for name, said in tools.items():
        sections[name.replace("_", "-")] = said if isinstance(said, Section) else Section(said)
    if variant:
        tool = sections["tool"]
        sections["tool"] = Section(f'{tool.text}\narch x86_64\nvariant "{variant}"')
    return parse_observation("h1", sections)


@pytest.mark.parametrize(
    "variant, tools, wanted",
    [
        (None, {}, "ostree"),
        (None, {"rpm_ostree": RPM}, "rpm-ostree"),
        (None, {"rpm_ostree": RPM, "bootc": NOT_BOOTC}, "rpm-ostree"),
        (None, {"rpm_ostree": RPM_OCI, "bootc": BOOTC}, "bootc"),
        (None, {"bootc": BOOTC}, "bootc"),
        (None, {"bootc": INCOMPATIBLE}, "bootc"),
        (None, {"bootc": NOT_BOOTC}, "ostree"),
        (None, {"rpm_ostree": LAYERED, "bootc": INCOMPATIBLE}, "rpm-ostree"),
        (None, {"rpm_ostree": DRIVEN, "bootc": BOOTC}, "rpm-ostree"),
        ("coreos", {"rpm_ostree": RPM_OCI, "bootc": BOOTC}, "rpm-ostree"),
        ("server", {"rpm_ostree": RPM_OCI, "bootc": BOOTC}, "bootc"),
        (None, {"rpm_ostree": RPM, "bootc": Section("ERROR must be root", 1)}, "rpm-ostree"),
    ],
)
def test_backend(variant: str | None, tools: dict[str, Any], wanted: str) -> None:
    assert seen(variant, **tools).backend == wanted


def test_one_tool_completes_the_other() -> None:
    found = seen(rpm_ostree=status(oci(booted=True, pinned=False)), bootc=bootc(booted=boot_entry(A, pinned=True)))
    assert found.booted is not None
    assert (found.backend, found.booted.pinned, found.booted.version) == ("bootc", True, "41.1")


def test_deployments_stand_in_the_order_in_which_ostree_counts_them() -> None:
    plain = tuple([Deployment(checksum, "os", booted=checksum == A) for checksum in (C, A, B)])
    slots = {"booted": boot_entry(A), "rollback": boot_entry(B), "otherDeployments": [boot_entry(C)]}
    told = parse_bootc("h1", bootc(**slots))
    assert [entry.checksum for entry in drive(plain, None, told, None).deployments] == [C, A, B]
    assert [entry.checksum for entry in drive(plain[1:], None, told, None).deployments] == [A, B, C]


def test_an_incompatible_host_says_so_whatever_drives_it() -> None:
    found = seen(rpm_ostree=LAYERED, bootc=INCOMPATIBLE)
    assert found.booted is not None
    assert found.booted.incompatible
    assert found.booted.requested_packages == ("gdb",)


def test_what_the_machine_is() -> None:
    found = seen("coreos")
    assert (found.architecture, found.variant) == ("x86_64", "coreos")


def test_the_driver_that_rpm_ostree_names_counts() -> None:
    assert seen(rpm_ostree=DRIVEN).update_driver == "zincati.service"


@pytest.mark.parametrize(
    "tools, words",
    [
        ({"rpm_ostree": Section("", 124)}, "rpm-ostree status --json did not answer within 30 s"),
        ({"rpm_ostree": Section("error: Loading sysroot: x", 1)}, "failed: error: Loading sysroot: x"),
        ({"bootc": Section("ERROR must be root", 1)}, "bootc status --json failed: ERROR must be root"),
        ({"rpm_ostree": status(entry())}, "rpm-ostree names no booted deployment"),
        ({"status": Section("", 124)}, "ostree admin status did not answer within 30 s"),
    ],
)
def test_a_tool_that_fails_is_named_with_its_host(tools: dict[str, Any], words: str) -> None:
    with pytest.raises((HostError, ParseError), match=r"^h1: ") as caught:
        seen(**tools)
    assert words in str(caught.value)
