# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: gates that ask the hosts' own services from the controller: HTTP, TCP."""

from __future__ import annotations

import http.client
import socket
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any, ClassVar

from ...module_utils._errors import ArgumentError
from .._http import LIMIT, WebSettings
from .model import HOST, Patience, Served
from .rest import plain_opener

# seconds for one answer; a gate asks again until its own time is over
_ANSWER = 10.0
_OK = (200,)


class HttpGate:
    scope: ClassVar[str] = HOST
    serving: ClassVar[bool] = False

    def ask(self, host: Served, patience: Patience) -> str | None:
        words = host.words
        url = str(words["url"])
        place = _place(url)
        headers = {"User-Agent": "atomic.fleet", **_texts(words.get("headers", {}))}
        request = urllib.request.Request(url, headers=headers, method="GET")
        try:
            with _opener(words).open(request, timeout=min(_ANSWER, patience.timeout)) as response:
                status, body = response.status, response.read(LIMIT)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return f"{place} does not answer ({_reason(error)})"
        if status not in [int(one) for one in words.get("status", _OK)]:
            return f"{place} answers {status}"
        if "contains" in words and str(words["contains"]).encode() not in body:
            return f"{place} answers without the text that it is to contain"
        return None


class TcpGate:
    scope: ClassVar[str] = HOST
    serving: ClassVar[bool] = False

    def ask(self, host: Served, patience: Patience) -> str | None:
        address, said = str(host.words.get("host", host.address)), str(host.words["port"])
        if not said.isascii() or not said.isdigit() or not 0 < int(said) < 65536:
            raise ArgumentError(f"port is {said!r}, which is no port.")
        try:
            socket.create_connection((address, int(said)), min(_ANSWER, patience.timeout)).close()
        except OSError as error:
            return f"{address} port {said} does not answer ({_reason(error)})"
        return None


def _opener(words: Mapping[str, Any]) -> urllib.request.OpenerDirector:
    ca, cert, key = [str(words[one]) if one in words else None for one in ("ca_file", "client_cert", "client_key")]
    return plain_opener(WebSettings(ca, cert, key) if ca or cert else None)


def _texts(value: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(one) for name, one in value.items()}


def _place(url: str) -> str:
    """The URL without what may be secret in it."""
    try:
        parts = urllib.parse.urlsplit(url)
    except ValueError:
        parts = urllib.parse.SplitResult("", "", "", "", "")
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ArgumentError("url must begin with http:// or https:// and name a server; a login goes into headers.")
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def _reason(error: Exception) -> str:
    cause: Any = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return "no answer in time"
    return str(getattr(cause, "verify_message", "") or getattr(cause, "strerror", None) or type(cause).__name__)
