# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what one check says of one host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .._model.host_posture import HostPosture
from .._model.posture import FAIL, NOT_APPLICABLE, PASS, UNKNOWN

# How many subjects a check names; what is beyond is one finding with their number.
MOST = 100


@dataclass(frozen=True)
class Verdict:
    outcome: str
    message: str
    subject: str = ""
    remedy: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)


def passed(message: str, **evidence: str) -> tuple[Verdict, ...]:
    return (Verdict(PASS, message, evidence=evidence),)


def failed(message: str, remedy: str, subject: str = "", **evidence: str) -> tuple[Verdict, ...]:
    return (Verdict(FAIL, message, subject, remedy, evidence),)


def not_known(message: str, **evidence: str) -> tuple[Verdict, ...]:
    return (Verdict(UNKNOWN, message, evidence=evidence),)


def not_applicable(message: str, **evidence: str) -> tuple[Verdict, ...]:
    return (Verdict(NOT_APPLICABLE, message, evidence=evidence),)


def gap(posture: HostPosture, part: str) -> tuple[Verdict, ...]:
    return not_known(f"Not known: {posture.gaps.get(part, 'it was not looked at')}.")


def not_demanded(what: str) -> tuple[Verdict, ...]:
    return not_applicable(f"{what}, and the profile demands no more.")


def shortened(found: Sequence[Verdict], what: str, remedy: str, cut: bool = False) -> tuple[Verdict, ...]:
    """The first of them, and one for all others."""
    if len(found) <= MOST and not cut:
        return tuple(found)
    rest = f"{len(found) - MOST}" if len(found) > MOST else "some"
    more = "or more " if cut and len(found) > MOST else ""
    return (*found[:MOST], Verdict(FAIL, f"{rest} {more}other {what}.", "(others)", remedy))
