"""The lab's boot loader counts boots as greenboot does."""

from __future__ import annotations

import pytest
from labkit.bootloader import Choice, Entry, choose, format_environment, parse_entry, parse_environment

OLD, NEW = "aaaa.0", "bbbb.0"

ENTRY = """\
title Lab OS 2.0 (ostree:0)
version 2
options root=LABEL=lab rw quiet ostree=/ostree/boot.1/lab/cafe/0
linux /ostree/lab-cafe/vmlinuz-6.1.94-lab
initrd /ostree/lab-cafe/initramfs-6.1.94-lab.img
"""


def counted(left: int, default: str = NEW) -> dict[str, str]:
    return {"boot_default": default, "boot_counter": str(left), "boot_success": "0"}


@pytest.mark.parametrize(
    "deployments,before,position,after",
    [
        pytest.param([NEW], {}, 0, counted(2), id="the first boot ever spends one of three attempts"),
        pytest.param([NEW, OLD], {"boot_default": OLD, "boot_success": "1"}, 0, counted(2), id="a new default"),
        pytest.param([NEW, OLD], counted(2), 0, counted(1), id="it did not report success"),
        pytest.param([NEW, OLD], {**counted(2), "boot_status": "red"}, 0, counted(1), id="red counts as no success"),
        pytest.param([NEW, OLD], counted(0), 1, counted(-1), id="none left: the second entry"),
        pytest.param([NEW, OLD], counted(-1), 1, counted(-1), id="the fallback stays until it is the default"),
        pytest.param([NEW], counted(0), None, counted(0), id="none left, nothing to fall back to"),
        pytest.param([OLD], counted(-1), 0, counted(2, OLD), id="the failed one was undeployed: a new default"),
        pytest.param(
            [NEW, OLD],
            {"boot_default": NEW, "boot_success": "1", "boot_status": "green"},
            0,
            {"boot_default": NEW, "boot_success": "1"},
            id="once green, boots are no longer counted, and each is judged anew",
        ),
        pytest.param([OLD, NEW], counted(0), 0, counted(2, OLD), id="a rollback is a new default too"),
        pytest.param([], {}, None, {}, id="no entry at all"),
    ],
)
def test_choose(deployments: list[str], before: dict[str, str], position: int | None, after: dict[str, str]) -> None:
    assert choose(deployments, before, attempts=3) == Choice(position, after)


def test_three_attempts_are_three_boots() -> None:
    environment: dict[str, str] = {"boot_default": OLD, "boot_success": "1"}
    boots = []
    for _boot in range(5):
        choice = choose([NEW, OLD], environment, attempts=3)
        boots.append(choice.position)
        environment = dict(choice.environment)
    assert boots == [0, 0, 0, 1, 1]


def test_an_entry_is_parsed() -> None:
    entry = parse_entry(ENTRY)
    assert entry == Entry(
        title="Lab OS 2.0 (ostree:0)",
        version=2,
        linux="/ostree/lab-cafe/vmlinuz-6.1.94-lab",
        options="root=LABEL=lab rw quiet ostree=/ostree/boot.1/lab/cafe/0",
    )
    assert entry.ostree == "/ostree/boot.1/lab/cafe/0"
    assert entry.cmdline == f"BOOT_IMAGE=/boot{entry.linux} {entry.options}\n"


def test_an_environment_comes_back_as_it_was_written() -> None:
    environment = {"boot_counter": "-1", "boot_default": OLD}
    assert parse_environment(format_environment(environment)) == environment
    assert parse_environment("# GRUB Environment Block\n\nboot_success=1\n") == {"boot_success": "1"}
