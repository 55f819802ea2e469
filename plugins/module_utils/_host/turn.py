# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: one host's turn in a wave, as talks that can be begun again after any interruption."""

from __future__ import annotations

from collections.abc import Sequence

from .._errors import HostError, UnreachableError
from .._model.gate import Gate
from .._model.host import Deployment, HostState
from .._model.talk import Talk
from .boot import BOOT_TIMEOUT, SETTLE_TIMEOUT, await_boot, go_back, plan_boot, trigger_reboot
from .gates import failed_gates
from .health import settled
from .observe import observe, observe_surely

# No boot has this id: whatever answers counts as another boot.
ANY_BOOT = "-"


def bring_up(
    host: str,
    expected: str,
    left: str | None = None,
    timeout: float = BOOT_TIMEOUT,
    settle: float = SETTLE_TIMEOUT,
    gates: Sequence[Gate] = (),
) -> Talk[HostState]:
    """Reboot into ``expected``, which is staged, and return what came up, whatever that is, and whether it passes
    ``gates``.

    ``left`` is the boot id an earlier, interrupted turn wanted to leave: such a host may be on its way down
    or up just now, and is not rebooted again once it has left it. Raises UnreachableError, HostError.
    """
    try:
        state = yield from observe(host)
    except UnreachableError:
        if left is None:
            raise
        return (yield from await_boot(host, left, timeout, settle, gates))
    booted = state.booted
    if (booted is not None and booted.is_at(expected)) or (left is not None and state.boot_id != left):
        return state if settled(state) and not gates else (yield from look(host, timeout, settle, gates))
    yield from trigger_reboot(host, state, plan_boot(state, expected))
    return (yield from await_boot(host, state.boot_id, timeout, settle, gates))


def look(
    host: str, timeout: float = BOOT_TIMEOUT, settle: float = SETTLE_TIMEOUT, gates: Sequence[Gate] = ()
) -> Talk[HostState]:
    """A host that is not to be rebooted, given time to finish its start and to pass ``gates``."""
    state = yield from observe(host, gates=gates)
    if settled(state) and not failed_gates(state, gates):
        return state
    return (yield from await_boot(host, ANY_BOOT, timeout, settle, gates))


def take_back(
    host: str,
    was: Deployment,
    timeout: float = BOOT_TIMEOUT,
    settle: float = SETTLE_TIMEOUT,
    stage_timeout: float = 1800.0,
    coming: bool = False,
) -> Talk[HostState]:
    """Make the host run, and boot next, what it ran before its turn. ``coming``: an earlier run sent it on its way
    already, so it may be down just now. Raises UnreachableError, HostError."""
    if coming:
        try:
            state = yield from observe(host, fresh=True)
        except UnreachableError:
            state = yield from await_boot(host, ANY_BOOT, timeout, settle)
    else:
        state = yield from observe_surely(host, fresh=True)
    if state.booted is None:
        raise HostError(host, "runs no deployment, so there is nothing to go back from; look at it by hand.")
    return (yield from go_back(host, state, was, timeout, settle, stage_timeout))
