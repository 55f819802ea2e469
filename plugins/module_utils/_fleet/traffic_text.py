# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what a balancer does, as a table for people."""

from __future__ import annotations

from collections.abc import Sequence

from .._model.traffic import HOSTS, Member, Standing
from .shares import percent

_WELL = {True: "well", False: "sick", None: "not known"}


def render_traffic_table(name: str, grain: str, seen: Standing) -> str:
    """Pools with their shares, and below them who is not well, or out of service."""
    by = "whole hosts" if grain == HOSTS else "weights"
    lines = [f"{name}, by {by}"]
    shares = percent(seen.weights)
    width = max([len(pool) for pool in shares] + [4])
    for pool in sorted(shares):
        members = [member for member in seen.members if member.pool == pool]
        share = f"{shares[pool]:>3} %"
        lines.append(f"  {pool:<{width}}  {share}  {'#' * round(shares[pool] / 5):<20}  {_told(members)}")
    for member in seen.members:
        if member.well is False or not member.serving:
            out = "" if member.serving else ", out of service"
            lines.append(f"  {member.host}: {_WELL[member.well]}{out} ({member.said})")
    return "\n".join([*lines, *(f"  ! {remark}" for remark in seen.remarks)])


def _told(members: Sequence[Member]) -> str:
    well = sum(1 for member in members if member.well)
    sessions = [member.sessions for member in members if member.sessions is not None]
    told = f"{len(members)} hosts, {well} well" if members else "no host"
    return f"{told}, {sum(sessions)} sessions" if sessions else told
