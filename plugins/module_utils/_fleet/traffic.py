# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: who takes traffic, read off what Terraform saw when it last looked.

The output ``fleet`` of the state will not do: it says what was so at the last apply, and shares are moved in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .._model.contract import Fleet
from .._model.terraform import SeenResource

_FORWARDS = {"aws_lb_listener": "default_action", "aws_lb_listener_rule": "action"}
_URL_MAPS = ("google_compute_url_map", "google_compute_region_url_map")
_MEMBER = "openstack_lb_member_v2"
_ALONE = 1  # what a balancer gives to the only one it names, in whatever unit


def pool_weights(fleet: Fleet, seen: Iterable[SeenResource], pool_of: Mapping[str, str]) -> dict[str, int | None]:
    """Each pool's weight, summed over the balancers; None where that cannot be seen, as on Azure.

    ``pool_of`` leads from what a machine is known by (its addresses among it) to its pool. A pool that no balancer
    knows may serve in ways that nobody told us of, so its weight is None as well.
    """
    targets = {
        _plain(value): share.pool
        for balancer in fleet.traffic
        for share in balancer.shares
        for value in share.settings.values()
    }
    weights: dict[str, int | None] = {pool.name: None for pool in fleet.pools}
    for target, weight in _shares(seen, pool_of):
        pool = targets.get(_plain(target), target if target in weights else None)
        if pool is not None:
            weights[pool] = (weights[pool] or 0) + weight
    return weights


def _plain(target: str) -> str:
    """Google names a backend service by its link, by its path, and by its name: one URL map has no two of one name."""
    _before, mark, name = target.rpartition("/backendServices/")
    return name if mark else target


def _shares(seen: Iterable[SeenResource], pool_of: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    for resource in seen:
        values = resource.values
        if resource.type in _FORWARDS:
            yield from _of_actions(values.get(_FORWARDS[resource.type]))
        elif resource.type in _URL_MAPS:
            yield from _of_url_map(values)
        elif resource.type == _MEMBER and str(values.get("address")) in pool_of:
            yield pool_of[str(values["address"])], int(values.get("weight") or 0)


def _of_actions(actions: Any) -> Iterator[tuple[str, int]]:
    for action in actions or ():
        groups = [group for forward in action.get("forward") or () for group in forward.get("target_group") or ()]
        if not groups and action.get("target_group_arn"):
            yield str(action["target_group_arn"]), _ALONE
        for group in groups:
            yield str(group.get("arn")), int(group.get("weight") or 0)


def _of_url_map(values: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    services = [
        service
        for action in values.get("default_route_action") or ()
        for service in action.get("weighted_backend_services") or ()
    ]
    if not services and values.get("default_service"):
        yield str(values["default_service"]), _ALONE
    for service in services:
        yield str(service.get("backend_service")), int(service.get("weight") or 0)
