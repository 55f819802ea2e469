# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: questions to the HTTP interface of a service, from any thread.

Proxies are taken from the environment. Every question here may be asked twice, so one that met a busy server or a torn
connection is asked again for a while.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...module_utils._errors import ArgumentError
from ...module_utils._parse.http_headers import parse_retry_after
from .._http import LIMIT, Answer, Clock, HttpError, WebSettings, tls_context, unanswered

BUSY = frozenset((429, 502, 503, 504))
_LONGEST_PAUSE = 15.0
STEADY = Clock(time.monotonic, time.sleep)


class Torn(HttpError):
    """No answer, and the next try may get one."""


class _AsItIs(urllib.request.HTTPErrorProcessor):
    """Every answer is one, whatever its status; redirects are not followed, so a token goes nowhere else."""

    def http_response(self, request: Any, response: Any) -> Any:
        return response

    https_response = http_response


def plain_opener(settings: WebSettings | None = None) -> urllib.request.OpenerDirector:
    """Takes every answer as it is. ``settings`` are for TLS, where other than the system's authorities are trusted."""
    tls = [urllib.request.HTTPSHandler(context=tls_context(settings))] if settings else []
    return urllib.request.build_opener(_AsItIs(), *tls)


@dataclass(frozen=True)
class Place:
    """Where a service is: ``who`` names it in sentences, ``headers`` go with every question (tokens)."""

    who: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    settings: WebSettings = field(default_factory=lambda: WebSettings(timeout=15.0, patience=60.0))


class Rest:
    """One service. Raises HttpError where no answer came."""

    def __init__(self, place: Place, clock: Clock = STEADY) -> None:
        parts = _split(place)
        self.who = place.who
        self.clock = clock
        self._base = urllib.parse.urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))
        self._headers = {"User-Agent": "atomic.fleet", "Accept": "application/json", **place.headers}
        self._settings = place.settings
        self._opener = plain_opener(place.settings if parts.scheme == "https" else None)

    def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        busy: Collection[int] = BUSY,
        again: bool = True,
    ) -> Answer:
        """The answer. While it is one of ``busy``, or none comes, it is asked ``again`` until patience ends."""
        url = f"{self._base}{path}" + (f"?{urllib.parse.urlencode(query)}" if query else "")
        data = None if body is None else json.dumps(body).encode()
        sent = {
            **self._headers,
            **({"Content-Type": "application/json"} if data is not None else {}),
            **(headers or {}),
        }
        until = self.clock.now() + (self._settings.patience if again else 0.0)
        pause = 1.0
        while True:
            try:
                answer = self._once(method, url, data, sent)
            except Torn:
                if self.clock.now() + pause > until:
                    raise
                wait = pause
            else:
                if answer.status not in busy:
                    return answer
                wait = max(parse_retry_after(answer.header("retry-after"), time.time()) or 0.0, pause)
                if self.clock.now() + wait > until:
                    return answer
            self.clock.sleep(wait)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _once(self, method: str, url: str, data: bytes | None, headers: Mapping[str, str]) -> Answer:
        request = urllib.request.Request(url, data, dict(headers), method=method)
        try:
            with self._opener.open(request, timeout=self._settings.timeout) as response:
                body = response.read(LIMIT + 1)
                found: dict[str, tuple[str, ...]] = {}
                for name, value in response.headers.items():
                    found[name.lower()] = (*found.get(name.lower(), ()), value)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _kind(error)(unanswered(self.who, error, self._settings.timeout)) from None
        if len(body) > LIMIT:
            raise HttpError(
                f"{self.who}: it answers with more than {LIMIT // 1024 // 1024} MiB, which cannot be right."
            )
        return Answer(response.status, body, found)


def _kind(error: Exception) -> type[HttpError]:
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    return HttpError if isinstance(cause, (ssl.SSLError, socket.gaierror, ValueError)) else Torn


def wait_for(clock: Clock, timeout: float, pause: float, done: Callable[[], bool]) -> bool:
    """Look every ``pause`` seconds until it is done; False when the time is over."""
    until = clock.now() + timeout
    while not done():
        left = until - clock.now()
        if left <= 0:
            return False
        clock.sleep(min(pause, left))
    return True


def _split(place: Place) -> urllib.parse.SplitResult:
    try:
        parts = urllib.parse.urlsplit(place.url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits or any(blank in place.url for blank in " \t\r\n"):
        raise ArgumentError(f"{place.who}: its url must begin with http:// or https:// and name a server.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ArgumentError(f"{place.who}: its url is to be a server and a path, without login, ? and #.")
    return parts


def read_json(who: str, answer: Answer) -> Any:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        raise HttpError(f"{who}: its answer ({answer.status}) is no JSON: see that the url leads to it.") from None
