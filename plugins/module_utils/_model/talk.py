# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the words in which a talk with a host is held.

A talk is a generator that decides and never acts: it yields what it wants from the host (``Ask``) or from
the clock (``Pause``), is sent what came back (``Reply``), and returns its result. Whoever drives it brings
the connection: an action plugin one host at a time, the fan-out thousands at once. So a verb is written
once, is a pure function of the replies, and its tests are tables of replies.

``note`` is for people who follow along. A talk raises HostError (UnreachableError) to give up.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar, Union

Result = TypeVar("Result")


@dataclass(frozen=True)
class Ask:
    """Run ``script`` with POSIX sh on the host; give up on the reply after ``timeout`` seconds.

    ``fresh`` asks for a new connection (after a reboot the old one may look alive for minutes).
    """

    script: str
    timeout: float = 60.0
    fresh: bool = False
    note: str = ""


@dataclass(frozen=True)
class Pause:
    """Let ``seconds`` pass before going on."""

    seconds: float
    note: str = ""


@dataclass(frozen=True)
class Reply:
    """What came back. ``lost`` is set, with the reason in ``err``, when the host could not be reached, hung
    up before the script ended, or did not answer in time: then nothing is known of what the script did.
    ``at`` is the controller's monotonic clock, in seconds."""

    rc: int = 0
    out: str = ""
    err: str = ""
    lost: bool = False
    at: float = 0.0


Talk = Generator[Union[Ask, Pause], Reply, Result]
