# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: an update stream of Fedora CoreOS: its releases, and who may go where when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# What is to be done with a host that follows a stream.
UPDATE, CURRENT, WAIT, DEAD_END, UNKNOWN = "update", "current", "wait", "dead_end", "unknown"


@dataclass(frozen=True)
class Rollout:
    """A release on its way to all hosts: ``start`` is its share of them (0 to 1) at ``at`` (seconds since the epoch),
    and all have it ``duration`` seconds later. Without a duration the share stays what it is."""

    at: float = 0.0
    start: float = 0.0
    duration: float | None = None

    def share(self, now: float) -> float | None:
        """The share of hosts that may have it; None before it has begun."""
        if now < self.at:
            return None
        if self.duration is None:
            return self.start
        if now >= self.at + self.duration:
            return 1.0
        return self.start + (1.0 - self.start) * (now - self.at) / self.duration

    def opens(self, wariness: float) -> float | None:
        """When a host of this wariness may have it; None for never, as things are."""
        if wariness <= self.start:
            return self.at
        if self.duration is None:
            return None
        return self.at + self.duration * (wariness - self.start) / (1.0 - self.start)


@dataclass(frozen=True)
class Release:
    """One release for one architecture. ``commit`` is its ostree commit, ``image`` its container image by digest.

    ``barrier`` is why every host has to boot it before it goes further, ``dead_end`` why none gets away from it.
    """

    version: str
    commit: str | None = None
    image: str | None = None
    barrier: str | None = None
    dead_end: str | None = None
    rollout: Rollout | None = None


@dataclass(frozen=True)
class UpdateGraph:
    """Releases, the oldest first, and the ways between them as pairs of their places."""

    stream: str
    releases: tuple[Release, ...]
    edges: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class ReleaseUpdate:
    """What `updates/STREAM.json` says of one release."""

    version: str
    barrier: str | None = None
    dead_end: str | None = None
    rollout: Rollout | None = None


@dataclass(frozen=True)
class IndexedRelease:
    """What `releases.json` says of one release, by architecture."""

    version: str
    commits: Mapping[str, str] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NextRelease:
    """Where a host goes from here. ``release`` is None where it stays; ``reason`` is a sentence in both cases.

    ``at`` is when a host that waits may go, where that is known.
    """

    verdict: str
    reason: str
    release: Release | None = None
    at: float | None = None
