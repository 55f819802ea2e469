# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: keeping a host from updating itself, and letting it go again."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from .._command import driver as commands
from .._command.quote import check_line
from .._errors import HostError
from .._model.host import UPDATE_DRIVERS, Hold, HostState
from .._model.steps import HostPlan, Step
from .._model.talk import Talk
from .work import carry_out

_UNIT = re.compile(r"[A-Za-z0-9][A-Za-z0-9:_.@-]*\.(service|timer)")


@dataclass(frozen=True)
class Holder:
    """Whose hold it is: an owner, and the plan it is held for. ``force`` is said to the holds of others."""

    owner: str
    plan: str | None = None
    force: bool = False

    def __post_init__(self) -> None:
        check_line(self.owner, "owner")
        if self.plan is not None:
            check_line(self.plan, "plan")


def owns(hold: Hold, holder: Holder) -> bool:
    """Whether it is the holder's own. Without a plan named, any plan of its owner's is."""
    return hold.owner == holder.owner and holder.plan in (None, hold.plan)


def describe_hold(hold: Hold | None) -> str:
    """Who holds it, for people."""
    if hold is None:
        return "not held"
    return "held by {}{}{}".format(
        hold.owner, f" for {hold.plan}" if hold.plan else "", f" since {hold.since}" if hold.since else ""
    )


def plan_hold(state: HostState, holder: Holder) -> HostPlan:
    """The steps that hold it. A newer plan of the same owner takes its hold over. HostError for somebody else's."""
    hold, units = state.hold, _units(state)
    if hold is not None and hold.owner != holder.owner and not holder.force:
        raise _theirs(state, hold)
    if (
        hold is not None
        and (hold.owner, hold.plan) == (holder.owner, holder.plan)
        and hold.units == units
        and not hold.missing
        and state.update_driver not in units
    ):
        return HostPlan((), f"updates are {describe_hold(hold)} already")
    _check_root(state)
    return HostPlan(
        (
            Step(
                "record", f"record that {holder.owner} holds updates", commands.record(holder.owner, holder.plan, units)
            ),
            Step("write", "have no deployment on disk start what updates the host", commands.write(units)),
            Step("stop", "stop what updates the host", commands.stop(units)),
        ),
        f"updates are {describe_hold(hold)}",
    )


def plan_release(state: HostState, holder: Holder) -> HostPlan:
    """The steps that undo what holding did. HostError for somebody else's hold."""
    hold = state.hold
    if hold is None:
        return HostPlan((), "updates are not held")
    if not owns(hold, holder) and not holder.force:
        raise _theirs(state, hold)
    _check_root(state)
    return HostPlan(
        (
            Step("unwrite", "let every deployment on disk start what updates the host", commands.unwrite(hold.units)),
            Step("start", "start what was held", commands.start(_drivers(hold.units))),
            Step("forget", f"forget that {hold.owner} held updates", commands.forget()),
        ),
        f"updates are {describe_hold(hold)}",
    )


def predicted_hold(state: HostState, holder: Holder) -> HostState:
    """The host as the steps would leave it, for check mode and diff; when it was held is not known before."""
    units = _units(state)
    driver = None if state.update_driver in units else state.update_driver
    return replace(state, hold=Hold(holder.owner, holder.plan, units=units), update_driver=driver)


def hold(
    host: str, state: HostState, owner: str, plan: str | None = None, force: bool = False, timeout: float = 300.0
) -> Talk[tuple[HostPlan, HostState]]:
    """Keeps the host from updating itself until it is released, whatever it boots in between. An update of its own
    that rpm-ostree is at is not waited for."""
    holder = Holder(owner, plan, force)
    done, after, _joined = yield from carry_out(
        host, state, lambda seen: plan_hold(seen, holder), "hold", timeout, beside=True
    )
    if after.hold is None or after.hold.missing or after.update_driver in after.hold.units:
        raise HostError(host, f"its updates were to be held, but {_why(after)}; look at it by hand")
    return done, after


def release(
    host: str, state: HostState, owner: str, plan: str | None = None, force: bool = False, timeout: float = 300.0
) -> Talk[tuple[HostPlan, HostState]]:
    """Lets the host update itself again, as it did before it was held."""
    holder = Holder(owner, plan, force)
    done, after, _joined = yield from carry_out(
        host, state, lambda seen: plan_release(seen, holder), "release", timeout
    )
    return done, after


def _units(state: HostState) -> tuple[str, ...]:
    """What is to be held: all that is known, for what is booted next may carry another, and what is seen."""
    seen = (state.update_driver,) if state.update_driver and _UNIT.fullmatch(state.update_driver) else ()
    held = state.hold.units if state.hold is not None else ()
    every = [*UPDATE_DRIVERS, *seen]
    every += [unit[: -len("timer")] + "service" for unit in every if unit.endswith(".timer")]
    return tuple(dict.fromkeys([*held, *every]))


def _drivers(units: tuple[str, ...]) -> tuple[str, ...]:
    """Those that are started by themselves; what a timer starts is left to it."""
    return tuple([unit for unit in units if unit.replace(".service", ".timer") not in units or unit.endswith(".timer")])


def _why(state: HostState) -> str:
    if state.hold is None:
        return "nothing says so"
    if state.hold.missing:
        return f"{state.hold.missing[0]} does not say so"
    return f"{state.update_driver} runs"


def _theirs(state: HostState, hold: Hold) -> HostError:
    return HostError(state.host, f"its updates are {describe_hold(hold)}; wait for its end, or say force")


def _check_root(state: HostState) -> None:
    if not state.can("root"):
        raise HostError(state.host, "updates can only be held and released by root: set become, or connect as root")
