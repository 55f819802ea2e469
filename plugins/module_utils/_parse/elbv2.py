# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: actions of a listener and health of targets, as AWS's Elastic Load Balancing has them.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Action.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from .._errors import ParseError

_ARN = re.compile(
    r"arn:aws[a-z-]*:elasticloadbalancing:(?P<region>[a-z0-9-]+):[0-9]{12}:(?P<kind>listener|listener-rule|targetgroup)/[A-Za-z0-9/._-]+"
)
_FORWARD = "forward"
_DRAINING = ("draining", "unhealthy.draining")
_WELL = {"healthy": True, "unhealthy": False, "unhealthy.draining": False}
# a target that its state calls no more than unused, and which nobody can be sent to
_UNFIT = ("Target.InvalidState", "Target.IpUnusable")
# nobody checks these, so their health will never be known
_UNCHECKED = ("Target.NotInUse", "Target.HealthCheckDisabled")


class Arn(NamedTuple):
    text: str
    region: str
    kind: str


@dataclass(frozen=True)
class Forward:
    """Where an action sends requests: weights by the target groups' ARNs. ``sticky`` is for how many seconds a client
    stays with its group, 0 where it does not."""

    weights: Mapping[str, int]
    sticky: int = 0


@dataclass(frozen=True)
class Target:
    """A target of a group. ``zone`` is said where it was chosen when the target was registered, and not found by AWS:
    for addresses outside of the network."""

    id: str
    port: int | None
    zone: str | None
    state: str
    reason: str = ""
    description: str = ""

    @property
    def draining(self) -> bool:
        return self.state in _DRAINING

    @property
    def checked(self) -> bool:
        return self.reason not in _UNCHECKED

    @property
    def well(self) -> bool | None:
        return False if self.reason in _UNFIT else _WELL.get(self.state)

    @property
    def said(self) -> str:
        return f"{self.state}: {self.description}" if self.description else self.state


def parse_arn(text: str) -> Arn | None:
    found = _ARN.fullmatch(text)
    return Arn(text, **found.groupdict()) if found else None


def group_name(arn: str) -> str:
    """What people call a target group: web-blue, of …:targetgroup/web-blue/0123456789abcdef."""
    return arn.rpartition(":")[2].removeprefix("targetgroup/").partition("/")[0]


def parse_forward(actions: Sequence[Mapping[str, Any]]) -> Forward:
    """Raises ParseError where these actions do not forward to target groups."""
    forward = _forward(actions)
    config = forward.get("ForwardConfig") or {}
    groups = config.get("TargetGroups") or ()
    stickiness = config.get("TargetGroupStickinessConfig") or {}
    if not groups and forward.get("TargetGroupArn"):
        return Forward({str(forward["TargetGroupArn"]): 1})
    weights = {str(group.get("TargetGroupArn")): _weight(group.get("Weight", 1)) for group in groups}
    if not weights:
        raise ParseError("its action forward names no target group")
    return Forward(weights, int(stickiness.get("DurationSeconds") or 1) if stickiness.get("Enabled") else 0)


def reweighted(actions: Sequence[Mapping[str, Any]], weights: Mapping[str, int]) -> list[dict[str, Any]]:
    """All of the actions with these weights, as they can be sent. Groups that are not among ``weights`` keep theirs.

    Raises ParseError where the SDK is older than what stands there: it would send less than it read.
    """
    return [_forwarding(action, weights) if action.get("Type") == _FORWARD else _sendable(action) for action in actions]


def _forward(actions: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    found = [action for action in actions if action.get("Type") == _FORWARD]
    if len(found) != 1:
        kinds = ", ".join(str(action.get("Type")) for action in actions) or "none"
        raise ParseError(f"it has to have one action forward, and its actions are {kinds}")
    return found[0]


def _weight(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ParseError(f"it gives the weight {str(value)[:40]!r} to a target group")
    return value


def _forwarding(action: Mapping[str, Any], weights: Mapping[str, int]) -> dict[str, Any]:
    """One group is described in both ways, and several may be sent in one of them only."""
    config = dict(action.get("ForwardConfig") or {})
    found = {**parse_forward([action]).weights, **weights}
    config["TargetGroups"] = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in found.items()]
    kept = {name: value for name, value in action.items() if name not in ("TargetGroupArn", "ForwardConfig")}
    return {**kept, "ForwardConfig": config}


def _sendable(action: Mapping[str, Any]) -> dict[str, Any]:
    if not any(name.endswith("Config") for name in action):
        raise ParseError(
            f"its action {action.get('Type')} is newer than this boto3, which would not keep it; take a newer one"
        )
    oidc = action.get("AuthenticateOidcConfig")
    if oidc is None:
        return dict(action)
    # the secret is never described, and has to be said to stay
    kept = {name: value for name, value in oidc.items() if name != "ClientSecret"}
    return {**action, "AuthenticateOidcConfig": {**kept, "UseExistingClientSecret": True}}


def parse_targets(answer: Mapping[str, Any]) -> tuple[Target, ...]:
    """What DescribeTargetHealth answers about a whole group."""
    return tuple(_target(described) for described in answer.get("TargetHealthDescriptions") or ())


def _target(described: Mapping[str, Any]) -> Target:
    target, health = described.get("Target") or {}, described.get("TargetHealth") or {}
    port = target.get("Port")
    return Target(
        id=str(target.get("Id")),
        port=int(port) if port else None,
        zone="all" if target.get("AvailabilityZone") == "all" else None,
        state=str(health.get("State") or "unknown"),
        reason=str(health.get("Reason") or ""),
        description=" ".join(str(health.get("Description") or "").split())[:200],
    )
