# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a swap for people: where it stands, what comes next, how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .._model.swap import BACK, FORWARD, Course, PoolView
from .shares import WHOLE
from .swap import step_after

_RUNS = {True: "runs the target", False: "does not run the target", None: ""}


def render_course(course: Course, views: Sequence[PoolView]) -> str:
    """The pools as they stand, and what is done about it."""
    width = max([len(view.name) for view in views] + [4])
    lines = []
    for view in views:
        hosts = f"{len(view.hosts)} host{'' if len(view.hosts) == 1 else 's'}"
        runs = _RUNS[view.at_target]
        lines.append(f"  {view.name:<{width}}  {view.share:>3} %  {hosts}{', ' + runs if runs else ''}")
    return "\n".join([*lines, f"Swap: {course.why}."])


def render_end(course: Course, shares: Mapping[str, int], steps: Sequence[int], would: bool = False) -> str:
    """What was done, or ``would`` be; ``shares`` are those before it."""
    others = [pool for pool, share in sorted(shares.items()) if pool != course.to and (share or course.kind == BACK)]
    if course.kind not in (FORWARD, BACK):
        return "Swap: no traffic is moved."
    if would:
        return f"Swap: traffic would go to {course.to}: {_steps(course, shares, steps)}."
    kept = " and ".join(others) or "the other pools"
    return (
        f"Swap: {course.to} has all of the traffic; {kept} {'is' if len(others) == 1 else 'are'} kept as "
        f"{'it is' if len(others) == 1 else 'they are'}.\n  Back at once:  -e to={others[0] if others else 'NAME'}\n"
        f"  Take its hosts away:  atomic.fleet.retire -e pool={others[0] if others else 'NAME'}"
    )


def render_stop(course: Course, unfinished: bool) -> str:
    """Why no traffic is moved yet, and what goes on from here."""
    why = f"the rollout to {course.to} is not through" if unfinished else "it stops before the traffic, as was asked"
    rest = "run it again" if unfinished else "the same without stop_before goes on"
    return f"Swap: {why}; traffic stays where it is. Next: {rest}."


def _steps(course: Course, shares: Mapping[str, int], steps: Sequence[int]) -> str:
    share, found = shares.get(course.to, 0), list[str]()
    while course.kind == FORWARD and (step := step_after(share, steps)) is not None:
        found.append(f"{step} %")
        share = step
    return ", ".join(found) or f"{WHOLE} % at once"
