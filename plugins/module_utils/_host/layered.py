# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: layering as a talk with the host, and what is told of it, for verb and module."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from .._command.layers import UNASKED, look_script
from .._command.rpm_ostree import cleanup_pending
from .._errors import HostError
from .._model.host import Deployment, HostState
from .._model.steps import HostPlan, Step
from .._model.talk import Ask, Talk
from .._parse.observation import parse_observation
from .._parse.provided import parse_files, parse_provided
from .._parse.sections import parse_sections
from .layer_wish import LayerWish
from .layering import Known, StaleError, below, change_for, foretell, holds, plan_layering, runs_next, unsettled
from .observe import OBSERVE_TIMEOUT, answer
from .render import render_boot, render_steps
from .work import carry_out

# How often the host is asked anew where others change it meanwhile, and how often exact sets are gone through: what
# was there for the sake of a package that went has to be layered by its own name then.
_ROUNDS = 3
# A way out for what rpm-ostree says most often, in its own words: only to tell, nothing is decided by it.
_WAYS_OUT = (
    (r"Packages not found|No package matches", "look at the names, and at the host's repositories in /etc/yum.repos.d"),
    (
        r"No space left|min-free-space",
        "make room on the host, `rpm-ostree cleanup -bm` takes away what is no longer needed",
    ),
    (r"conflict|Could not depsolve", "take one of them out of the wish, or make room by overrides"),
    (r"LockLayering", "/etc/rpm-ostreed.conf on the host forbids layering"),
    (r"would be (removed|replaced)|allow-replacement", "leave apply_live out and reboot"),
)


@dataclass(frozen=True)
class Layered:
    """What layering came to. In check mode ``after`` is the host as foretold."""

    before: HostState
    after: HostState
    plan: HostPlan
    known: Known


def look(host: str, wish: LayerWish) -> Talk[tuple[HostState, Known]]:
    """The host as it is, and what it holds already of what is asked for: one round trip, or two where a word stands
    in rpm-ostree's status for another reason than being layered."""
    spare = wish.state != "absent"
    state, known, asked = yield from _ask(host, wish, spare)
    if not asked and unsettled(state, wish):
        state, known, asked = yield from _ask(host, wish, spare=False)
    return state, known


def _ask(host: str, wish: LayerWish, spare: bool) -> Talk[tuple[HostState, Known, bool]]:
    words, files = wish.asked, wish.files_there
    reply = yield Ask(look_script(words, files, spare), timeout=OBSERVE_TIMEOUT, note="observe")
    sections = parse_sections(host, answer(host, reply))
    known, asked = Known(), True
    if words:
        section = sections["provided"]
        asked = section.rc != UNASKED
        if asked:
            known = replace(known, provided=None if section.rc else parse_provided(host, section.text, words))
    if files:
        known = replace(known, files=parse_files(host, sections["files"].text, files))
    return parse_observation(host, sections), known, asked


def foretold(state: HostState, wish: LayerWish, known: Known) -> Layered:
    """What layering would come to."""
    plan = plan_layering(state, wish, known)
    return Layered(state, foretell(state, wish, change_for(state, wish, known)) if plan.steps else state, plan, known)


def layer(host: str, wish: LayerWish, state: HostState, known: Known, timeout: float) -> Talk[Layered]:
    """Makes it so, and looks whether it is. HostError where it is not, and where the OS below would have moved."""
    before, steps, reason = state, list[Step](), ""
    for _round in range(_ROUNDS):
        try:
            plan, was, after = yield from _carry_out(host, wish, state, known, timeout)
        except StaleError:
            state, known = yield from look(host, wish)
            continue
        steps, reason = [*steps, *plan.steps], reason or plan.reason
        if plan.steps and below(after).base != was.base:
            yield from _undo(host, was, after, timeout)
        if plan.steps:
            state, known = yield from look(host, wish)
        else:
            state = after
        if not plan_layering(state, wish, known).steps:
            return Layered(before, state, HostPlan(tuple(steps), reason), known)
    raise HostError(
        host,
        "is not as wanted after it was changed: others change it too, or a file is not what it is called; look"
        " at `rpm-ostree status`, and run it again",
    )


def _carry_out(
    host: str, wish: LayerWish, state: HostState, known: Known, timeout: float
) -> Talk[tuple[HostPlan, Deployment, HostState]]:
    """The plan that was carried out, what it was laid over, and the host afterwards."""
    seen = [state]

    def decide(found: HostState) -> HostPlan:
        seen.append(found)
        return plan_layering(found, wish, known)

    try:
        plan, after, _joined = yield from carry_out(host, state, decide, "layer", timeout)
    except HostError as error:
        way = next((way for words, way in _WAYS_OUT if re.search(words, error.message)), None)
        if way is None:
            raise
        raise type(error)(host, f"{error.message.removeprefix(host + ': ')}; {way}") from None
    return plan, below(seen[-1]), after


def _undo(host: str, was: Deployment, after: HostState, timeout: float) -> Talk[None]:
    """Takes away what was staged over another OS than it was to be, and says so."""
    moved = below(after)

    def decide(found: HostState) -> HostPlan:
        steps = () if below(found).booted else (Step("cleanup", "take it away", cleanup_pending()),)
        return HostPlan(steps, "the OS below moved")

    yield from carry_out(host, after, decide, "layer", timeout)
    lost = "" if was.booted else f", and {was.label}, which was to boot next, went with it"
    raise HostError(
        host,
        f"layering would have moved the OS from {was.label} to {moved.label}, so it was taken away again{lost}; bring "
        f"the host to {moved.label} with atomic.fleet.deployment first, or let no other tool pull updates meanwhile",
    )


def render_layered(layered: Layered, wish: LayerWish, state: str, diff: bool) -> dict[str, Any]:
    """The result of the verb and of the module."""
    after = layered.after
    entry = below(after)
    result: dict[str, Any] = {
        "changed": layered.plan.changed,
        "msg": layered.plan.reason,
        "steps": render_steps(layered.plan),
        "before": render_boot(layered.before),
        "after": render_boot(after),
        "packages": list(entry.requested_packages + entry.requested_local),
        "inactive": inactive(entry),
        "live": runs_next(after),
        "reboot_required": after.reboot_required,
    }
    if state == "latest":
        result["msg"] += "; latest upgrades nothing, newer packages come with the OS"
    warnings = _warnings(layered, wish)
    if warnings:
        result["warnings"] = warnings
    if diff:
        result["diff"] = {"before": _lines(layered.before), "after": _lines(after)}
    return result


def inactive(entry: Deployment) -> list[str]:
    """What is requested though the base has it; of a deployment that is only foretold nobody knows."""
    return [word for word in entry.requested_packages if word not in entry.packages] if entry.checksum else []


def _warnings(layered: Layered, wish: LayerWish) -> list[str]:
    host, after = layered.after.host, layered.after
    found = []
    if wish.state == "absent" and wish.names and below(after).checksum:
        stays = sorted((holds(after, layered.known) or frozenset()).intersection(wish.names))
        if stays:
            found.append(
                f"{host}: {', '.join(stays)} is still there, as part of the base or for another package's sake; "
                "overrides with remove takes packages out of the base"
            )
    if below(after).incompatible:
        found.append(
            f"{host}: what is layered makes it incompatible with bootc, so that rpm-ostree alone updates it; build the "
            "packages into the image, and take the layers away with state: exact and an empty name, to change that"
        )
    return found


def _lines(state: HostState) -> str:
    """What boots next, a line for each thing that is layered."""
    entry = below(state)
    words = [f"base: {entry.label} ({entry.base[:12]})"]
    words += [f"layered: {word}" for word in sorted(entry.requested_packages + entry.requested_local)]
    words += [f"removed: {word}" for word in sorted(entry.removed)]
    words += [f"replaced by: {word}" for word in sorted(entry.replaced)]
    return "\n".join([*words, f"the running system has it: {'yes' if runs_next(state) else 'no'}"]) + "\n"
