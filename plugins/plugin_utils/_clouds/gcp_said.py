# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what Google's API and its SDK say when something fails, as sentences."""

from __future__ import annotations

from typing import Any

from ...module_utils._fleet.shares import percent, written
from ...module_utils._model.traffic import Standing
from .model import ChangedError, TrafficError, changed

# 404 of a thing, 403 of a permission; these reasons come with 403 and 400, and pass
_BUSY = ("rateLimitExceeded", "userRateLimitExceeded")
_UNREADY = "resourceNotReady"
_CONDITION = "conditionNotMet"
_MOST = 300


class Refused(TrafficError):
    """A request that came to nothing, or whose answer was lost. ``passing``: it may do better when asked again.
    ``stale``: what was to be changed has been changed by somebody else meanwhile. ``lost``: it may yet be done."""

    def __init__(
        self, who: str, what: str, why: str, way: str, *, passing: bool = False, stale: bool = False, lost: bool = False
    ) -> None:
        super().__init__(f"{who}: {what} ({why}): {way}.")
        self.who, self.what, self.why, self.way = who, what, why, way
        self.passing, self.stale, self.lost = passing, stale, lost


def overtaken(error: Refused, seen: Standing, found: Standing) -> TrafficError:
    """A write that came to nothing: what stands, or that somebody else was faster."""
    if not error.stale:
        stands = written(percent(found.weights)) + (", which may still change" if error.lost else "")
        return TrafficError(f"{error.who}: {error.what} ({error.why}); what stands is {stands}: {error.way}.")
    if found.version != seen.version:
        return changed(error.who, seen, found)
    return ChangedError(
        f"{error.who}: {error.what}: somebody else changed something there in the same moment; nothing was "
        "overwritten: see who it was, and start again."
    )


def refusal(who: str, what: str, error: Exception) -> Refused:
    """What came of a request. The SDK's errors may hold what credentials are, so that few of them are repeated."""
    from google.api_core.exceptions import GoogleAPICallError
    from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError, TransportError

    if isinstance(error, GoogleAPICallError):
        return _answered(who, what, error)
    if isinstance(error, TransportError):
        return Refused(
            who, what, "no token for it could be had", "see to the network, or try again later", passing=True
        )
    if isinstance(error, DefaultCredentialsError):
        return Refused(
            who, what, _line(str(error.args[0] if error.args else error)), "see to the application default credentials"
        )
    if isinstance(error, GoogleAuthError):
        return Refused(who, what, "the application default credentials were refused", "log in with others")
    return _unanswered(who, what, error)


def _answered(who: str, what: str, error: Any) -> Refused:
    code = int(error.code or 0)
    reasons = [entry.get("reason") for entry in error.errors if isinstance(entry, dict)]
    # "PATCH https://…: what is wrong"
    said = _line(str(error.message).partition(": ")[2] or str(error.message)) or f"status {code}"
    if code == 429 or any(reason in _BUSY for reason in reasons):
        return Refused(who, what, f"too many requests: {said}", "try again later", passing=True)
    if code >= 500:
        way = "it is the API that stumbles: try again later"
        return Refused(who, what, f"{code}: {said}", way, passing=True, lost=True)
    if _UNREADY in reasons:
        return Refused(who, what, said, "try again when it is ready", passing=True)
    if code == 412 or _CONDITION in reasons:
        return Refused(who, what, said, "start again", stale=True)
    if code == 401:
        return Refused(who, what, "the application default credentials were refused", "log in with others")
    if code == 403:
        return Refused(who, what, said, "give the account the permission")
    if code == 404:
        return Refused(who, what, said, "correct the settings that name it")
    return Refused(who, what, said, "see to that, and start again")


def _unanswered(who: str, what: str, error: Exception) -> Refused:
    import requests

    if isinstance(error, requests.Timeout):
        return Refused(
            who, what, "no answer in time", "see to the network, or try again later", passing=True, lost=True
        )
    if isinstance(error, requests.RequestException):
        return Refused(
            who, what, "the API cannot be reached", "see to the network and to api_endpoint, or try again later",
            passing=True, lost=True,
        )  # fmt: skip
    if isinstance(error, OSError):
        return Refused(who, what, _line(error.strerror or type(error).__name__), "see to the credentials' file")
    return Refused(
        who, what, f"what came back cannot be read ({type(error).__name__})", "see to api_endpoint and the credentials"
    )


def _line(text: str) -> str:
    return " ".join(text.split())[:_MOST].rstrip(". ")
