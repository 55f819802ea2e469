# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: fetches the files of Fedora CoreOS's streams, from their servers, a mirror or a disk."""

from __future__ import annotations

import urllib.parse
from dataclasses import dataclass
from pathlib import Path

from ..module_utils._errors import ArgumentError
from ..module_utils._fleet.stream import build_graph
from ..module_utils._model.stream import UpdateGraph
from ..module_utils._parse.fcos import parse_graph, parse_releases, parse_updates
from ._http import HttpError, Web

_BUILDS = "https://builds.coreos.fedoraproject.org"


@dataclass(frozen=True)
class StreamPlaces:
    """Where the files are: URLs or paths, with `{stream}` for the stream's name and `{machine}` for an architecture.

    With ``graph``, Cincinnati's, the index and the updates are not asked for.
    """

    updates: str = _BUILDS + "/updates/{stream}.json"
    releases: str = _BUILDS + "/prod/streams/{stream}/releases.json"
    graph: str | None = None


class Streams:
    """The streams' files, each read once."""

    def __init__(self, web: Web, places: StreamPlaces | None = None) -> None:
        self._web = web
        self._places = places or StreamPlaces()
        self._texts: dict[str, str] = {}

    def graph(self, stream: str, machine: str) -> UpdateGraph:
        """Who may go where, for one architecture (x86_64). Raises FleetError."""
        places = self._places
        if places.graph:
            source = _filled(places.graph, stream, machine)
            return parse_graph(_shown(source), self._read(source), stream)
        updates, releases = _filled(places.updates, stream, machine), _filled(places.releases, stream, machine)
        return build_graph(
            stream,
            machine,
            parse_releases(_shown(releases), self._read(releases)),
            parse_updates(_shown(updates), self._read(updates)),
        )

    def _read(self, source: str) -> str:
        if source not in self._texts:
            url = source.startswith(("http://", "https://"))
            self._texts[source] = self._fetched(source) if url else _loaded(Path(source.removeprefix("file://")))
        return self._texts[source]

    def _fetched(self, url: str) -> str:
        name = _shown(url)
        answer = self._web.ask(name, url)
        if answer.status != 200:
            raise HttpError(
                f"{name}: the server did not hand it out ({answer.status}): see that the stream is called so."
            )
        return answer.body.decode("utf-8", "replace")


def _filled(place: str, stream: str, machine: str) -> str:
    word = urllib.parse.quote(stream, safe="")
    return place.replace("{stream}", word).replace("{machine}", urllib.parse.quote(machine, safe=""))


def _shown(source: str) -> str:
    """A place without the password that may stand in it."""
    before, at, after = source.partition("@")
    scheme, slashes, _login = before.partition("://")
    return f"{scheme}://{after}" if at and slashes and "/" not in _login else source


def _loaded(path: Path) -> str:
    try:
        return path.expanduser().read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ArgumentError(f"{path}: the stream's file cannot be read ({error.strerror}).") from None
