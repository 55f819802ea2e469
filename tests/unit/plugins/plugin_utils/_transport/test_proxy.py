"""Which ProxyCommands are nothing but a jump host: a table."""

from __future__ import annotations

import pytest

from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.proxy import (
    JumpCommand,
    jump_command,
    names_target,
)


@pytest.mark.parametrize(
    "command, expected",
    [
        ("ssh -W [a]:22 jump", JumpCommand((), "jump", "[a]:22")),
        ("ssh -W a:22 ann@jump", JumpCommand((), "ann@jump", "a:22")),
        ("exec /usr/bin/ssh -q -W[a]:22 jump", JumpCommand(("-q",), "jump", "[a]:22")),
        ("ssh jump -W a:22 -p 2201", JumpCommand(("-p", "2201"), "jump", "a:22")),
        ("ssh -o 'UserKnownHostsFile=/a b' -i ~/k -W a:22 jump",
         JumpCommand(("-o", "UserKnownHostsFile=/a b", "-i", "/home/ann/k"), "jump", "a:22")),
        ('ssh -o ProxyCommand="ssh -W [jump]:22 outer" -W a:22 jump',
         JumpCommand(("-o", "ProxyCommand=ssh -W [jump]:22 outer"), "jump", "a:22")),
        ("ssh -qAW a:22 -- jump", JumpCommand(("-q", "-A"), "jump", "a:22")),
        ("ssh -J x,y -W a:22 jump", JumpCommand(("-J", "x,y"), "jump", "a:22")),
        ("ssh jump nc a 22", None),
        ("ssh -W a:22 jump true", None),
        ("ssh -W a:22 jump 2>/dev/null", None),
        ("ssh -W a:22 jump; reboot", None),
        ("ssh -W a:22 `jump`", None),
        ("ssh -W a:22 $JUMP", None),
        ("ssh -Z -W a:22 jump", None),
        ("ssh -W", None),
        ("ssh -W a:22", None),
        ("nc a 22", None),
        ("myssh -W a:22 jump", None),
        ("ssh 'unclosed", None),
        ("", None),
    ],
)  # fmt: skip
def test_jump_command(command: str, expected: JumpCommand | None) -> None:
    assert jump_command(command, "/home/ann") == expected


@pytest.mark.parametrize(
    "target, expected", [("[a]:22", True), ("a:22", True), ("b:22", False), ("a:2222", False), ("a", False)]
)
def test_names_target(target: str, expected: bool) -> None:
    assert names_target(target, "a", 22) is expected
