# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: all extensions that a plan is about, on one host, as one talk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .._errors import HostError
from .._model.host import HostState
from .._model.layer import Layer
from .._model.steps import HostPlan
from .._model.talk import Talk
from .extension import ABSENT, PRESENT, Found, WishedExtension, look, plan_extension
from .observe import observe
from .work import carry_out


@dataclass(frozen=True)
class Layered:
    """``before`` are the same extensions as they were."""

    before: tuple[Layer, ...]
    after: HostState


def layer(host: str, wanted: Sequence[Layer], timeout: float, keep: bool) -> Talk[Layered]:
    """Brings the extensions to what is wanted, one after the other. ``keep``: what goes can be put back."""
    before = []
    for one in wanted:
        if one.checksum is not None and not one.checksum.startswith("sha256:"):
            raise HostError(host, f"what {one.name} was before is not known, so it cannot be put back")
        wished = WishedExtension(
            one.name, PRESENT if one.checksum else ABSENT, one.checksum, one.url, units=one.units, keep=keep
        )
        state, found = yield from look(host, one.name)

        def decide(state: HostState, wished: WishedExtension = wished, found: Found = found) -> HostPlan:
            return plan_extension(state, wished, found)

        yield from carry_out(host, state, decide, "extension", timeout)
        before.append(Layer(one.name, found.checksum, None, one.units))
    return Layered(tuple(before), (yield from observe(host)))
