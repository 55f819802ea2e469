# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: asking Google's Compute Engine, with an end to everything and sentences for errors.

An operation is asked for by a client of our own: those that the SDK makes for ``result()`` go to the public endpoint,
whatever ``api_endpoint`` the client was given.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from ...module_utils._errors import ArgumentError
from ...module_utils._model.contract import Balancer
from ...module_utils._parse.gcp_link import GLOBAL, Link
from .._http import Clock
from .gcp_said import Refused, refusal
from .model import missing

T = TypeVar("T")

_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
_REQUEST = 10.0
# requests at once: hosts of a wave come from many threads, and the SDK keeps no more than ten connections
_AT_ONCE = 8
_OPERATIONS = {"global": "GlobalOperations", "regions": "RegionOperations", "zones": "ZoneOperations"}
_PLACES = {"regions": "region", "zones": "zone"}
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class Until:
    """When a call of an adapter has to have an end."""

    clock: Clock
    end: float
    short: float

    @classmethod
    def within(cls, clock: Clock, seconds: float) -> Until:
        return cls(clock, clock.now() + seconds, min(_REQUEST, seconds))

    @property
    def left(self) -> float:
        return self.end - self.clock.now()

    def request(self) -> float:
        """How long one request may take."""
        return min(self.short, max(self.left, 0.5))

    def grace(self) -> Until:
        """For a look at what became of a write, though the time is over: one more request's."""
        return Until(self.clock, max(self.end, self.clock.now() + self.short), self.short)

    def sleep(self, seconds: float) -> None:
        self.clock.sleep(max(min(seconds, self.left), 0.0))


class Compute:
    """One balancer's way to the API, by application default credentials. Fine to be used from many threads."""

    def __init__(self, balancer: Balancer) -> None:
        try:
            import google.auth
            import requests
            from google.api_core.exceptions import GoogleAPIError
            from google.api_core.retry import exponential_sleep_generator
            from google.auth.exceptions import GoogleAuthError
            from google.cloud import compute_v1
            from google.protobuf.json_format import ParseError
        except ImportError:
            raise missing("google-cloud-compute", balancer.adapter) from None
        self.who = balancer.name
        self.api = compute_v1
        self._errors = (GoogleAPIError, GoogleAuthError, requests.RequestException, ParseError, OSError, ValueError)
        self._pauses = exponential_sleep_generator
        self._login = google.auth.default
        self._endpoint = _endpoint(balancer)
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(_AT_ONCE)
        self._credentials: Any = None
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """Call it where it is asked something: finding credentials may fail."""
        with self._lock:
            if service not in self._clients:
                if self._credentials is None:
                    self._credentials, _project = self._login(scopes=_SCOPES)
                options = {"api_endpoint": self._endpoint} if self._endpoint else {}
                make = getattr(self.api, f"{service}Client")
                self._clients[service] = make(credentials=self._credentials, client_options=options)
            return self._clients[service]

    def of(self, service: str, link: Link) -> Callable[[str], Any]:
        """The methods of what has this link, where global and regional resources have services of their own."""
        return lambda method: getattr(self.client(service if link.scope == GLOBAL else f"Region{service}"), method)

    def ask(self, until: Until, what: str, question: Callable[[float], T]) -> T:
        """The answer; asked again while the API throttles or stumbles. The question is given its seconds."""
        pauses = iter(self._pauses(0.4, 8.0))
        lost = False
        while True:
            if not self._turns.acquire(timeout=until.request()):
                raise Refused(self.who, what, "other requests took all the time", "try again later, with fewer at once")
            try:
                return question(until.request())
            except self._errors as error:
                refused = refusal(self.who, what, error)
            finally:
                self._turns.release()
            refused.lost = lost = lost or refused.lost
            if not refused.passing or until.left <= 0:
                raise refused
            until.sleep(next(pauses))

    def tell(self, until: Until, what: str, link: Link, order: Callable[[float, str], Any]) -> None:
        """Have something done, and wait for it. Said again, it carries the same id, and is not done twice."""
        request = str(uuid.uuid4())
        operation = self.ask(until, what, lambda seconds: order(seconds, request))
        try:
            operation = self._ended(until, what, link, operation)
        except Refused as error:
            error.lost = True
            raise
        said = [error.message or error.code for error in operation.error.errors]
        if not said and operation.http_error_status_code >= 400:
            said = [operation.http_error_message]
        if said:
            words = " ".join("; ".join(said).split())[:240].rstrip(". ")
            raise Refused(self.who, what, f"its operation failed: {words}", "see to that, and start again")

    def _ended(self, until: Until, what: str, link: Link, operation: Any) -> Any:
        kind, _slash, place = link.scope.partition("/")
        named = {"project": link.project, "operation": operation.name}
        if place:
            named[_PLACES[kind]] = place
        pause = 0.1
        while operation.status != self.api.Operation.Status.DONE:
            if until.left <= 0:
                why = f"the operation {operation.name} has not ended"
                raise Refused(self.who, what, why, "see what becomes of it")
            until.sleep(pause)
            pause = min(pause * 1.6, 3.0)
            operation = self.ask(
                until, what, lambda seconds: self.client(_OPERATIONS[kind]).get(timeout=seconds, retry=None, **named)
            )
        return operation


def setting(balancer: Balancer, name: str, what: str) -> str:
    value = balancer.settings.get(name, "")
    if not value:
        raise ArgumentError(f"{balancer.name}: its settings lack {name}, {what}, which {balancer.adapter} needs.")
    return value


def place_of(balancer: Balancer) -> tuple[str, str]:
    """The project and the scope that the settings name."""
    project, scope = setting(balancer, "project", "the project's id"), setting(balancer, "scope", "global or regional")
    if scope == "global":
        return project, GLOBAL
    if scope != "regional":
        raise ArgumentError(f"{balancer.name}: its setting scope is {scope!r}; say global or regional.")
    return project, f"regions/{setting(balancer, 'region', 'the region of what is regional')}"


def _endpoint(balancer: Balancer) -> str:
    """Where the API is; empty: where the SDK looks itself. Tokens go there, so without TLS to loopback only."""
    text = balancer.settings.get("api_endpoint", "")
    if not text:
        return ""
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        fits = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        fits = fits and bool(parts.hostname) and parts.port != 0 and not (parts.path.strip("/") or parts.query)
        fits = fits and not (parts.fragment or parts.username or parts.password) and not any(map(str.isspace, text))
    except ValueError:
        fits = False
    if not fits:
        raise ArgumentError(
            f"{balancer.name}: its setting api_endpoint must be https:// and a server's name, without path and login."
        )
    return f"{parts.scheme}://{parts.netloc}"
