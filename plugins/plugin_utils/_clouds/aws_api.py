# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: requests to Elastic Load Balancing with an end to each, and sentences for what goes wrong.

boto3 repeats nothing here: its own pauses know neither our time limit nor that the work may be told to stop.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...module_utils._errors import ArgumentError
from .._http import Clock
from .aws_words import Words, is_busy, is_lost, is_unanswered
from .model import Limits, TrafficError, missing

_ANSWER, _CONNECT = 10.0, 5.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0


class Busy(TrafficError):
    """AWS carries out nothing for now."""


class Lost(TrafficError):
    """No answer: what was asked for may be done, or not."""


@dataclass(frozen=True)
class Until:
    """When a call of the adapter is to be over."""

    clock: Clock
    end: float

    @property
    def left(self) -> float:
        return self.end - self.clock.now()

    def pause(self, seconds: float) -> bool:
        """Waits, unless it would be for too long."""
        if seconds > self.left:
            return False
        self.clock.sleep(seconds)
        return True


def until(clock: Clock, seconds: float) -> Until:
    return Until(clock, clock.now() + seconds)


class Api:
    """One region's load balancers, with credentials and endpoint as boto3 finds them. From any thread."""

    def __init__(self, who: str, region: str, limits: Limits) -> None:
        try:
            import boto3
            from botocore import exceptions, parsers, xform_name
        except ImportError:
            raise missing("boto3", "aws_elbv2") from None
        self.timeout = min(_ANSWER, limits.timeout)
        self._who = who
        self._region = region
        self._session: Callable[..., Any] = boto3.session.Session
        self._method: Callable[[str], str] = xform_name
        self._refusal = exceptions.ClientError
        self._failures = (exceptions.BotoCoreError, parsers.ResponseParserError)
        self._client: Any = None
        self._making = threading.Lock()

    def ask(self, action: str, end: Until, **words: Any) -> Any:
        """A request that may be repeated, and is while AWS is busy or does not answer."""
        pause = _FIRST_PAUSE
        while True:
            try:
                return self.once(action, **words)
            except (Busy, Lost):
                if not end.pause(pause * random.uniform(0.5, 1.0)):
                    raise
            pause = min(2 * pause, _LONGEST_PAUSE)

    def once(self, action: str, **words: Any) -> Any:
        """Raises Busy, Lost, or TrafficError for all else."""
        said = Words(self._who, action, self._region, self.timeout)
        try:
            return getattr(self._opened(), self._method(action))(**words)
        except self._refusal as error:
            kind = Busy if is_busy(error.response) else Lost if is_lost(error.response) else TrafficError
            raise kind(said.refusal(error, words)) from None
        except self._failures as error:
            raise (Lost if is_unanswered(error) else TrafficError)(said.failure(error)) from None

    def _opened(self) -> Any:
        """Made when it is first needed: boto3 looks for credentials then, and may ask others for them."""
        from botocore.config import Config
        from botocore.session import get_session

        with self._making:
            if self._client is None:
                config = Config(
                    connect_timeout=min(_CONNECT, self.timeout),
                    read_timeout=self.timeout,
                    retries={"mode": "standard", "total_max_attempts": 1},
                    max_pool_connections=32,
                )
                below = get_session()
                # for those too who are asked for credentials
                below.set_default_client_config(config)
                try:
                    self._client = self._session(botocore_session=below).client("elbv2", region_name=self._region)
                except ValueError:
                    raise ArgumentError(
                        f"{self._who}: boto3 cannot use the endpoint that is set for AWS on this controller: correct "
                        "AWS_ENDPOINT_URL and its like, in the environment and in ~/.aws/config."
                    ) from None
            return self._client
