"""Commands as drains: real processes on the controller, and the script that hosts get."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import FleetError, HostError, UnreachableError
from ansible_collections.atomic.fleet.plugins.module_utils._model.talk import Ask, Reply
from ansible_collections.atomic.fleet.plugins.plugin_utils._http import Clock
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.command import CommandDrain, command_talk
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.model import Patience, Served


def patience(timeout: float) -> Patience:
    return Patience(timeout, Clock(time.monotonic, time.sleep), lambda _note: None)


def served(*argv: Any) -> Served:
    return Served("edge-1", "192.0.2.1", {"drain": argv, "undrain": ()})


def test_words_reach_the_command_as_they_are(tmp_path: Path) -> None:
    nasty = "; $(touch x) ' \" \n *"
    script = 'printf %s "$1 $2" >"$0"'
    CommandDrain().drain(served("sh", "-c", script, str(tmp_path / "said"), nasty, 3), patience(10))
    assert (tmp_path / "said").read_text() == f"{nasty} 3"
    CommandDrain().undrain(served("false"), patience(10))  # nothing is to be done


@pytest.mark.parametrize(
    "argv, told",
    [
        (("sh", "-c", "echo secret; exit 3"), "the command sh ended with 3; run it by hand to see what it says."),
        (("/no/such/command",), "there is no command command on the controller; install it, or give its whole path."),
    ],
)
def test_commands_that_fail(argv: tuple[str, ...], told: str) -> None:
    with pytest.raises(FleetError) as error:
        CommandDrain().drain(served(*argv), patience(10))
    assert error.value.message == told


def test_command_that_hangs_ends_with_all_it_started(tmp_path: Path) -> None:
    script = 'sleep 60 & echo $! >"$0"; wait'
    with pytest.raises(FleetError, match="the command sh was not done within 1 s"):
        CommandDrain().drain(served("sh", "-c", script, str(tmp_path / "pid")), patience(1))
    child = int((tmp_path / "pid").read_text())
    end = time.monotonic() + 5
    while Path(f"/proc/{child}/cmdline").exists() and Path(f"/proc/{child}/cmdline").read_bytes():
        assert time.monotonic() < end, f"{child} still runs"
        os.sched_yield()


@pytest.mark.parametrize(
    "reply, error, told",
    [
        (Reply(0), None, ""),
        (Reply(3, "secret", "secret"), HostError, "edge-1: the command systemctl ended with 3"),
        (Reply(124), HostError, "edge-1: the command systemctl was not done within 20 s"),
        (Reply(137), HostError, "edge-1: the command systemctl was not done within 20 s"),
        (Reply(lost=True, err="no route"), UnreachableError, "edge-1: was lost while it ran systemctl (no route)"),
    ],
)
def test_on_a_host_it_is_bounded_over_there(reply: Reply, error: type[FleetError] | None, told: str) -> None:
    talk = command_talk(served("systemctl", "stop", "my web.service"), "drain", 20.0)
    ask = next(talk)
    assert isinstance(ask, Ask)
    assert ask.script == "exec timeout -k 5 20 systemctl stop 'my web.service' </dev/null >/dev/null 2>&1\n"
    assert ask.timeout > 25
    with pytest.raises(error or StopIteration) as ended:
        talk.send(reply)
    if error is not None:
        assert str(ended.value) == told


def test_nothing_to_do_asks_nothing_of_the_host() -> None:
    assert list(command_talk(served("true"), "undrain", 20.0)) == []
