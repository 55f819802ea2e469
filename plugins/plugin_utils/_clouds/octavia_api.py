# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what is asked of Octavia, through openstacksdk, with an end to everything.

Octavia takes one change of a load balancer at a time and answers others by 409 until it has brought it there.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from ...module_utils._parse.http_headers import parse_retry_after
from .._http import Clock
from .model import TrafficError, missing

ACTIVE, FAILED = "ACTIVE", "ERROR"
# what a write and a look need, by the names of Octavia's policies
_WRITES = "os_load-balancer_api:member:put and os_load-balancer_api:member:post"
_READS = "os_load-balancer_api:member:get_all and os_load-balancer_api:loadbalancer:get_one"
_REFUSED, _STUMBLED = (429, 503), (500, 502, 504)
_LOCKED = 409
_PAUSE, _LONGEST = 0.5, 5.0
# a change takes a fraction of a second to several, as its provider does
_FIRST_LOOK, _LAST_LOOK = 0.2, 2.0
_VERSIONED = re.compile(r"/v2(\.0)?/?\Z")

Value = TypeVar("Value")


class _UndiscoveredError(Exception):
    """keystoneauth takes a busy service for one without versions, and would ask at a wrong address from then on."""


class LostError(TrafficError):
    """A write was sent, and nobody knows what became of it."""


@dataclass(frozen=True)
class Deadline:
    """When a call has to be over, by whose clock it waits."""

    clock: Clock
    at: float
    seconds: float

    @classmethod
    def after(cls, seconds: float, clock: Clock) -> Deadline:
        return cls(clock, clock.now() + seconds, seconds)

    @property
    def left(self) -> float:
        return self.at - self.clock.now()


@dataclass(frozen=True)
class Sdk:
    """openstacksdk, as it is loaded when it is needed: how to connect, all that it raises, and what of that means that
    no answer came."""

    connect: Callable[..., Any]
    errors: tuple[type[Exception], ...]
    silence: tuple[type[Exception], ...]

    def unanswered(self, error: Exception) -> bool:
        return isinstance(error, self.silence) and _status(error) is None


def load() -> Sdk:
    """Raises ArgumentError where it is missing."""
    try:
        import openstack
        from keystoneauth1 import exceptions
        from openstack.exceptions import SDKException
        from requests import RequestException
    except ImportError:
        raise missing("openstacksdk", "Octavia") from None
    silence = (exceptions.ConnectFailure, exceptions.ConnectTimeout, exceptions.UnknownConnectionError)
    errors = (SDKException, exceptions.ClientException, RequestException, _UndiscoveredError)
    return Sdk(openstack.connect, errors, (*silence, _UndiscoveredError))


class OctaviaPool:
    """One pool, and the load balancer it belongs to. May be asked from many threads."""

    def __init__(self, who: str, sdk: Sdk, region: str, ids: tuple[str, str], timeout: float) -> None:
        self._who = who
        self._sdk = sdk
        self._region = region
        self._balancer, self._pool = ids
        self._timeout = min(10.0, timeout)
        self._lock = threading.Lock()
        self._connected: Any = None

    def members(self, deadline: Deadline) -> list[Mapping[str, Any]]:
        """All members as Octavia describes them. Raises TrafficError."""

        def ask() -> list[Mapping[str, Any]]:
            found = self._service().members(self._pool)
            return [one.to_dict(computed=False, original_names=True) for one in found]

        return self._repeated(ask, deadline, f"the pool {self._pool}")

    def settle(self, deadline: Deadline, done: str = "") -> None:
        """Wait until changes are taken, or until the last one is in force. ``done`` says what was written before."""
        pause = _FIRST_LOOK
        while True:
            status = self._repeated(
                lambda: str(self._service().get_load_balancer(self._balancer).provisioning_status),
                deadline,
                f"the load balancer {self._balancer}",
            )
            if status == ACTIVE:
                return
            if not status.startswith("PENDING_"):
                raise TrafficError(
                    f"{self._who}: {done}its load balancer {self._balancer} is in the state {status:.30}, in which "
                    "nobody can change it, and may not do what it was told: bring it back (`openstack loadbalancer "
                    "failover`), and start again."
                )
            if deadline.left <= pause:
                raise TrafficError(
                    f"{self._who}: {done}its load balancer {self._balancer} was still {status:.30} after "
                    f"{deadline.seconds:.0f} s: see what Octavia is busy with, and start again."
                )
            deadline.clock.sleep(pause)
            pause = min(pause * 2, _LAST_LOOK)

    def write(self, rows: list[dict[str, Any]], deadline: Deadline) -> bool:
        """These members as they are here, in one request, and no others; False where somebody else's change is under
        way. Raises LostError, TrafficError."""
        pause = _PAUSE
        while True:
            try:
                # a member that came since we looked is left alone and not deleted
                answer = self._service().put(
                    f"/lbaas/pools/{self._pool}/members",
                    json={"members": rows},
                    params={"additive_only": "true"},
                )
            except self._sdk.errors as error:
                if self._sdk.unanswered(error):
                    raise LostError(f"{self._who}: the answer to a change was lost.") from None
                self._refuse(error, deadline, f"the pool {self._pool}", _WRITES)
            status = int(answer.status_code)
            if status < 300:
                return True
            if status == _LOCKED:
                return False
            if status in _STUMBLED:
                raise LostError(f"{self._who}: a change was answered by {status}.")
            if status not in _REFUSED:
                self._refuse_answer(status, answer, deadline, f"the pool {self._pool}", _WRITES)
            pause = self._pause(status, answer, pause, deadline, f"the pool {self._pool}", _WRITES)

    def _service(self) -> Any:
        with self._lock:
            if self._connected is None:
                # The SDK's own retries know no limit to the time they take: ours do.
                settings: dict[str, Any] = {"load_balancer_status_code_retries": 0, "load_balancer_connect_retries": 0}
                if self._region:
                    settings["region_name"] = self._region
                self._connected = self._connect(settings)
            return self._connected

    def _connect(self, settings: Mapping[str, Any]) -> Any:
        try:
            connection = self._sdk.connect(api_timeout=self._timeout, app_name="atomic.fleet", **settings)
            service = connection.load_balancer
            endpoint = str(service.get_endpoint())
        except TypeError:
            # so keystoneauth says that what should be a list of versions is none
            raise TrafficError(
                f"{self._who}: what answers where Octavia is said to be does not list its versions: see the catalog of "
                "services, or load_balancer_endpoint_override in clouds.yaml, which take its address without /v2."
            ) from None
        if not _VERSIONED.search(endpoint):
            raise _UndiscoveredError
        return service

    def _repeated(self, ask: Callable[[], Value], deadline: Deadline, what: str) -> Value:
        """What may be asked again is, while the service throttles or stumbles."""
        pause = _PAUSE
        while True:
            try:
                return ask()
            except self._sdk.errors as error:
                status = _status(error)
                again = status in (*_REFUSED, *_STUMBLED) or self._sdk.unanswered(error)
                if not again or deadline.left <= pause:
                    self._refuse(error, deadline, what, _READS)
                pause = self._pause(status, getattr(error, "response", None), pause, deadline, what, _READS)

    def _pause(self, status: int | None, answer: Any, pause: float, deadline: Deadline, what: str, needs: str) -> float:
        """Wait for as long as it asks for; the next pause where it does not say."""
        headers = getattr(answer, "headers", None) or {}
        asked = parse_retry_after(headers.get("Retry-After"), time.time())
        wait = max(asked or 0.0, pause)
        if deadline.left <= wait:
            self._refuse_answer(status, answer, deadline, what, needs)
        deadline.clock.sleep(wait)
        return min(pause * 2, _LONGEST)

    def _refuse(self, error: Exception, deadline: Deadline, what: str, needs: str) -> NoReturn:
        status = _status(error)
        if status is None and not self._sdk.unanswered(error):
            words = " ".join(str(error).split())[:160].rstrip(".") or type(error).__name__
            raise TrafficError(
                f"{self._who}: the cloud cannot be asked ({words}): see that clouds.yaml or the variables OS_… of the "
                "environment say where it is and who asks."
            ) from None
        self._refuse_answer(status, getattr(error, "response", None), deadline, what, needs)

    def _refuse_answer(self, status: int | None, answer: Any, deadline: Deadline, what: str, needs: str) -> NoReturn:
        raise TrafficError(f"{self._who}: {self._said(status, _fault(answer), deadline, what, needs)}") from None

    def _said(self, status: int | None, fault: str, deadline: Deadline, what: str, needs: str) -> str:
        if status is None:
            return (
                f"OpenStack did not answer, refused connections or listed no versions for {deadline.seconds:.0f} s: "
                "see that Keystone and Octavia run and can be reached from here."
            )
        if status == 401:
            return "OpenStack refuses the credentials (401): see clouds.yaml or the variables OS_… of the environment."
        if status == 403:
            return (
                f"these credentials may not do that with {what} (403): they need {needs}, as the role member, or "
                "load-balancer_member on older clouds, has them."
            )
        if status == 404:
            return f"{what} is not there (404): read the inventory anew, or see that region and project are right."
        if status in _REFUSED:
            return f"OpenStack is busy ({status}), and {deadline.seconds:.0f} s were waited for: start again later."
        words = f"{status}, {fault}" if fault else str(status)
        return f"OpenStack refuses to do that with {what} ({words}): see Octavia's log for what it means."


def _status(error: Exception) -> int | None:
    """The status of an answer, by either of the two libraries; None where there was none."""
    for name in ("status_code", "http_status"):
        found = getattr(error, name, None)
        if isinstance(found, int) and found:
            return found
    return None


def _fault(answer: Any) -> str:
    """What Octavia says of it, cut to what belongs into a sentence."""
    try:
        document = answer.json()
    except (AttributeError, ValueError):
        return ""
    words = document.get("faultstring") if isinstance(document, dict) else None
    return " ".join(words.split())[:160].rstrip(".") if isinstance(words, str) else ""
