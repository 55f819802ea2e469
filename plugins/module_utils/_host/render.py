# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what is known of a host, as plain values for results, diffs and files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from .._model.host import Deployment, Hold, HostState, Remote
from .._model.steps import HostPlan
from .backend import lock_means

_SECRET = re.compile(r"(//[^/@:]*):[^/@]*@")


def without_password(text: str) -> str:
    return _SECRET.sub(r"\1:********@", text)


def with_lists(value: Any) -> Any:
    """The same with lists for tuples: to a template no tuple is equal to a list."""
    if isinstance(value, Mapping):
        return {name: with_lists(one) for name, one in value.items()}
    return [with_lists(one) for one in value] if isinstance(value, (list, tuple)) else value


def render_deployment(entry: Deployment | None) -> dict[str, Any] | None:
    return None if entry is None else with_lists(asdict(entry))


def render_boot(state: HostState) -> dict[str, Any]:
    """What a verb may change: what runs, what boots next, what is staged, the way back."""
    return {
        "boot_id": state.boot_id,
        "booted": render_deployment(state.booted),
        "next_boot": render_deployment(state.next_boot),
        "staged": render_deployment(state.staged),
        "previous": render_deployment(state.previous),
        "deployments": [render_deployment(entry) for entry in state.deployments],
        "reboot_required": state.reboot_required,
    }


def render_remotes(state: HostState) -> list[dict[str, Any]]:
    """The remotes, without passwords that stand in their addresses."""
    return [shown for shown in (render_remote(remote) for remote in state.remotes) if shown is not None]


def render_remote(remote: Remote | None) -> dict[str, Any] | None:
    if remote is None:
        return None
    return {
        "name": remote.name,
        "url": without_password(remote.url),
        "gpg_verify": remote.gpg_verify,
        "options": dict(remote.options),
    }


def render_state(state: HostState) -> dict[str, Any]:
    """All of an observation."""
    return {
        "host": state.host,
        "backend": state.backend,
        "tool_version": state.tool_version,
        "locked_staging": lock_means(state),
        **render_boot(state),
        "health": {
            "system": state.health.system,
            "failed_units": list(state.health.failed_units),
            "greenboot": state.health.greenboot,
        },
        "space": [asdict(space) for space in state.space],
        "remotes": render_remotes(state),
        "kernel_arguments": list(state.kernel_arguments),
        "capabilities": list(state.capabilities),
        "update_driver": state.update_driver,
        "units": [asdict(unit) for unit in state.units],
        "uptime": state.uptime,
        "transaction": state.transaction,
        "cached_update": None if state.cached_update is None else asdict(state.cached_update),
        "architecture": state.architecture,
        "variant": state.variant,
        "hold": render_hold(state.hold),
        "extensions": [asdict(one) for one in state.extensions],
    }


def render_hold(hold: Hold | None) -> dict[str, Any] | None:
    if hold is None:
        return None
    shown: dict[str, Any] = with_lists(asdict(hold))
    return shown


def render_steps(plan: HostPlan) -> list[dict[str, Any]]:
    """The steps, without passwords that stand in addresses."""
    return [
        {"verb": step.verb, "summary": step.summary, "command": [without_password(word) for word in step.argv]}
        for step in plan.steps
    ]


def describe(entry: Deployment | None) -> str:
    """One deployment on one line, for diffs."""
    if entry is None:
        return "nothing"
    marks = [word for word in ("staged", "locked", "pinned", "incompatible") if getattr(entry, word)]
    follows = entry.image or entry.refspec
    origin = f" following {follows}" if follows else ""
    return f"{entry.label} ({entry.checksum[:12]}){origin}{''.join(f', {word}' for word in marks)}{_layers(entry)}"


def _layers(entry: Deployment) -> str:
    parts = (
        ("with", entry.requested_packages + entry.requested_local),
        ("without", entry.removed),
        ("replacing", entry.replaced),
    )
    return "".join(f", {word} {' '.join(sorted(names))}" for word, names in parts if names)


def diff_text(state: HostState) -> str:
    """What runs and what is to run, for a diff: equal for a host on which nothing changed."""
    lines = [f"booted: {describe(state.booted)}", f"boots next: {describe(state.next_boot)}"]
    if state.staged is not None and state.staged.locked:
        lines.append(f"held back: {describe(state.staged)}")
    return "\n".join(lines) + "\n"
