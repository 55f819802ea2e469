# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: asking HTTP servers, with a limit to everything, and sentences for what can go wrong.

By Ansible's own client, so that what its `uri` and `get_url` reach from this controller (proxies, authorities in its
folders) is reached here. It keeps one opener for the process: ask from one thread.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import time
import urllib.error
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.urls import Request, make_context

from ..module_utils._errors import ArgumentError, FleetError
from ..module_utils._parse.http_headers import parse_retry_after

# manifests, configurations and release indexes are far smaller
LIMIT = 32 * 1024 * 1024
_BUSY = (429, 503)
_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_HOPS = 6


class HttpError(FleetError):
    """A server could not be asked, or did not answer the question."""


@dataclass(frozen=True)
class Clock:
    """Time as seconds since the epoch, and waiting."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class WebSettings:
    """``ca_file`` is trusted beside the system's authorities; ``client_cert`` and ``client_key`` are ours, in PEM.

    ``timeout`` is for a server to say something, ``patience`` for all the waiting that one that is busy asks for.
    """

    ca_file: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    timeout: float = 30.0
    patience: float = 120.0


@dataclass(frozen=True)
class Answer:
    """What a server said, whatever its status. ``headers`` are by lower case name, all values of each."""

    status: int
    body: bytes
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def header(self, name: str) -> str | None:
        values = self.headers.get(name.lower())
        return values[0] if values else None


class Web:
    """Asks, and waits where it is told to come back soon."""

    def __init__(self, settings: WebSettings | None = None, clock: Clock | None = None) -> None:
        self.settings = settings or WebSettings()
        self.clock = clock or Clock()
        self._client: Request | None = None

    def ask(self, who: str, url: str, headers: Mapping[str, str] | None = None, form: bytes | None = None) -> Answer:
        """One GET, or a POST of a form. ``who`` is the server's name in sentences. Raises HttpError."""
        until = self.clock.now() + self.settings.patience
        while True:
            answer = self._followed(who, url, dict(headers or {}), form)
            if answer.status not in _BUSY:
                return answer
            pause = parse_retry_after(answer.header("retry-after"), self.clock.now())
            if pause is None:
                return answer
            # one that says "now" again and again is not asked in a circle
            pause = max(pause, 1.0)
            if self.clock.now() + pause > until:
                raise HttpError(
                    f"{who}: it is busy ({answer.status}) and wants to be asked again in {pause:.0f} s, and "
                    f"{self.settings.patience:.0f} s are waited for in all: start again later, "
                    "or log in where that raises the limit."
                )
            self.clock.sleep(pause)

    def _followed(self, who: str, url: str, headers: dict[str, str], form: bytes | None) -> Answer:
        """The answer, after going where redirects lead; credentials stay with the server they are for."""
        for _hop in range(_MOST_HOPS):
            answer = self._once(who, url, headers, form)
            place = answer.header("location")
            if form is not None or answer.status not in _REDIRECTS or not place:
                return answer
            here = urllib.parse.urlsplit(url)
            try:
                url = urllib.parse.urljoin(url, place)
                there = urllib.parse.urlsplit(url)
            except ValueError as error:
                raise HttpError(unanswered(who, error, self.settings.timeout)) from None
            if there.scheme not in ("http", "https") or (here.scheme, there.scheme) == ("https", "http"):
                raise HttpError(f"{who}: it sends on to a server without TLS, which is not followed.")
            if here[:2] != there[:2]:
                headers = {name: value for name, value in headers.items() if name != "Authorization"}
        raise HttpError(f"{who}: it sends from one place to the next without end.")

    def _once(self, who: str, url: str, headers: dict[str, str], form: bytes | None) -> Answer:
        try:
            response = self._request().open(
                "GET" if form is None else "POST",
                url,
                data=form,
                headers=headers,
                follow_redirects="none",
            )
        except urllib.error.HTTPError as error:
            response = error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise HttpError(unanswered(who, error, self.settings.timeout)) from None
        try:
            with response:
                body = response.read(LIMIT + 1)
                found: dict[str, tuple[str, ...]] = {}
                for name, value in response.headers.items():
                    found[name.lower()] = (*found.get(name.lower(), ()), value)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise HttpError(unanswered(who, error, self.settings.timeout)) from None
        if len(body) > LIMIT:
            raise HttpError(f"{who}: it answers with more than {LIMIT // 1024 // 1024} MiB, which cannot be right.")
        return Answer(response.status, body, found)

    def _request(self) -> Request:
        if self._client is None:
            settings = self.settings
            self._client = Request(
                headers={"User-Agent": "atomic.fleet"},
                timeout=settings.timeout,
                context=tls_context(settings),
                # credentials come from the files that are documented, and from nowhere else
                use_netrc=False,
            )
        return self._client


def unanswered(who: str, error: Exception, timeout: float) -> str:
    """The sentence for a question that got no answer."""
    cause: Any = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return (
            f"{who}: its TLS certificate is not trusted ({cause.verify_message}): "
            "name the file of the authority that issued it as `ca_file`."
        )
    if isinstance(cause, ssl.SSLError):
        return (
            f"{who}: TLS with it failed ({cause.reason or cause}): see that it speaks TLS there, and which client "
            "certificate it wants; a registry without TLS is named as insecure."
        )
    if isinstance(cause, TimeoutError):
        return f"{who}: it did not answer within {timeout:.0f} s: see that it runs, or try again later."
    if isinstance(cause, ConnectionRefusedError):
        return f"{who}: it refuses connections: see that it runs, and that name and port are right."
    if isinstance(cause, socket.gaierror):
        return f"{who}: there is no such server ({cause.strerror}): correct its name, or see to the network."
    what = getattr(cause, "strerror", None) or str(cause) or type(error).__name__
    return f"{who}: it could not be asked ({what}): see to the network, or try again later."


def tls_context(settings: WebSettings) -> ssl.SSLContext:
    """What is trusted. Raises ArgumentError where a file is none."""
    try:
        context: ssl.SSLContext = make_context()
        if settings.ca_file:
            context.load_verify_locations(cafile=settings.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ArgumentError(f"ca_file: {settings.ca_file} holds no certificates in PEM ({_said(error)}).") from None
    if settings.client_cert:
        try:
            context.load_cert_chain(settings.client_cert, settings.client_key)
        except (OSError, ssl.SSLError) as error:
            raise ArgumentError(
                f"client_cert: {settings.client_cert} and its key cannot be used ({_said(error)})."
            ) from None
    return context


def _said(error: OSError) -> str:
    return error.strerror or str(error)
