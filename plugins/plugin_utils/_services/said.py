# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what one entry of the policy says about one host, after its templates were rendered."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping

from ...module_utils._errors import ArgumentError
from .._http import WebSettings
from .model import Patience, Served
from .rest import Place, Rest

# seconds for one answer, and for all the asking again where a service is busy or starts; less where there is less time
_ANSWER, _AGAIN = 15.0, 60.0


def maybe(host: Served, word: str) -> str | None:
    """A text; None where it was left out, or its template came to nothing."""
    value = host.words.get(word)
    return None if value is None or str(value).strip() in ("", "None") else str(value)


def text(host: Served, word: str, default: str | None = None) -> str:
    found = maybe(host, word) or default
    if found is None:
        raise ArgumentError(f"{word} is empty; give it a text, or see to the variables of its template.")
    return found


def answer_time(patience: Patience) -> float:
    """How long one question may take, so that there is time left to say that it took too long."""
    return min(_ANSWER, patience.timeout / 4)


def server_of(url: str) -> str:
    """The server's name and port, for sentences: no login, no path."""
    try:
        return urllib.parse.urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def rest(kind: str, host: Served, url: str, patience: Patience, headers: Mapping[str, str] | None = None) -> Rest:
    """The service at a URL. ``kind`` is its name in sentences. Raises ArgumentError."""
    settings = WebSettings(
        ca_file=maybe(host, "ca_file"),
        client_cert=maybe(host, "client_cert"),
        client_key=maybe(host, "client_key"),
        timeout=answer_time(patience),
        patience=min(_AGAIN, patience.timeout / 4),
    )
    server = server_of(url)
    return Rest(Place(f"{kind} at {server}" if server else kind, url, dict(headers or {}), settings), patience.clock)
