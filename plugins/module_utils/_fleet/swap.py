# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: where traffic goes next, and whether it may. The state of a swap is what stands now."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from .._errors import ArgumentError
from .._model.policy import Policy
from .._model.swap import BACK, FORWARD, REST, Course, PoolView, SwapRules, TrafficRecord
from .._model.traffic import HOSTS, Member, Standing
from .choice import few
from .service_words import TRAFFIC
from .shares import WHOLE, percent, written


def way_back(pools: Sequence[PoolView], to: str) -> Course:
    """All to one pool at once, its hosts as they are. Raises ArgumentError."""
    named = _named(pools, to, "to")
    if named.share == WHOLE:
        return Course(REST, to, f"{to} has all of the traffic")
    return Course(BACK, to, f"all of the traffic goes to {to}, as was asked")


def direction(pools: Sequence[PoolView], into: str | None) -> Course:
    """Which pool is to get the traffic, by what they run and who serves. ``into`` names it where that is not clear.

    A pool that serves alone and runs the target is the end of it. Raises ArgumentError.
    """
    if into is not None:
        named = _named(pools, into, "pool")
        return _done(named) if named.share == WHOLE and named.at_target else _towards(named)
    serving = [pool for pool in pools if pool.share]
    alone = [pool for pool in serving if pool.share == WHOLE]
    if alone and alone[0].at_target:
        return _done(alone[0])
    begun = [pool for pool in serving if pool.at_target and pool.share < WHOLE]
    if len(begun) == 1:
        return _towards(begun[0])
    idle = [pool for pool in pools if not pool.share and pool.hosts]
    if not begun and len(idle) == 1 and len(serving) <= 1:
        return _towards(idle[0])
    raise ArgumentError(_unclear(pools, begun))


def _unclear(pools: Sequence[PoolView], begun: Sequence[PoolView]) -> str:
    shares = written({pool.name: pool.share for pool in pools})
    if begun:
        return (
            f"{few([pool.name for pool in begun])} have traffic ({shares}) and run the target, so it cannot be told "
            "which of them is to get all of it; say -e pool=NAME, or -e to=NAME for all at once."
        )
    if len([pool for pool in pools if pool.hosts]) < 2:
        return (
            f"Only one pool has hosts ({shares}), so there is none to swap to; make one with atomic.fleet.provision, "
            "or roll out in place with -e in_place=true."
        )
    return (
        f"The pools stand at {shares}, and it cannot be told which of them is to get the traffic; say -e pool=NAME, or "
        "-e to=NAME for all at once."
    )


def _done(pool: PoolView) -> Course:
    return Course(REST, pool.name, f"{pool.name} has all of the traffic and runs the target")


def _towards(pool: PoolView) -> Course:
    if not pool.hosts:
        raise ArgumentError(
            f"The pool {pool.name} has no hosts; make them with atomic.fleet.provision, or name another pool."
        )
    if pool.at_target:
        return Course(FORWARD, pool.name, f"{pool.name} runs the target, and has {pool.share} % of the traffic")
    if pool.share:
        raise ArgumentError(
            f"The pool {pool.name} has {pool.share} % of the traffic and does not run the target, so it would be "
            "changed while it serves; take its traffic away with -e to=NAME of another pool, or say -e in_place=true."
        )
    return Course(FORWARD, pool.name, f"{pool.name} has no traffic, and is brought to the target first", pool.hosts)


def in_place(pools: Sequence[PoolView], policy: Policy) -> Course:
    """The pools that serve, wave by wave, each host out of the balancer while it is away. Raises ArgumentError."""
    if not any(drain.kind == TRAFFIC for drain in policy.drains):
        raise ArgumentError(
            "in_place takes hosts out of the balancer one wave at a time, and the policy has no drain that does so; "
            "write `drains: [traffic]` into it, and give it as policy."
        )
    serving = [pool for pool in pools if pool.share]
    if not serving:
        raise ArgumentError("No pool has any traffic; move it to one with atomic.fleet.traffic, or -e to=NAME.")
    hosts = tuple(name for pool in serving for name in pool.hosts)
    return Course(REST, ", ".join(pool.name for pool in serving), "in place, one wave at a time", hosts)


def check_known(balancers: Mapping[str, Sequence[str]], course: Course) -> None:
    """Traffic moves at all balancers (their pools by name), or at none. Raises ArgumentError."""
    lacking = [name for name, pools in balancers.items() if course.to not in pools]
    if lacking and course.kind != REST:
        raise ArgumentError(
            f"{' and '.join(lacking)} does not know the pool {course.to}, so its traffic would stay; put it there, "
            "or give the balancers that are meant as fleet_traffic."
        )


def sizes(pools: Sequence[PoolView], to: str) -> tuple[int, int]:
    """How many hosts carry the traffic now, and how many are to."""
    live = sum(len(pool.hosts) for pool in pools if pool.share and pool.name != to)
    new = sum(len(pool.hosts) for pool in pools if pool.name == to)
    return live or new, new


def _named(pools: Sequence[PoolView], name: str, word: str) -> PoolView:
    found = next((pool for pool in pools if pool.name == name), None)
    if found is None:
        raise ArgumentError(
            f"{word} is {name!r}, which is no pool behind these balancers; there are "
            f"{', '.join(sorted(pool.name for pool in pools))}."
        )
    return found


def step_after(share: int, steps: Sequence[int]) -> int | None:
    """The next share of the new pool; None where it has all."""
    return None if share >= WHOLE else next((step for step in steps if step > share), WHOLE)


def given(now: Mapping[str, int], to: str, share: int) -> dict[str, int]:
    """Shares where ``to`` has so much, and the others the rest, in proportion to what they have now."""
    others = {pool: part for pool, part in now.items() if pool != to}
    if share >= WHOLE or not sum(others.values()):
        # nobody else has anything to keep
        return {pool: WHOLE if pool == to else 0 for pool in now}
    rest, left = WHOLE - share, dict[str, int]()
    total, spent, seen = sum(others.values()), 0, 0
    for pool, part in others.items():
        seen += part
        left[pool] = rest * seen // total - spent
        spent += left[pool]
    return {pool: share if pool == to else left[pool] for pool in now}


def without(now: Mapping[str, int], pool: str, before: Mapping[str, int]) -> dict[str, int]:
    """Nothing for this pool, all for the others: as they share now, or as they did before where they have nothing."""
    others = {name: part for name, part in now.items() if name != pool}
    if not sum(others.values()):
        others = {name: part for name, part in before.items() if name != pool}
    if not sum(others.values()):
        raise ArgumentError(f"There is no pool that the traffic of {pool} could go back to.")
    return {**percent(others), pool: 0}


def unfit(name: str, grain: str, seen: Standing, pool: str, share: int, rules: SwapRules) -> str | None:
    """Why the pool may not have this share by this balancer; None where it may.

    Not every balancer looks at hosts that get nothing: whom it has no opinion of counts as well where it has one of
    nobody in the pool, or where some of the pool's hosts are kept down by its share.
    """
    members = _candidates(grain, seen, pool)
    if not members:
        return f"{name} knows no host of {pool} that it could send anybody to"
    unseen_is_well = grain == HOSTS or not any(member.well is not None for member in members)
    sick = [member for member in members if member.well is False or (member.well is None and not unseen_is_well)]
    needed = math.ceil(rules.floor * share / WHOLE)
    well = len(members) - len(sick)
    if len(sick) > rules.budget:
        said = f" ({sick[0].said})" if sick[0].said else ""
        return f"{name} finds {few([member.host for member in sick])} of {pool} not well{said}"
    if well < needed:
        return f"{pool} has {well} hosts well behind {name}, and needs {needed} for {share} % of the traffic"
    return None


def _candidates(grain: str, seen: Standing, pool: str) -> list[Member]:
    """The hosts of the pool that a share of it reaches, now or when it has one. By whole hosts, those that a share of
    0 keeps down cannot be told from those that somebody took out."""
    members = [member for member in seen.members if member.pool == pool]
    return members if grain == HOSTS else [member for member in members if member.serving]


def nobody_well(seen: Standing, pools: Sequence[str]) -> bool:
    """Whether traffic to these pools would help nobody: the balancer finds none of their hosts well."""
    members = [member for member in seen.members if member.pool in pools]
    return all(member.well is False for member in members)


def under_way(seen: Standing, pools: Sequence[str]) -> int | None:
    """How many sessions these pools still have; None where the balancer does not count them."""
    found = [member.sessions for member in seen.members if member.pool in pools]
    return None if any(count is None for count in found) else sum(count or 0 for count in found)


def meddled(name: str, record: TrafficRecord | None, shares: Mapping[str, int]) -> str | None:
    """The sentence where what stands is not what we left, or were about to make."""
    if record is None or dict(shares) in (dict(record.shares), dict(record.intended)):
        return None
    return (
        f"{name}: its shares are {written(shares)}, and {record.by} left it at {written(record.intended)} on "
        f"{record.at}: somebody else moved its traffic; see who it was, and say -e take_over=true to go on from there."
    )
