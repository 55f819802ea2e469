# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: sentences for what Azure Resource Manager and its SDK raise."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from socket import gaierror
from typing import Any

from .model import TrafficError

WRITE = "Microsoft.Network/loadBalancers/backendAddressPools/write"
_ACTION = re.compile(r"action '([A-Za-z0-9./]+)'")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9]{2,60}\Z")
# answers after which nothing was done
_REFUSED = (400, 401, 403, 404, 409, 412, 429)


class RefusedError(TrafficError):
    """Azure answered, and did nothing. ``status`` is that of its answer."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class UnsureError(TrafficError):
    """What was asked for may have been done, in part or as a whole."""


class LateError(TrafficError):
    """The time is over."""


def explained(who: str, error: Any, timeout: float) -> TrafficError:
    """Our error for one of the SDK's. ``who`` names the balancer, ``timeout`` is what there was for all of it."""
    from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ServiceRequestError

    status = getattr(error, "status_code", None)
    if isinstance(error, ClientAuthenticationError) and status != 401:
        return RefusedError(
            f"{who}: no credentials for Azure were found that it takes: log in with `az login`, set AZURE_TENANT_ID, "
            "AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or run where a managed identity is.",
            401,
        )
    if isinstance(error, HttpResponseError) and status is not None:
        return _answered(who, error, int(status))
    if isinstance(error, ServiceRequestError):
        return UnsureError(f"{who}: Azure cannot be reached ({_reason(error)}).")
    return UnsureError(f"{who}: Azure gave no answer within {timeout:.0f} s ({_reason(error)}).")


def is_lasting(error: Any) -> bool:
    """Whether asking again is vain, though the SDK thinks that the network stumbled."""
    return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error))


def unusable(who: str, error: OSError) -> TrafficError:
    """What the SDK's transport raises before it asks anybody."""
    if "CA certificate bundle" in str(error):
        return RefusedError(
            f"{who}: REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names no file of certificates: correct it.", 0
        )
    return UnsureError(f"{who}: Azure cannot be asked ({_reason(error)}).")


def _answered(who: str, error: Any, status: int) -> TrafficError:
    code = _code(error)
    word = f"{status}, {code}" if code else str(status)
    if status < 400:
        said = f"did not finish the change ({code or 'without a code'}: {_words(error)})"
    elif status == 401:
        said = f"takes the credentials for invalid ({word}): log in again, or see whose they are"
    elif status == 403:
        action = _ACTION.search(str(getattr(error, "message", "")))
        need = f"a role with {action.group(1)}" if action else f"a role that allows it, such as {WRITE}"
        said = f"refuses it ({word}): the credentials need {need}"
    elif status == 404:
        said = f"does not know it ({word}): correct the settings, or take the inventory anew"
    elif status == 409:
        said = f"is busy with another change of it ({word}): see what runs there, or start again later"
    elif status == 412:
        said = f"says that it has changed meanwhile ({word}): start again"
    elif status == 429:
        said = f"throttles ({word}) and did not stop in time: start again later"
    elif status == 400:
        said = f"refuses the request ({word}: {_words(error)}): correct the settings"
    else:
        said = f"does not do it ({word}): start again later"
    if status in _REFUSED:
        return RefusedError(f"{who}: Azure {said}.", status)
    return UnsureError(f"{who}: Azure {said}.")


def _code(error: Any) -> str:
    code = getattr(getattr(error, "error", None), "code", None)
    return code if isinstance(code, str) and _CODE.match(code) else ""


def _words(error: Any) -> str:
    said = " ".join(str(getattr(getattr(error, "error", None), "message", None) or "").split())
    return said[:200].rstrip(".") or "without a reason"


def _reason(error: Any) -> str:
    """What is at the bottom of it, in a few words: what the SDK says is long, and may hold more than it should."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            why = cause.verify_message.rstrip(".")
            return f"its certificate is not trusted: {why}; REQUESTS_CA_BUNDLE names the authorities that are"
        if isinstance(cause, gaierror):
            return f"there is no such server: {cause.strerror}"
        if isinstance(cause, TimeoutError) or "Timeout" in type(cause).__name__:
            return "time is over"
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror.lower()
    return "the connection broke"


def _causes(error: Any) -> Iterator[BaseException]:
    """An error and those that led to it, wherever its library keeps them."""
    waiting, seen = [error], set()
    while waiting:
        one = waiting.pop(0)
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [getattr(one, name, None) for name in ("inner_exception", "reason", "__cause__", "__context__")]
        waiting += [one_more for one_more in one.args if isinstance(one_more, BaseException)]
