# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: drift for people, and as plain values."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from .._model.drift import AHEAD, BEHIND, DIFFERS, UNKNOWN, UNSEEN, VERDICTS, Drift, HostDrift, PoolDrift
from .._model.fleet import SnapshotHost
from .choice import few


def drift_columns(drift: Drift, hosts: Sequence[SnapshotHost]) -> list[tuple[str, list[str]]]:
    """Columns for a table of these hosts: a title, and a cell for each; none where nothing is known."""
    if not drift.hosts:
        return []
    by_name = {one.name: one for one in drift.hosts}
    rows = [(host, by_name.get(host.name)) for host in hosts]
    columns = [
        ("IMAGE", [(one.wanted or "unknown") if one else "" for _host, one in rows]),
        ("DRIFT", [one.verdict if one else "" for _host, one in rows]),
    ]
    held = [one.staged or "" if one and _held(host) else "" for host, one in rows]
    newest = [_newest(one) if one else "" for _host, one in rows]
    return [*columns, *[(title, cells) for title, cells in (("STAGED", held), ("NEWEST", newest)) if any(cells)]]


def _held(host: SnapshotHost) -> bool:
    """Whether something is staged that will not boot next: else the column BOOTS NEXT says it."""
    return host.state is not None and host.state.staged is not None and host.state.staged.locked


def _newest(one: HostDrift) -> str:
    return "" if one.newest is None else "the same" if one.newest == one.booted else one.newest


def drift_lines(drift: Drift) -> Iterator[str]:
    """A sentence for everything in a pool that a person should know of."""
    several = len({pool.fleet for pool in drift.pools}) > 1
    for pool in drift.pools:
        name = f"Pool {pool.pool} of {pool.fleet}" if several else f"Pool {pool.pool}"
        yield from [f"{name}: {said}" for said in _troubles(pool)]


def _troubles(pool: PoolDrift) -> Iterator[str]:
    release = pool.release.release
    if release is None and pool.size:
        yield (
            f"which release its image {pool.image} holds is not known ({pool.release.reason}); say it with "
            "image_releases."
        )
    image = f"its image {pool.image} holds {release}"
    if pool.regresses:
        yield (
            f"{image}, and {_run(pool, AHEAD)}: a repaired or added host would begin with {release}. Set the pool's "
            "image to what its hosts run and replace them while the pool is idle, or upgrade every host that is added."
        )
    if BEHIND in pool.hosts:
        yield f"{image}, and {_run(pool, BEHIND)}: a repaired or added host would be ahead of them; upgrade them."
    if DIFFERS in pool.hosts:
        yield f"{image}, and {_run(pool, DIFFERS)}: which of them is newer cannot be told."
    if release is not None and UNKNOWN in pool.hosts:
        yield f"{image}, and what these hosts run is not known: {few(pool.hosts[UNKNOWN])}."
    for other, names in pool.other_images.items():
        were = "was" if len(names) == 1 else "were"
        yield f"{len(names)} of {pool.size} hosts {were} created from another image, {other} ({few(names)})."


def _run(pool: PoolDrift, word: str) -> str:
    verb = "runs" if len(pool.hosts[word]) == 1 else "run"
    return f"{len(pool.hosts[word])} of {pool.size} hosts {verb} {few(pool.runs[word])}"


def count_verdicts(drift: Drift, unseen: Collection[str]) -> dict[str, list[str]]:
    """The hosts of every verdict that there is, and those that did not answer, whatever Terraform says of them."""
    found: dict[str, list[str]] = {}
    for one in drift.hosts:
        if one.name not in unseen:
            found.setdefault(one.verdict, []).append(one.name)
    if unseen:
        found[UNSEEN] = sorted(unseen)
    return {word: found[word] for word in (*VERDICTS, UNSEEN) if word in found}


def complaint(verdicts: Mapping[str, Sequence[str]], words: Collection[str]) -> str | None:
    """One sentence where there are hosts of verdicts that must not be."""
    bad = [f"{word}: {few(names)}" for word, names in verdicts.items() if word in words]
    if not bad:
        return None
    return f"The fleet drifted ({'; '.join(bad)}); the table of the fleet shows every host."


def render_drift(drift: Drift) -> dict[str, Any]:
    """As plain values, for the one who asked."""
    return {"hosts": {one.name: _host(one) for one in drift.hosts}, "pools": [_pool(pool) for pool in drift.pools]}


def _host(one: HostDrift) -> Mapping[str, Any]:
    return {
        "fleet": one.fleet,
        "pool": one.pool,
        "verdict": one.verdict,
        "wanted": one.wanted,
        "booted": one.booted,
        "staged": one.staged,
        "newest": one.newest,
        "created_from": one.created_from,
    }


def _pool(pool: PoolDrift) -> Mapping[str, Any]:
    return {
        "fleet": pool.fleet,
        "pool": pool.pool,
        "image": pool.image,
        "release": pool.release.release,
        "release_source": pool.release.source,
        "regresses": pool.regresses,
        "hosts": {word: list(names) for word, names in pool.hosts.items()},
        "other_images": {image: list(names) for image, names in pool.other_images.items()},
    }
