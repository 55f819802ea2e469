# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results are what templates expect: no tuple in them, at any depth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.atomic.fleet.plugins.module_utils._host.posture_render import render_posture
from ansible_collections.atomic.fleet.plugins.module_utils._host.render import render_state
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Deployment, Hold, HostState
from ansible_collections.atomic.fleet.plugins.module_utils._model.host_posture import (
    Chain,
    Driver,
    Firewall,
    HostPosture,
)

STATE = HostState(
    "h1",
    "rpm-ostree",
    "boot",
    (Deployment("a" * 64, "os", booted=True, requested_packages=("htop",), removed=()),),
    hold=Hold("ops", units=("zincati.service",)),
)
POSTURE = HostPosture(
    "h1",
    state=STATE,
    firewall=Firewall((Chain("inet", "input", "drop", 1, True),)),
    drivers=(Driver("zincati.service", "active"),),
    policy={"": ("reject",)},
)


def tuples(value: Any, where: str = "") -> Iterator[str]:
    if isinstance(value, tuple):
        yield where
    if isinstance(value, dict):
        for name, one in value.items():
            yield from tuples(one, f"{where}.{name}")
    if isinstance(value, (list, tuple)):
        for one in value:
            yield from tuples(one, f"{where}[]")


def test_lists_are_lists() -> None:
    assert list(tuples(render_state(STATE))) == []
    assert list(tuples(render_posture(POSTURE))) == []
    assert render_state(STATE)["booted"]["requested_packages"] == ["htop"]
    assert render_posture(POSTURE)["policy"] == {"": ["reject"]}
