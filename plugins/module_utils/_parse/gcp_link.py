# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what names a resource of Google's Compute Engine: a link, a path, or a name alone."""

from __future__ import annotations

import re
from typing import NamedTuple

GLOBAL = "global"
_LINK = re.compile(
    r"(?:https?://[^/\s]+/)?(?:compute/[a-z0-9]+/)?"
    r"(?:projects/(?P<project>[a-z0-9.:-]+)/)?(?:(?P<scope>global|(?:regions|zones)/[a-z0-9-]+)/)?"
    r"(?:(?P<kind>[a-zA-Z]+)/)?(?P<name>[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)"
)


class Link(NamedTuple):
    """``scope`` is ``global``, ``regions/REGION`` or ``zones/ZONE``, ``kind`` the collection, as in the API's paths."""

    project: str
    scope: str
    kind: str
    name: str

    @property
    def path(self) -> str:
        return "/".join(("projects", *self))

    @property
    def place(self) -> str:
        """The region's or zone's name; empty for what is global."""
        return self.scope.partition("/")[2]


def parse_link(text: str, kind: str, project: str = "", scope: str = "") -> Link | None:
    """What is named, with what the text leaves out from the other arguments; None where it names no such thing.

    https://www.googleapis.com/compute/v1/projects/p/global/backendServices/web, projects/p/global/backendServices/web,
    global/backendServices/web and web are the same.
    """
    found = _LINK.fullmatch(text.strip())
    if found is None:
        return None
    link = Link(found["project"] or project, found["scope"] or scope, found["kind"] or kind, found["name"])
    return link if all(link) and link.kind == kind else None
