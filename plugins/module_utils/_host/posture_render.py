# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: how a host is secured and what was found there, as plain values for results and files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from .._model.host_posture import HostPosture
from .._model.posture import OUTCOMES, Finding
from .render import render_deployment, render_hold, render_remotes, with_lists


def render_posture(posture: HostPosture) -> dict[str, Any]:
    """All that was seen, with what is of use to it of the host's state."""
    state = posture.state
    found: dict[str, Any] = with_lists(asdict(posture))
    del found["state"]
    return {
        **found,
        "backend": None if state is None else state.backend,
        "booted": None if state is None else render_deployment(state.booted),
        "remotes": [] if state is None else render_remotes(state),
        "hold": None if state is None else render_hold(state.hold),
    }


def render_findings(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    return [asdict(finding) for finding in findings]


def count_findings(findings: Sequence[Finding]) -> dict[str, int]:
    """How many there are of each outcome."""
    return {outcome: sum(finding.outcome == outcome for finding in findings) for outcome in OUTCOMES}
