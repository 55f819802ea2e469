# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: which release an image holds: what people, hosts, labels and names say of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .._model.drift import HOSTS, LABEL, NAME, STATED, Created, ImageRelease
from .._model.fleet import Snapshot
from .._parse.image_name import release_in

_NOBODY = "neither its name nor a host made of it says so"


def image_releases(
    images: Iterable[str], stated: Mapping[str, str], created: Mapping[str, Created], snapshot: Snapshot
) -> Mapping[str, ImageRelease]:
    """The release in every image. What people state comes first, then what hosts made of it keep on their disks, then
    the label of such hosts, then its name. Nothing is guessed: where two of a kind disagree, none counts."""
    wanted = set(images)
    said: dict[tuple[str, str], set[str]] = {}
    for host in snapshot.hosts:
        made = created.get(host.name)
        if made is None or made.image not in wanted:
            continue
        installed = host.state.installed if host.state else None
        for source, release in ((HOSTS, installed), (LABEL, made.release)):
            if release is not None:
                said.setdefault((made.image, source), set()).add(release)
    return {image: _one(image, stated.get(image), said) for image in sorted(wanted)}


def _one(image: str, stated: str | None, said: Mapping[tuple[str, str], set[str]]) -> ImageRelease:
    if stated is not None:
        return ImageRelease(stated, STATED)
    for source, who in ((HOSTS, "hosts made of it"), (LABEL, "labels of hosts made of it")):
        found = sorted(said.get((image, source), ()))
        if len(found) > 1:
            return ImageRelease(reason="{} say different things: {}".format(who, ", ".join(found)))
        if found:
            return ImageRelease(found[0], source)
    name = release_in(image)
    return ImageRelease(reason=_NOBODY) if name is None else ImageRelease(name, NAME)
