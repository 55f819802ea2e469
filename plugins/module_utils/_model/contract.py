# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what Terraform hands over, the output ``fleet`` (terraform/contract/fleet.schema.json)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

FLEET_SCHEMA = "atomic.fleet/fleet/v1"


@dataclass(frozen=True)
class SshEndpoint:
    """A place ssh goes to, and the public keys ("type base64") it may answer with."""

    address: str
    user: str
    port: int
    host_keys: tuple[str, ...] = ()
    host_key_authority: str | None = None


@dataclass(frozen=True)
class FleetHost:
    """One host. ``jump`` is the way to it, the hop nearest to the controller first."""

    name: str
    ssh: SshEndpoint
    cloud: str
    pool: str
    zone: str
    image: str
    id: str
    jump: tuple[SshEndpoint, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Pool:
    """What Terraform was asked for: ``image`` is what a new host of the pool boots first."""

    name: str
    image: str
    size: int
    zones: tuple[str, ...]


@dataclass(frozen=True)
class Share:
    """What a balancer gives to a pool: its weight as Terraform last saw it, None where it cannot see it."""

    pool: str
    weight: int | None
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Balancer:
    """What shares traffic out to pools; ``adapter`` is what moves it, ``settings`` what that one needs to find it."""

    name: str
    adapter: str
    address: str | None
    port: int
    shares: tuple[Share, ...]
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Fleet:
    name: str
    hosts: tuple[FleetHost, ...]
    pools: tuple[Pool, ...]
    traffic: tuple[Balancer, ...] = ()
