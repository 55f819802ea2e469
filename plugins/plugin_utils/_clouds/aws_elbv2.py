# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: weights of target groups in a listener of AWS, or in a rule of one.

AWS knows no condition for a write (no ETag): between our last look and the write there is a moment that nothing guards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ...module_utils._errors import ArgumentError, ParseError
from ...module_utils._fleet.shares import percent, written
from ...module_utils._model.contract import Balancer
from ...module_utils._model.traffic import WEIGHTS, PoolHost, Standing
from ...module_utils._parse.elbv2 import Arn, Forward, group_name, parse_arn, parse_forward, reweighted
from .._services.model import Patience
from .aws_api import Api, Busy, Lost, Until, until
from .aws_seats import Seats
from .aws_targets import Hosts, Looks
from .model import Adapter, Limits, TrafficError, changed

_PAUSE = 1.0


@dataclass(frozen=True)
class Site:
    """Where the weights are, and by which words AWS is asked for it and told."""

    arn: str
    setting: str
    look: str
    entries: str
    write: str
    actions: str

    @property
    def kind(self) -> str:
        return "rule" if self.setting == "RuleArn" else "listener"


@dataclass(frozen=True)
class Found:
    """``whole``: the action names the target group of every pool. AWS checks none that it does not name."""

    actions: Sequence[Mapping[str, Any]]
    standing: Standing
    whole: bool

    @property
    def shares(self) -> dict[str, int]:
        return percent(self.standing.weights)

    def stands(self, shares: Mapping[str, int]) -> bool:
        return self.whole and self.shares == shares


def open_adapter(balancer: Balancer, hosts: Sequence[PoolHost], limits: Limits) -> Adapter:
    """Raises ArgumentError."""
    who, settings = balancer.name, balancer.settings
    if settings.get("rule_arn"):
        arn = _arn(who, "rule_arn", settings["rule_arn"], "listener-rule")
        site = Site(arn.text, "RuleArn", "DescribeRules", "Rules", "ModifyRule", "Actions")
    else:
        arn = _arn(who, "listener_arn", settings.get("listener_arn", ""), "listener")
        site = Site(arn.text, "ListenerArn", "DescribeListeners", "Listeners", "ModifyListener", "DefaultActions")
    if settings.get("region", arn.region) != arn.region:
        raise ArgumentError(f"{who}: its region is {settings['region']}, and its {site.kind} is in {arn.region}.")
    groups = {
        share.pool: _arn(
            who, f"target_group_arn of pool {share.pool}", share.settings.get("target_group_arn", ""), "targetgroup"
        ).text
        for share in balancer.shares
    }
    if len(set(groups.values())) != len(groups):
        raise ArgumentError(f"{who}: two of its pools have the same target group; give each its own.")
    return Elbv2(who, site, groups, Hosts.of(hosts), Api(who, arn.region, limits), limits)


def _arn(who: str, setting: str, value: str, kind: str) -> Arn:
    arn = parse_arn(value)
    if arn is None or arn.kind != kind:
        raise ArgumentError(
            f"{who}: its {setting} is {value[:200]!r}; aws_elbv2 needs an ARN there, "
            f"arn:aws:elasticloadbalancing:REGION:ACCOUNT:{kind}/…."
        )
    return arn


class Elbv2:
    """``groups`` are the ARNs of the pools' target groups."""

    grain: ClassVar[str] = WEIGHTS

    def __init__(self, who: str, site: Site, groups: Mapping[str, str], hosts: Hosts, api: Api, limits: Limits) -> None:
        self._who = who
        self._site = site
        self._groups = groups
        self._hosts = hosts
        self._api = api
        self._limits = limits
        self._looks = Looks(who, api, groups.values())
        self._seats = Seats(who, api, self._looks)

    def observe(self) -> Standing:
        return self._look(self._until()).standing

    def shift(self, shares: Mapping[str, int], seen: Standing) -> Standing:
        end = self._until()
        lost: Lost | None = None
        in_time = True
        while True:
            found = self._look(end) if lost is None else self._look_after(lost, shares, end)
            if lost and found.stands(shares):
                return found.standing
            if lost and (found.standing.version != seen.version or not in_time):
                raise TrafficError(f"{lost.message.rstrip('.')}; {written(found.shares)} is what stands.")
            if found.standing.version != seen.version:
                raise changed(self._who, seen, found.standing)
            if found.stands(shares):
                return found.standing
            self._need_members(shares, found)
            try:
                self._write(found, shares)
            except Busy:
                # it was not carried out; before the next try it is looked who else did what
                if not end.pause(_PAUSE):
                    raise
            except Lost as error:
                lost = error
                in_time = end.pause(_PAUSE)
            else:
                return self._read_back(shares, end)

    def take_out(self, host: str, patience: Patience) -> None:
        self._seats.leave(*self._place(host), patience)

    def put_back(self, host: str, patience: Patience) -> None:
        self._seats.return_(*self._place(host), patience)

    def _until(self) -> Until:
        return until(self._limits.clock, self._limits.timeout)

    def _place(self, host: str) -> tuple[PoolHost, str]:
        known = self._hosts.named(host)
        if known is None or known.pool not in self._groups:
            raise ArgumentError(f"{self._who}: {host} is in none of its pools {', '.join(sorted(self._groups))}.")
        return known, self._groups[known.pool]

    def _look(self, end: Until) -> Found:
        """The weights last: what comes after is a decision on them."""
        members = tuple(
            member
            for pool, group in self._groups.items()
            for member in self._hosts.members(self._who, pool, group, self._looks.targets(group, end))
        )
        answer = self._api.ask(self._site.look, end, **{f"{self._site.setting}s": [self._site.arn]})
        entries = answer.get(self._site.entries) or ()
        if not entries:
            raise TrafficError(f"{self._who}: there is no {self._site.kind} {self._site.arn}: correct the contract.")
        actions = entries[0].get(self._site.actions) or ()
        forward = self._forward(actions)
        weights = {pool: forward.weights.get(group, 0) for pool, group in self._groups.items()}
        version = ",".join(f"{pool}={weight}" for pool, weight in sorted(weights.items()))
        unnamed = sorted(pool for pool, group in self._groups.items() if group not in forward.weights)
        remarks = tuple(_remarks(self._site, self._who, forward, unnamed))
        return Found(actions, Standing(weights, members, version, remarks), not unnamed)

    def _forward(self, actions: Sequence[Mapping[str, Any]]) -> Forward:
        try:
            forward = parse_forward(actions)
        except ParseError as error:
            raise self._unfit(error) from None
        strangers = [
            group_name(group)
            for group, weight in forward.weights.items()
            if weight and group not in self._groups.values()
        ]
        if strangers:
            raise TrafficError(
                f"{self._who}: its {self._site.kind} sends requests to {', '.join(strangers)} as well, the target "
                "group of no pool: take it out of the action or give it the weight 0, or add it to the contract."
            )
        return forward

    def _unfit(self, error: ParseError) -> TrafficError:
        return TrafficError(f"{self._who}: its {self._site.kind} cannot be moved: {error.message}.")

    def _need_members(self, shares: Mapping[str, int], found: Found) -> None:
        there = {one.pool for one in found.standing.members if one.serving and self._hosts.named(one.host)}
        for pool, share in shares.items():
            if share and pool not in there:
                raise TrafficError(
                    f"{self._who}: {pool} is to get {share} percent, and no host of that pool is in its target group "
                    f"{group_name(self._groups[pool])}: register them, or see that the inventory is complete."
                )

    def _write(self, found: Found, shares: Mapping[str, int]) -> None:
        weights = {self._groups[pool]: share for pool, share in shares.items()}
        try:
            actions = reweighted(found.actions, weights)
        except ParseError as error:
            raise self._unfit(error) from None
        self._api.once(self._site.write, **{self._site.setting: self._site.arn, self._site.actions: actions})

    def _look_after(self, lost: Lost, shares: Mapping[str, int], end: Until) -> Found:
        try:
            return self._look(end)
        except TrafficError:
            raise TrafficError(
                f"{lost.message.rstrip('.')}; whether {written(shares)} is in force is not known, for it could not be "
                "looked at afterwards."
            ) from None

    def _read_back(self, shares: Mapping[str, int], end: Until) -> Standing:
        while True:
            try:
                found = self._look(end)
            except TrafficError as error:
                raise TrafficError(
                    f"{error.message.rstrip('.')}; before that, AWS had taken the shares {written(shares)}."
                ) from None
            if found.stands(shares):
                return found.standing
            if not end.pause(_PAUSE):
                raise TrafficError(
                    f"{self._who}: AWS took the shares {written(shares)}, and {written(found.shares)} is what stands: "
                    "see who else moves its traffic."
                )


def _remarks(site: Site, who: str, forward: Forward, unnamed: Sequence[str]) -> Iterator[str]:
    if forward.sticky:
        yield (
            f"{who}: clients stay with their target group for {forward.sticky} s; until then, shares are of new ones."
        )
    if unnamed:
        yield (
            f"{who}: its {site.kind} does not name the target groups of {', '.join(unnamed)}, so AWS does not check "
            "the hosts there: the next change of shares names them, also one to those that stand."
        )
