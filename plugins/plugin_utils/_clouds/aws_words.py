# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what boto3 throws, as sentences. None holds a key, a token or the login of a proxy.

Needs botocore: it is loaded by whoever has found that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# botocore's exceptions by their names, so that this can be read where there is none
_NO_ANSWER = frozenset(("HTTPClientError", "ConnectionError", "IncompleteReadError", "ResponseParserError"))
_LATE = frozenset(("ReadTimeoutError", "ConnectTimeoutError"))
_LOGIN = frozenset(("CredentialRetrievalError", "SSOError", "TokenRetrievalError", "RefreshWithMFAUnsupportedError"))
_NO_LOGIN = frozenset(("NoCredentialsError", "PartialCredentialsError"))
_BUSY = frozenset(
    ("Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
     "TooManyRequestsException", "RequestLimitExceeded", "BandwidthLimitExceeded", "SlowDown",
     "PriorRequestNotComplete")
)  # fmt: skip
_FORBIDDEN = frozenset(("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "OptInRequired"))
_EXPIRED = frozenset(("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"))
_UNKNOWN = frozenset(
    ("InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidSignatureException",
     "IncompleteSignature", "AuthFailure", "MissingAuthenticationToken", "InvalidAccessKeyId")
)  # fmt: skip
_GONE = {
    "ListenerNotFound": ("listener", "ListenerArn", "ListenerArns"),
    "RuleNotFound": ("rule", "RuleArn", "RuleArns"),
    "TargetGroupNotFound": ("target group", "TargetGroupArn", "TargetGroupArns"),
}
# who says no, in AWS's own words: it decides where to go with it
_BECAUSE = re.compile(r"(?:because no [a-z -]{1,60} allows|with an explicit deny in an? [a-z -]{1,60})")
_LACKING = re.compile(r"not authorized to perform: ([a-z0-9-]{1,40}:[A-Za-z0-9]{1,80})")
_KEY = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b")


def is_busy(response: Mapping[str, Any]) -> bool:
    return _code(response) in _BUSY or _status(response) == 429


def is_lost(response: Mapping[str, Any]) -> bool:
    return _status(response) >= 500


def is_unanswered(error: Exception) -> bool:
    """Whether AWS may have heard of it, and something came between."""
    return bool(_names(error) & _NO_ANSWER)


@dataclass(frozen=True)
class Words:
    """Of one request: ``action`` is its name, which is that of the permission too."""

    who: str
    action: str
    region: str
    timeout: float

    def refusal(self, error: Any, asked: Mapping[str, Any]) -> str:
        """For an answer that is an error. It may be one to a question that came before: for credentials."""
        response, code = error.response, _code(error.response)
        what = self._permission(error.operation_name)
        said = " ".join(str(response.get("Error", {}).get("Message") or "").split())
        if is_busy(response):
            return (
                f"{self.who}: AWS throttles {what} ({code}), and did so for as long as there was time: see what else "
                "asks it so often in this account, and start again."
            )
        if is_lost(response):
            return f"{self.who}: AWS fails to do {what} ({_status(response)} {code}): start again later."
        if code in _FORBIDDEN:
            because, lacking = _BECAUSE.search(said), _LACKING.search(said)
            why = f" ({because.group()})" if because else ""
            # a request may need more than the permission that is called like it
            missing = lacking.group(1) if lacking else what
            return f"{self.who}: these credentials may not do {missing}{why}: allow it to them, or use others."
        if code in _EXPIRED:
            return (
                f"{self.who}: the credentials for AWS have expired: log in anew, and see that the clock here is right."
            )
        if code in _UNKNOWN:
            return f"{self.who}: AWS does not take these credentials ({code}): correct or renew them."
        if code in _GONE:
            return (
                f"{self.who}: there is no {_gone(code, asked)}, at least not in this account and in {self.region}: "
                "correct the contract, or use other credentials."
            )
        return f"{self.who}: AWS refuses {what} ({code}: {_short(said) or 'it says no more'})."

    def failure(self, error: Exception) -> str:
        """For no answer, or not even a question."""
        what, kind, names = self._permission(self.action), type(error).__name__, _names(error)
        if names & _LATE:
            return f"{self.who}: AWS did not answer {what} within {self.timeout:.0f} s: start again later."
        if "SSLError" in names:
            return (
                f"{self.who}: AWS in {self.region} shows a certificate that is not trusted here: set AWS_CA_BUNDLE "
                "where a proxy of yours is in between."
            )
        if is_unanswered(error):
            return (
                f"{self.who}: no answer of AWS in {self.region} to {what} ({kind}): see to the network, to proxies "
                "and to AWS_ENDPOINT_URL."
            )
        if "ProfileNotFound" in names:
            return f"{self.who}: boto3 finds no such profile as AWS_PROFILE names: set it to one of ~/.aws/config."
        if names & _NO_LOGIN:
            return f"{self.who}: boto3 finds no credentials for AWS here: set AWS_PROFILE, or give this machine a role."
        if names & _LOGIN:
            return f"{self.who}: boto3 gets no credentials for AWS ({kind}): log in anew, say with `aws sso login`."
        return f"{self.who}: boto3 cannot do {what} ({kind}): see to its settings and its version."

    def _permission(self, operation: str) -> str:
        return f"elasticloadbalancing:{operation}" if operation == self.action else operation


def _names(error: Exception) -> frozenset[str]:
    """Of its class, and of those that it derives from."""
    return frozenset(kind.__name__ for kind in type(error).__mro__)


def _gone(code: str, asked: Mapping[str, Any]) -> str:
    kind, one, many = _GONE.get(code, ("", "", ""))
    arn = asked.get(one) or next(iter(asked.get(many) or ()), "")
    return f"{kind} {arn}" if kind and arn else kind


def _code(response: Mapping[str, Any]) -> str:
    return str(response.get("Error", {}).get("Code") or "no code")[:60]


def _status(response: Mapping[str, Any]) -> int:
    return int(response.get("ResponseMetadata", {}).get("HTTPStatusCode") or 0)


def _short(text: str) -> str:
    return _KEY.sub("(a key)", text)[:250].rstrip(". ")
