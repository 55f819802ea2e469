# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what Terraform would make of hosts, held against what they run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MATCHES, AHEAD, BEHIND, DIFFERS, UNKNOWN = "matches", "ahead of image", "behind image", "differs", "unknown"
VERDICTS = (MATCHES, AHEAD, BEHIND, DIFFERS, UNKNOWN)
# of a host that did not answer
UNSEEN = "unseen"
# who says which release an image holds
STATED, HOSTS, LABEL, NAME = "stated", "hosts", "label", "name"


@dataclass(frozen=True)
class PoolImage:
    """What a new host of a pool boots first."""

    fleet: str
    pool: str
    image: str

    @property
    def key(self) -> tuple[str, str]:
        return (self.fleet, self.pool)


@dataclass(frozen=True)
class Created:
    """What Terraform says of a host: the ``image`` it was created from, and the ``release`` in that by its label."""

    fleet: str
    pool: str
    image: str
    release: str | None = None


@dataclass(frozen=True)
class ImageRelease:
    """The release in an image, as booted hosts name theirs, or the digest or checksum of what is in it. ``source`` says
    who says so (STATED, HOSTS, LABEL, NAME). Where it is None, ``reason`` says why."""

    release: str | None = None
    source: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class HostDrift:
    """One host. ``wanted`` is the release in its pool's image, the others are what people call the deployments.
    ``created_from`` is the image it was made of itself."""

    name: str
    fleet: str
    pool: str
    created_from: str
    verdict: str
    wanted: str | None = None
    booted: str | None = None
    staged: str | None = None
    newest: str | None = None


@dataclass(frozen=True)
class PoolDrift:
    """One pool. ``hosts`` are its hosts by verdict, ``runs`` what those of a verdict run, and ``other_images`` the
    hosts that were created from another image than the pool's, by that."""

    fleet: str
    pool: str
    image: str
    release: ImageRelease
    hosts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    runs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    other_images: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many of its hosts were looked at."""
        return sum(len(names) for names in self.hosts.values())

    @property
    def regresses(self) -> bool:
        """Whether a repaired or added host would begin with something older than others of the pool run."""
        return AHEAD in self.hosts


@dataclass(frozen=True)
class Drift:
    """All hosts and pools that Terraform says an image of."""

    hosts: tuple[HostDrift, ...] = ()
    pools: tuple[PoolDrift, ...] = ()
