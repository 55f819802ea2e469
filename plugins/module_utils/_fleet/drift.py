# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what Terraform would make of every host, against what it runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .._model.drift import (
    AHEAD,
    BEHIND,
    DIFFERS,
    MATCHES,
    UNKNOWN,
    VERDICTS,
    Created,
    Drift,
    HostDrift,
    ImageRelease,
    PoolDrift,
    PoolImage,
)
from .._model.fleet import Snapshot, SnapshotHost, Target
from .._model.host import Deployment, HostState
from .._parse.image_name import is_exact
from .._parse.version_order import newer
from .image_release import image_releases


def judge_drift(
    snapshot: Snapshot,
    created: Mapping[str, Created],
    pools: Iterable[PoolImage],
    stated: Mapping[str, str],
    newest: Mapping[str, Target],
) -> Drift:
    """``created`` is what Terraform says of hosts, by name, ``stated`` the releases in images that people know of, and
    ``newest`` what was asked for hosts. A host whose pool is none of ``pools`` is left out."""
    known = {pool.key: pool for pool in pools}
    releases = image_releases({pool.image for pool in known.values()}, stated, created, snapshot)
    hosts = []
    for host in sorted(snapshot.hosts, key=lambda one: one.name):
        made = created.get(host.name)
        pool = known.get((made.fleet, made.pool)) if made else None
        if made is not None and pool is not None:
            hosts.append(_host(host, made, releases[pool.image], newest.get(host.name)))
    by_pool: dict[tuple[str, str], list[HostDrift]] = {}
    for one in hosts:
        by_pool.setdefault((one.fleet, one.pool), []).append(one)
    found = [_pool(pool, releases[pool.image], by_pool.get(key, [])) for key, pool in sorted(known.items())]
    return Drift(tuple(hosts), tuple(found))


def verdict(wanted: str | None, booted: Deployment | None) -> str:
    """The word for a host that has ``booted``, while a new one of its pool would boot ``wanted``."""
    if wanted is None or booted is None:
        return UNKNOWN
    if booted.version == wanted or booted.is_at(wanted):
        return MATCHES
    if is_exact(wanted):
        return DIFFERS
    if booted.version is None:
        return UNKNOWN
    ahead = newer(booted.version, wanted)
    return DIFFERS if ahead is None else AHEAD if ahead else BEHIND


def _host(host: SnapshotHost, made: Created, release: ImageRelease, newest: Target | None) -> HostDrift:
    state = host.state
    booted, staged = (state.booted, state.staged) if state else (None, None)
    return HostDrift(
        name=host.name,
        fleet=made.fleet,
        pool=made.pool,
        created_from=made.image,
        verdict=verdict(release.release, booted),
        wanted=release.release,
        booted=booted.label if booted else None,
        staged=staged.label if staged else None,
        newest=newest.label if newest else _last_seen(state, booted),
    )


def _last_seen(state: HostState | None, booted: Deployment | None) -> str | None:
    """What the host's own tool last saw as the next update, unless that is older than what it runs by now."""
    seen = state.cached_update if state else None
    if seen is None or booted is None:
        return None
    if seen.version is not None:
        return None if booted.version and newer(booted.version, seen.version) else seen.version
    exact = seen.digest or seen.checksum
    return None if exact is None else exact.removeprefix("sha256:")[:12]


def _pool(pool: PoolImage, release: ImageRelease, hosts: list[HostDrift]) -> PoolDrift:
    by_verdict = {word: [one for one in hosts if one.verdict == word] for word in VERDICTS}
    others: dict[str, list[str]] = {}
    for one in hosts:
        if one.created_from != pool.image:
            others.setdefault(one.created_from, []).append(one.name)
    return PoolDrift(
        fleet=pool.fleet,
        pool=pool.pool,
        image=pool.image,
        release=release,
        hosts={word: tuple([one.name for one in found]) for word, found in by_verdict.items() if found},
        runs={
            word: tuple(sorted({one.booted for one in found if one.booted is not None}))
            for word, found in by_verdict.items()
            if found
        },
        other_images={image: tuple(names) for image, names in sorted(others.items())},
    )
