# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a gate that is a query of Prometheus, or of anything with its HTTP API.

https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ...module_utils._parse.prometheus import samples
from .._http import HttpError
from .model import HOST, Patience, Served
from .rest import read_json
from .said import rest, text

_NAMED = 2


class PrometheusGate:
    scope: ClassVar[str] = HOST
    serving: ClassVar[bool] = False

    def ask(self, host: Served, patience: Patience) -> str | None:
        headers = {str(name): str(value) for name, value in host.words.get("headers", {}).items()}
        server = rest("Prometheus", host, text(host, "url"), patience, headers)
        answer = server.ask("GET", "/api/v1/query", {"query": text(host, "query")})
        if answer.status == 404:
            raise HttpError(f"{server.who}: there is no /api/v1/query below its url: see that the url leads to it.")
        try:
            found = samples(read_json(server.who, answer))
        except ValueError as error:
            raise HttpError(f"{server.who}: it does not answer the query ({error}).") from None
        if not found:
            return None if host.words.get("empty") == "pass" else f"{server.who} has nothing that fits the query"
        return _judged(found, host.words)


def _judged(found: Sequence[tuple[str, float]], words: Mapping[str, Any]) -> str | None:
    """What of the samples is out of bounds; what is no number is."""
    wrong = []
    for name, value in found:
        named = f"{name} " if name else ""
        if "at_most" in words and not value <= float(words["at_most"]):
            wrong.append(f"{named}is {value:g}, more than {float(words['at_most']):g}")
        elif "at_least" in words and not value >= float(words["at_least"]):
            wrong.append(f"{named}is {value:g}, less than {float(words['at_least']):g}")
    if not wrong:
        return None
    more = len(wrong) - _NAMED
    return "the query " + "; ".join(wrong[:_NAMED]) + (f"; and {more} more" if more > 0 else "")
