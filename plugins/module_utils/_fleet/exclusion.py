# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: whom a policy leaves out and why; and whether it asks for what the fleet has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import translate

from .._errors import ArgumentError
from .._model.policy import Exclusion, Policy
from .choice import few
from .spread import One, Placed

_GLOB = frozenset("*?[")


def excluded(policy: Policy, hosts: Sequence[Placed]) -> Mapping[str, str]:
    """The hosts that are left out, with the reason, by name; the first exclusion that fits a host says why."""
    found: dict[str, str] = {}
    for rule in policy.exclude:
        for host in _fitting(rule, hosts):
            found.setdefault(host.name, f"excluded: {rule.reason}")
    return found


def unmatched(policy: Policy, hosts: Sequence[Placed]) -> Iterator[str]:
    """Sentences on exclusions and groups that no host fits: what they were written for may be gone, or misspelt."""
    for rule in policy.exclude:
        if next(_fitting(rule, hosts), None) is None:
            yield f"The policy excludes {asked(rule)} ({rule.reason}), and no host is that."
    there = {policy.group_of(host.domains) for host in hosts} if policy.groups else set()
    for index, group in enumerate(policy.groups):
        if index not in there:
            yield f"The policy has a group {group.label}, and no host is in it."


def asked(rule: Exclusion) -> str:
    """Whom an exclusion is for, in words."""
    return few([*rule.hosts, *[f"{key} {value}" for key, value in sorted(rule.where.items())]])


def _fitting(rule: Exclusion, hosts: Sequence[One]) -> Iterator[One]:
    named = re.compile("|".join([translate(one) for one in rule.hosts]))
    for host in hosts:
        if named.match(host.name) and all(host.domains.get(key) == value for key, value in rule.where.items()):
            yield host


def check_policy(policy: Policy, hosts: Sequence[Placed]) -> None:
    """Refuse a policy that names hosts, or goes by variables, that the fleet does not have: what it was to keep
    from harm would be changed. Raises ArgumentError."""
    known = {host.name for host in hosts}
    named = [name for rule in policy.exclude for name in rule.hosts if not _GLOB & set(name)]
    canaries = [*policy.canary_hosts, *[name for group in policy.groups for name in group.policy.canary_hosts]]
    for key, names in (("canary.hosts", canaries), ("exclude", named)):
        strangers = sorted(set(names) - known)
        if strangers:
            raise ArgumentError(f"The policy's {key} names {few(strangers)}, which the fleet does not have.")
    there = {variable for host in hosts for variable in host.domains}
    for key, variables in _variables(policy):
        missing = sorted(set(variables) - there) if hosts else []
        if missing:
            raise ArgumentError(
                f"The policy's {key} goes by {few(missing)}, which no host of the snapshot has; say which host "
                f"variable that is with fleet_domains, and plan again."
            )


def _variables(policy: Policy) -> Iterator[tuple[str, list[str]]]:
    yield "exclude", [name for rule in policy.exclude for name in rule.where]
    yield "order", [policy.order.variable] if policy.order else []
    yield "groups", [name for group in policy.groups for name in group.where]
