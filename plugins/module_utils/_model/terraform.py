# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what a Terraform plan would do, and what became of a look at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# the ``actions`` of a plan: https://developer.hashicorp.com/terraform/internals/json-format#change-representation
CREATE, UPDATE, DELETE = ("create",), ("update",), ("delete",)
REPLACE = (("delete", "create"), ("create", "delete"))
FORGET = ("forget",)


@dataclass(frozen=True)
class PlannedChange:
    """One resource and what the plan does to it.

    ``before`` and ``after`` are its attributes, None where it does not exist; ``unknown`` says what of ``after`` is
    not known yet, ``secret`` what of either must not be shown: both have the shape of Terraform's own documents, where
    True stands for a whole value. ``reasons`` are the attributes that force a replacement. ``tainted`` is what
    Terraform knows to be unfit: its creation had failed, or somebody has said so by its address.
    """

    address: str
    type: str
    actions: tuple[str, ...]
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    unknown: Any = None
    secret: tuple[Any, Any] = (None, None)
    reasons: tuple[str, ...] = ()
    deposed: bool = False
    tainted: bool = False

    @property
    def replaces(self) -> bool:
        return self.actions in REPLACE

    @property
    def removes(self) -> bool:
        """Whether what is there now will not be there afterwards."""
        return self.replaces or self.actions == DELETE


@dataclass(frozen=True)
class SeenResource:
    """A resource as Terraform saw it just before it planned."""

    address: str
    type: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class TerraformPlan:
    """``changes`` leaves out what stays as it is, and so does ``outputs``, names in order; ``variables`` are the
    root's, by name, defaults included."""

    changes: tuple[PlannedChange, ...]
    seen: tuple[SeenResource, ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Loss:
    """A host that a plan takes away, for good (``gone``) or for a while; ``how`` says it in words.

    ``unfit`` is one that Terraform knows to be so: nothing is lost with it.
    """

    host: str
    pool: str
    address: str
    how: str
    gone: bool = True
    unfit: bool = False


@dataclass(frozen=True)
class Objection:
    """Why a plan may not be applied: ``kind`` is one of traffic, balancer, budget and disk, ``what`` says it in words.

    ``names`` are the words that would allow it.
    """

    kind: str
    what: str
    names: tuple[str, ...]
